import { isUtf8 } from 'node:buffer';
import { Fields, isObject, quoteName } from './fields.ts';
import { scanMembers, skipSpace } from './members.ts';
import type { Signer, Status } from './signatures.ts';

/** What an answer gives back of its request. */
const ECHOED = ['command', 'request_timestamp', 'hash', 'data'];

/** A request's outer object. PLATFORM v2.49, Request. */
export type Envelope = {
  /** JSON text: the request as an answer gives it back. */
  echo: string;
  command: unknown;
  requestTimestamp: unknown;
  hash: unknown;
  /** Null where `data` is absent or no object. */
  fields: Fields | null;
  /** Names what is wrong with the envelope's own members; null: nothing. */
  problem: string | null;
};

/** Null where the body is not JSON in UTF-8, or not an object. */
export function parseEnvelope(body: Buffer): Envelope | null {
  if (!isUtf8(body)) return null;
  const text = body.toString();
  const parsed = parseJson(text);
  if (!isObject(parsed)) return null;

  const members = scanMembers(text, skipSpace(text, 0));
  const hasDuplicate = Object.keys(parsed).length !== members.names.length;
  const data = parsed.data;
  const dataStart = members.starts[members.names.lastIndexOf('data')] ?? 0;
  const isEchoedWhole = !hasDuplicate && members.names.every((name) => ECHOED.includes(name));
  return {
    echo: isEchoedWhole ? text : assembleEcho(members.names, (name) => members.raw(name)),
    command: parsed.command,
    requestTimestamp: parsed.request_timestamp,
    hash: parsed.hash,
    fields: isObject(data) ? new Fields(data, scanMembers(text, dataStart)) : null,
    problem: hasDuplicate ? `${quoteName(members.duplicate())} occurs twice` : null,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

function assembleEcho(names: readonly string[], raw: (name: string) => string | undefined): string {
  const echoed = [...new Set(names)].filter((name) => ECHOED.includes(name));
  return `{${echoed.map((name) => `"${name}":${raw(name)}`).join(',')}}`;
}

/**
 * A signed answer. PLATFORM v2.49, Response. `echo` and `data` are JSON text; `nowMs` is the one reading of the clock that both
 * the timestamp and the hash are made of.
 */
export function renderAnswer(signer: Signer, status: Status, nowMs: number, echo: string, data: string): string {
  const { timestamp, hash } = signer.sign(status, nowMs);
  return `{"request":${echo},"response":{"status":"${status}","response_timestamp":"${timestamp}","hash":"${hash}","data":${data}}}`;
}
