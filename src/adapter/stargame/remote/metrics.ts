import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type RemoteMetrics = {
  /** `outcome`: success, a code of the document, unknown_code, or a RemoteError's kind. */
  observe: (operation: string, outcome: string, durationMs: number) => void;
};

export function createRemoteMetrics(registry: Registry | undefined, isBreakerOpen: () => boolean): RemoteMetrics {
  if (registry === undefined) return { observe: () => {} };
  const calls = new Counter({
    name: 'croupier_stargame_calls_total',
    help: "Calls of StarGame's remote API, by operation and outcome (success, an error code, or why there is no answer)",
    labelNames: ['operation', 'outcome'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'croupier_stargame_call_duration_seconds',
    help: "Calls of StarGame's remote API, with waiting for their turn and all attempts",
    labelNames: ['operation'],
    buckets: [0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
    registers: [registry],
  });
  new Gauge({
    name: 'croupier_stargame_breaker_open',
    help: "1 while nothing is sent to StarGame's remote API because it failed again and again",
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
