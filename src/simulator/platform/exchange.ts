import { isDeepStrictEqual } from 'node:util';
import { ExactNumber, isObject, type Json, printJson, readJson } from './json.ts';
import { type Poster, post } from './post.ts';
import { commandAuthorization, isSame, signatureOf } from './signatures.ts';
import type { Operator } from './state.ts';
import { dateTime } from './times.ts';

export type CommandName = 'authenticate' | 'balance' | 'changebalance' | 'status' | 'cancel' | 'finishround';

/** What the operator said. All that is not a correct answer is OP_50. PLATFORM v2.49, Response; Exception handling. */
export type Said = { status: 'ok'; data: Record<string, unknown> } | { status: 'error'; code: string };

const CODES: ReadonlySet<unknown> = new Set(
  '20 21 22 30 31 32 33 34 35 40 41 47 49 50'.split(' ').map((number) => `OP_${number}`),
);

export const INTERNAL_ERROR: Said = { status: 'error', code: 'OP_50' };

/** Sends one signed command and checks the answer: its status, its hash, and that it gives the request back. Never rejects. */
export async function say(
  poster: Poster,
  operator: Operator,
  command: CommandName,
  data: { readonly [name: string]: Json },
  nowMs: number,
): Promise<Said> {
  const { operatorId, secret, adapterUrl } = operator;
  const timestamp = dateTime(nowMs);
  const body = printJson({
    command,
    request_timestamp: timestamp,
    hash: signatureOf(command, timestamp, secret),
    data,
  });
  const headers = {
    'content-type': 'application/json; charset=utf-8',
    'x-operator-id': operatorId,
    'x-authorization': commandAuthorization(command, secret),
  };
  const answer = await post(poster, `${adapterUrl}/platform/${command}`, headers, body);
  return answer === null ? INTERNAL_ERROR : readAnswer(answer, body, secret);
}

/** `text`: the answer's body; `sent`: what it answers. */
export function readAnswer(text: string, sent: string, secret: string): Said {
  const answer = readJson(text);
  if (!isObject(answer) || !isObject(answer.response)) return INTERNAL_ERROR;
  if (!isDeepStrictEqual(answer.request, readJson(sent))) return INTERNAL_ERROR;
  const { status, response_timestamp: timestamp, hash, data } = answer.response;
  if (typeof status !== 'string' || typeof timestamp !== 'string' || !isObject(data)) return INTERNAL_ERROR;
  if (!isSame(hash, signatureOf(status, timestamp, secret))) return INTERNAL_ERROR;
  if (status === 'OK') return { status: 'ok', data };
  const code = data.error_code;
  return status === 'ERROR' && typeof code === 'string' && CODES.has(code) ? { status: 'error', code } : INTERNAL_ERROR;
}

/** A member of an answer as text, whether it came as a number or a string; empty where it is neither. */
export function textOf(value: unknown): string {
  if (value instanceof ExactNumber) return value.text;
  return typeof value === 'string' ? value : '';
}
