import { expect } from 'vitest';
import { type PlatformAnswer, type PlatformClient, requestBody, sha1 } from '../../harness/platform.ts';
import { type After, type Case, type Expect, type Headers, type Step, TOKEN, TOKEN_2 } from './case.ts';
import { type Chain, SECRET } from './chain.ts';
import { createState, type State, unitsOf } from './state.ts';

/** What runs cases against one chain. */
export type Runner = {
  /** Adds the operators of so many cases, so that the adapter learns of all of them at once. */
  prepare: (cases: number) => Promise<void>;
  run: (test: Case) => Promise<void>;
};

type Request = { command: string; path: string; body: string | Buffer; headers: Headers };

export function createRunner(chain: Chain, countRoundJobs: (roundId: string) => Promise<number>): Runner {
  const clients: PlatformClient[] = [];
  let caseNumber = 0;

  const prepare = async (cases: number): Promise<void> => {
    for (let number = 1; number <= cases; number++) clients.push(await chain.addOperator(`case-${number}`));
  };

  const run = async (test: Case): Promise<void> => {
    const platform = clients[caseNumber];
    caseNumber++;
    const operatorId = `case-${caseNumber}`;
    if (platform === undefined) throw new Error('more cases than were prepared');
    const state = createState(chain.grpc, operatorId, caseNumber);
    try {
      for (const given of test.given ?? []) await state.apply(given);
      for (const [index, step] of test.steps.entries()) {
        if ('given' in step) await state.apply(step.given);
        else await runRequest({ platform, operatorId, state }, step, `step ${index + 1}`);
      }
      if (test.after) await checkAfter(state, test.after);
    } finally {
      await state.undo();
      platform.close();
    }
  };

  const checkAfter = async (state: State, after: After): Promise<void> => {
    for (const [user, amount] of Object.entries(after.balances ?? {})) {
      expect(await state.balanceUnits(user), `balance of ${user}`).toBe(unitsOf(amount));
    }
    for (const [user, rows] of Object.entries(after.rows ?? {})) {
      expect(await state.countRows(user), `rows of ${user}`).toBe(rows);
    }
    for (const [transactionId, context] of Object.entries(after.contexts ?? {})) {
      expect(await state.contextOf(transactionId), `context of ${transactionId}`).toBe(context);
    }
    for (const [round, totals] of Object.entries(after.rounds ?? {})) {
      expect(await state.roundTotals('611', round), `round ${round}`).toEqual(totals);
    }
    for (const [round, jobs] of Object.entries(after.roundJobs ?? {})) {
      expect(await countRoundJobs(round), `bookkeeping jobs of round ${round}`).toBe(jobs);
    }
  };

  return { prepare, run };
}

type Context = { platform: PlatformClient; operatorId: string; state: State };

async function runRequest(context: Context, step: Exclude<Step, { given: unknown }>, what: string): Promise<void> {
  const request = requestOf(context, step);
  const headers = Object.fromEntries(
    Object.entries(headersOf(context.operatorId, request.command, request.headers)).filter(isPresent),
  );
  const answer = await context.platform.post(`/platform/${request.path}`, request.body, headers);
  if ('http' in step) {
    expect(answer.status, what).toBe(step.http);
    expect(answer.text, what).toBe('');
    return;
  }
  const echo = step.echo === undefined ? request.body.toString() : rendered(context, request.command, step.echo);
  checkAnswer(answer, step, echo, what);
}

function requestOf(context: Context, step: Exclude<Step, { given: unknown }>): Request {
  if ('send' in step) {
    const timestamp = '2020-12-01 13:44:54';
    const hash = sha1(step.send + timestamp + SECRET);
    const body = withTokens(context.state, requestBody(step.send, timestamp, hash, step.data));
    return { command: step.send, path: step.path ?? step.send, body, headers: step.headers ?? {} };
  }
  const body = typeof step.body === 'string' ? rendered(context, step.post, step.body, step.sign) : step.body;
  return { command: step.post, path: step.post, body, headers: step.headers ?? {} };
}

/** Puts the case's tokens and the right hashes in. */
function rendered({ state }: Context, command: string, text: string, sign = true): string {
  const timestamp = /"request_timestamp":\s*"([^"]*)"/.exec(text)?.[1] ?? '';
  const hash = sha1(command + timestamp + SECRET);
  const placed = withTokens(state, text)
    .replace('{hash}', hash)
    .replace(/\{hash of ([^}]*)\}/, (_, time: string) => sha1(command + time + SECRET));
  return sign ? placed.replace(/("hash":\s*)"[0-9a-f]{40}"/, `$1"${hash}"`) : placed;
}

function withTokens(state: State, text: string): string {
  return text.replaceAll(TOKEN, state.tokenFor(TOKEN)).replaceAll(TOKEN_2, state.tokenFor(TOKEN_2));
}

function headersOf(operatorId: string, command: string, overrides: Headers): Headers {
  const headers: Headers = {
    'x-operator-id': '{operator}',
    'x-authorization': `{authorization:${command}}`,
    ...overrides,
  };
  const place = (value: string): string =>
    value
      .replaceAll('{operator}', operatorId)
      .replace(/\{authorization:([a-z]+)\}/, (_, name: string) => sha1(name + SECRET));
  return Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, value === null ? null : place(value)]),
  );
}

function isPresent(entry: [string, string | null]): entry is [string, string] {
  return entry[1] !== null;
}

function checkAnswer(
  answer: PlatformAnswer,
  step: Exclude<Expect, { http: number }>,
  echo: string,
  what: string,
): void {
  expect(answer.status, what).toBe(200);
  expect(answer.headers['content-type'], what).toBe('application/json; charset=utf-8');
  expect(answer.text.slice(0, answer.text.lastIndexOf(',"response":')), what).toBe(`{"request":${echo}`);
  expect(answer.isSigned, what).toBe(true);
  expect(answer.response?.response_timestamp, what).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d$/);
  const data = losslessResponse(answer.text);
  if ('ok' in step) {
    expect({ status: answer.response?.status, data }, what).toEqual({ status: 'OK', data: lossless(step.ok) });
    return;
  }
  const { error_code, error_message } = answer.response?.data ?? {};
  expect({ status: answer.response?.status, error_code, error_message }, what).toEqual({
    status: 'ERROR',
    error_code: step.error,
    error_message: expect.stringContaining(step.message ?? ''),
  });
}

function losslessResponse(text: string): unknown {
  const { response } = lossless(text) as { response?: { data?: unknown } };
  return response?.data;
}

/** JSON with each number as its source text in a box of its own: 3 is neither 3.00 nor "3". */
function lossless(text: string): unknown {
  const box = (_key: string, value: unknown, context: { source?: string }): unknown =>
    typeof value === 'number' ? { number: context.source } : value;
  return JSON.parse(text, box as (key: string, value: unknown) => unknown);
}
