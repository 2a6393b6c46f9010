import { performance } from 'node:perf_hooks';
import type { Logger } from '../../common/log.ts';
import type { CallMetrics } from './metrics.ts';
import { RemoteError } from './remote-error.ts';

/** A call, for its count and its log line. */
export type ObservedCall = {
  operation: string;
  /** What the line says besides; asked once the call has ended. */
  describe: () => object;
  /** Whether an answer is one to warn of; asked once the call has ended. */
  isDoubtful: () => boolean;
};

/** Runs a call and resolves with its value; `outcome` is success, or a code of the provider's document. */
export type Observe = <T>(call: ObservedCall, run: () => Promise<{ outcome: string; value: T }>) => Promise<T>;

/** Of an answer that is not what the document says, for whoever has to look. */
const RAW_LOGGED_CHARS = 4_000;

/** Counts each call and writes one line of it, however it ends. */
export function createObserver(deps: {
  provider: 'stargame' | 'platform';
  log: Logger;
  metrics: CallMetrics;
}): Observe {
  const { provider, log, metrics } = deps;
  return async ({ operation, describe, isDoubtful }, run) => {
    const startedAtMs = performance.now();
    const tell = (outcome: string, error?: RemoteError): void => {
      const durationMs = Math.round(performance.now() - startedAtMs);
      metrics.observe(operation, outcome, durationMs);
      log[error !== undefined || isDoubtful() ? 'warn' : 'info'](
        {
          provider,
          operation,
          outcome,
          ...describe(),
          durationMs,
          reason: error?.message,
          raw: error?.raw?.slice(0, RAW_LOGGED_CHARS),
        },
        'called',
      );
    };
    try {
      const { outcome, value } = await run();
      tell(outcome);
      return value;
    } catch (error) {
      if (error instanceof RemoteError) tell(error.kind, error);
      throw error;
    }
  };
}
