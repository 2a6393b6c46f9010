import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type CallMetrics = {
  /** `outcome`: success, a code of the provider's document, unknown_code, or a RemoteError's kind. */
  observe: (operation: string, outcome: string, durationMs: number) => void;
};

/** Counts the calls of a provider's API; `api` names it in the help texts. */
export function createCallMetrics(
  registry: Registry | undefined,
  { provider, api, isBreakerOpen }: { provider: 'stargame' | 'platform'; api: string; isBreakerOpen: () => boolean },
): CallMetrics {
  if (registry === undefined) return { observe: () => {} };
  const calls = new Counter({
    name: `croupier_${provider}_calls_total`,
    help: `Calls of ${api}, by operation and outcome (success, an error code, or why there is no answer)`,
    labelNames: ['operation', 'outcome'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: `croupier_${provider}_call_duration_seconds`,
    help: `Calls of ${api}, with waiting for their turn and all attempts`,
    labelNames: ['operation'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  new Gauge({
    name: `croupier_${provider}_breaker_open`,
    help: `1 while nothing is sent to ${api} because it failed again and again`,
    registers: [registry],
    collect() {
      this.set(isBreakerOpen() ? 1 : 0);
    },
  });
  return {
    observe: (operation, outcome, durationMs) => {
      calls.inc({ operation, outcome });
      durations.observe({ operation }, durationMs / 1000);
    },
  };
}
