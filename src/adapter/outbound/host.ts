import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  DelegateBackoff,
  ExponentialBackoff,
  handleWhen,
  type IBackoff,
  type IRetryBackoffContext,
  retry,
} from 'cockatiel';
import { createGate, GateError } from './gate.ts';
import { exchange, type HttpAnswer, HttpError } from './http.ts';
import { RemoteError } from './remote-error.ts';

/** A host, and how it is treated. */
export type HostOptions = {
  /** Whose it is, as errors name it. */
  provider: string;
  /** Without a slash at the end; empty: nothing is ever sent. */
  baseUrl: string;
  /** What sets it; named where it is empty. */
  baseUrlName: string;
  ratePerSecond: number;
  concurrency: number;
  queueMax: number;
  /** After so many failures in a row nothing is sent for `breakerOpenMs`. */
  breakerFailures: number;
  breakerOpenMs: number;
  /** For how long a host that asks for it (Retry-After) is left alone at most; 0: that is not looked at. */
  retryAfterMaxMs: number;
};

/** One request to the host. */
export type Delivery = {
  /** Names it in errors. */
  operation: string;
  /** Below the base URL. */
  path: string;
  /** Null: a GET. */
  form: string | null;
  headers?: Readonly<Record<string, string>>;
  /** How often it is sent at most: 1 where sending it twice is not the same as sending it once. */
  attempts: number;
  timeoutMs: number;
  /** A longer answer is not read to its end. */
  maxBytes: number;
  signal?: AbortSignal | undefined;
  /** An answer with another status than 200 as text, without secrets: it may give the request back. */
  censor: (body: Buffer) => string;
};

/** One host that is called: with its rate limit, its breaker and its attempts. */
export type Host = {
  /**
   * Resolves with the body of an answer with status 200. Throws a RemoteError. `onAttempt` is called before each attempt, and told whether
   * one before may have been done.
   */
  deliver: (delivery: Delivery, onAttempt: (isMaybeDone: boolean) => void) => Promise<Buffer>;
  isBreakerOpen: () => boolean;
};

const BACKOFF = { initialDelay: 200, maxDelay: 2_000 };

/** The host is there, and can't or won't answer now. */
class BusyError extends HttpError {
  readonly retryAfterMs: number;

  constructor({ status, retryAfter }: HttpAnswer, retryAfterMaxMs: number) {
    super('unknown', `HTTP status ${status}`);
    // The header may have a date as well: that is not worth reading.
    this.retryAfterMs = /^\d{1,9}$/.test(retryAfter ?? '') ? Math.min(Number(retryAfter) * 1000, retryAfterMaxMs) : 0;
  }
}

export function createHost(options: HostOptions): Host {
  const { provider, baseUrl } = options;
  const gate = createGate(options);
  const breaker = circuitBreaker(handleWhen(isTrouble), {
    halfOpenAfter: options.breakerOpenMs,
    breaker: new ConsecutiveBreaker(options.breakerFailures),
  });

  const attempt = async (delivery: Delivery): Promise<HttpAnswer> => {
    const { form, headers, timeoutMs, maxBytes, signal } = delivery;
    const leave = await gate.enter(timeoutMs, signal);
    try {
      return await breaker.execute(async () => {
        const url = `${baseUrl}/${delivery.path}`;
        const answer = await exchange(url, { form, headers }, { timeoutMs, maxBytes, signal });
        if (isBusy(answer.status)) throw new BusyError(answer, options.retryAfterMaxMs);
        return answer;
      });
    } finally {
      leave();
    }
  };

  return {
    deliver: async (delivery, onAttempt) => {
      if (baseUrl === '') {
        throw new RemoteError('not_sent', delivery.operation, `${options.baseUrlName} is not set`);
      }
      let isMaybeDone = false;
      const tryOnce = async (): Promise<HttpAnswer> => {
        onAttempt(isMaybeDone);
        try {
          return await attempt(delivery);
        } catch (error) {
          const wasSent = error instanceof HttpError && error.kind !== 'not_sent';
          isMaybeDone ||= wasSent;
          throw error;
        }
      };
      try {
        const answer = await withRetries(delivery, tryOnce);
        return bodyOf(delivery, answer);
      } catch (error) {
        throw remoteError(provider, delivery.operation, error, isMaybeDone);
      }
    },
    isBreakerOpen: () => breaker.state !== CircuitState.Closed,
  };
}

function withRetries<T>({ attempts, signal }: Delivery, run: () => Promise<T>): Promise<T> {
  if (attempts === 1) return run();
  const policy = retry(handleWhen(isTrouble), { maxAttempts: attempts - 1, backoff });
  return policy.execute(run, signal);
}

const exponential = new ExponentialBackoff(BACKOFF);

/** Longer and longer, and at least as long as the host asks for. */
const backoff = new DelegateBackoff<IRetryBackoffContext<unknown>, IBackoff<unknown>>((context, last) => {
  const state = (last ?? exponential).next(context);
  const error = 'error' in context.result ? context.result.error : null;
  return { state, delay: Math.max(state.duration, error instanceof BusyError ? error.retryAfterMs : 0) };
});

/** What says something of the host, and may be gone soon. */
const isTrouble = (error: unknown): boolean =>
  error instanceof HttpError && (error.kind === 'unknown' || error.kind === 'not_sent');

const isBusy = (status: number): boolean => status >= 500 || status === 429 || status === 408;

function bodyOf({ operation, censor }: Delivery, { status, body }: HttpAnswer): Buffer {
  if (status === 200) return body;
  // A redirect as well: where it leads is none of our business.
  throw new RemoteError('malformed', operation, `HTTP status ${status}`, { raw: censor(body) });
}

/** An attempt before may have been done, also where the last one was not sent. */
function remoteError(provider: string, operation: string, error: unknown, isMaybeDone: boolean): unknown {
  if (error instanceof RemoteError) return error;
  if (error instanceof HttpError) {
    if (error.kind === 'malformed') return new RemoteError('malformed', operation, error.message);
    return new RemoteError(isMaybeDone ? 'unknown' : 'not_sent', operation, error.message);
  }
  if (error instanceof GateError || error instanceof BrokenCircuitError) {
    const reason = error instanceof GateError ? error.message : `${provider} failed again and again: not asked for now`;
    return new RemoteError(isMaybeDone ? 'unknown' : 'not_sent', operation, reason);
  }
  return error;
}
