import {
  BrokenCircuitError,
  CircuitState,
  ConsecutiveBreaker,
  circuitBreaker,
  ExponentialBackoff,
  handleWhen,
  retry,
} from 'cockatiel';
import type { StargameRemoteConfig } from './config.ts';
import { createGate, GateError } from './gate.ts';
import { exchange, type HttpAnswer, HttpError } from './http.ts';
import { withoutBase64 } from './packet.ts';
import { redact } from './redact.ts';
import { RemoteError } from './remote-error.ts';

/** One request to the host. */
export type Delivery = {
  /** Names it in errors. */
  operation: string;
  /** Below the base URL. */
  path: string;
  /** Null: a GET. */
  form: string | null;
  /** How often it is sent at most: 1 where sending it twice is not the same as sending it once. */
  attempts: number;
  timeoutMs: number;
  /** A longer answer is not read to its end. */
  maxBytes: number;
  signal?: AbortSignal | undefined;
  secrets: readonly string[];
};

/** The one host that is ever called: with its rate limit, its breaker and its attempts. */
export type Host = {
  /**
   * Resolves with the body of an answer with status 200. Throws a RemoteError. `onAttempt` is called before each attempt, and told whether
   * one before may have been done.
   */
  deliver: (delivery: Delivery, onAttempt: (isMaybeDone: boolean) => void) => Promise<Buffer>;
  isBreakerOpen: () => boolean;
};

const BACKOFF = { initialDelay: 200, maxDelay: 2_000 };

export function createHost(config: StargameRemoteConfig): Host {
  const gate = createGate({
    ratePerSecond: config.STARGAME_RATE_PER_SECOND,
    concurrency: config.STARGAME_CONCURRENCY,
    queueMax: config.STARGAME_QUEUE_MAX,
  });
  const breaker = circuitBreaker(handleWhen(isTrouble), {
    halfOpenAfter: config.STARGAME_BREAKER_OPEN_MS,
    breaker: new ConsecutiveBreaker(config.STARGAME_BREAKER_FAILURES),
  });

  const attempt = async (delivery: Delivery): Promise<HttpAnswer> => {
    const { timeoutMs, maxBytes, signal } = delivery;
    const leave = await gate.enter(timeoutMs, signal);
    try {
      return await breaker.execute(async () => {
        const url = `${config.STARGAME_API_URL}/${delivery.path}`;
        const options = { timeoutMs, maxBytes, signal };
        const answer = await exchange(url, delivery.form, options);
        if (isBusy(answer.status)) throw new HttpError('unknown', `HTTP status ${answer.status}`);
        return answer;
      });
    } finally {
      leave();
    }
  };

  return {
    deliver: async (delivery, onAttempt) => {
      if (config.STARGAME_API_URL === '') {
        throw new RemoteError('not_sent', delivery.operation, 'STARGAME_API_URL is not set');
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
        throw remoteError(delivery.operation, error, isMaybeDone);
      }
    },
    isBreakerOpen: () => breaker.state !== CircuitState.Closed,
  };
}

function withRetries<T>({ attempts, signal }: Delivery, run: () => Promise<T>): Promise<T> {
  if (attempts === 1) return run();
  const policy = retry(handleWhen(isTrouble), {
    maxAttempts: attempts - 1,
    backoff: new ExponentialBackoff(BACKOFF),
  });
  return policy.execute(run, signal);
}

/** What says something of the host, and may be gone soon. */
const isTrouble = (error: unknown): boolean =>
  error instanceof HttpError && (error.kind === 'unknown' || error.kind === 'not_sent');

const isBusy = (status: number): boolean => status >= 500 || status === 429 || status === 408;

function bodyOf({ operation, secrets }: Delivery, { status, body }: HttpAnswer): Buffer {
  if (status === 200) return body;
  // A redirect as well: where it leads is none of our business.
  throw new RemoteError('malformed', operation, `HTTP status ${status}`, {
    // Of this nothing is read: it may give the request back.
    raw: withoutBase64(redact(body.toString('latin1'), secrets)),
  });
}

/** An attempt before may have been done, also where the last one was not sent. */
function remoteError(operation: string, error: unknown, isMaybeDone: boolean): unknown {
  if (error instanceof RemoteError) return error;
  if (error instanceof HttpError) {
    if (error.kind === 'malformed') return new RemoteError('malformed', operation, error.message);
    return new RemoteError(isMaybeDone ? 'unknown' : 'not_sent', operation, error.message);
  }
  if (error instanceof GateError || error instanceof BrokenCircuitError) {
    const reason = error instanceof GateError ? error.message : 'StarGame failed again and again: not asked for now';
    return new RemoteError(isMaybeDone ? 'unknown' : 'not_sent', operation, reason);
  }
  return error;
}
