import type {
  BalanceView,
  Device,
  GamesView,
  LaunchRequestView,
  LaunchView,
  ProblemCode,
  ProblemView,
  SessionView,
} from '../view.ts';

/** What the server said no with, or `unavailable` where it could not be asked. */
export class ApiError extends Error {
  readonly code: ProblemCode;

  constructor({ error, message }: ProblemView) {
    super(message);
    this.code = error;
  }
}

const UNREACHABLE: ProblemView = { error: 'unavailable', message: 'The lobby can’t be reached. Are you online?' };
const TIMEOUT_MS = 15_000;

export const getSession = (): Promise<SessionView> => ask('session', {});
export const getBalance = (): Promise<BalanceView> => ask('balance', {});
export const launch = (request: LaunchRequestView): Promise<LaunchView> => send('launch', request);
export const leave = (): Promise<object> => send('leave', {});
export const becomeDemoPlayer = (userId: string): Promise<object> => send('demo', { userId });

export const getGames = (
  { query, category, page, device }: { query: string; category: string; page: number; device: Device },
  signal: AbortSignal,
): Promise<GamesView> =>
  ask(`games?${new URLSearchParams({ query, category, device, page: String(page) })}`, { signal });

const send = <T>(path: string, body: object): Promise<T> =>
  ask(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-croupier-lobby': '1' },
    body: JSON.stringify(body),
  });

async function ask<T>(path: string, init: RequestInit): Promise<T> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const signal = init.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
  const { ok, body } = await fetch(`/lobby/api/${path}`, { ...init, signal, credentials: 'same-origin' })
    .then(async (response) => ({ ok: response.ok, body: (await response.json()) as unknown }))
    .catch((error: unknown) => {
      if (init.signal?.aborted) throw error;
      throw new ApiError(UNREACHABLE);
    });
  if (ok) return body as T;
  throw new ApiError(isProblem(body) ? body : UNREACHABLE);
}

const isProblem = (body: unknown): body is ProblemView =>
  typeof body === 'object' && body !== null && 'error' in body && 'message' in body;
