import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

/** 50 ms is what StarGame's game server waits for. */
const LATENCY_BUCKETS_SECONDS = [0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.04, 0.05, 0.075, 0.1, 0.25, 0.5, 1, 2, 5];

export type Metrics = {
  registry: Registry;
  /** Counts one answered request. `command` and `outcome` are from closed sets: each pair is a series. */
  observe: (provider: string, command: string, outcome: string, durationMs: number) => void;
  /** Counts a request that was turned away unread. */
  countDenied: (provider: string, status: 403 | 413) => void;
  countWalletConnect: (address: string) => void;
  /** Counts an answer that could not be certain, or not go out, within StarGame's budget. */
  countBudgetMissed: (command: string) => void;
};

/** `stargameBudgetMs`: within which StarGame's notifications have to be answered, from the first byte. */
export function createMetrics(operationsInFlight: () => number, stargameBudgetMs: number): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const requests = new Counter({
    name: 'croupier_adapter_requests_total',
    help: 'Requests answered, by command and outcome (OK, an error code or reason, or an HTTP status)',
    labelNames: ['provider', 'command', 'outcome'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'croupier_adapter_request_duration_seconds',
    help: 'From the headers of a request to its answer; of StarGame from the first byte',
    labelNames: ['provider', 'command'],
    buckets: LATENCY_BUCKETS_SECONDS,
    registers: [registry],
  });
  const connects = new Counter({
    name: 'croupier_adapter_wallet_connects_total',
    help: 'Streams opened to a wallet process; more than one each is reconnects',
    labelNames: ['wallet'],
    registers: [registry],
  });
  const budgetMissed = new Counter({
    name: 'croupier_adapter_budget_missed_total',
    help: 'StarGame notifications without a certain answer within the budget',
    labelNames: ['command'],
    registers: [registry],
  });
  new Gauge({
    name: 'croupier_adapter_budget_seconds',
    help: 'Within which a request has to be answered, from its first byte',
    labelNames: ['provider'],
    registers: [registry],
  }).set({ provider: 'stargame' }, stargameBudgetMs / 1000);
  new Gauge({
    name: 'croupier_adapter_operations_in_flight',
    help: 'Operations asked of the wallet that have no outcome yet',
    registers: [registry],
    collect() {
      this.set(operationsInFlight());
    },
  });

  // Looking labels up costs more than counting, so the children are kept.
  const children = new Map<string, { count: Counter.Internal; duration: Histogram.Internal<string> }>();
  const childOf = (provider: string, command: string, outcome: string) => {
    const key = `${provider} ${command} ${outcome}`;
    let child = children.get(key);
    if (child === undefined) {
      child = {
        count: requests.labels({ provider, command, outcome }),
        duration: durations.labels({ provider, command }),
      };
      children.set(key, child);
    }
    return child;
  };

  return {
    registry,
    observe: (provider, command, outcome, durationMs) => {
      const child = childOf(provider, command, outcome);
      child.count.inc();
      child.duration.observe(durationMs / 1000);
    },
    countDenied: (provider, status) => requests.inc({ provider, command: 'unread', outcome: String(status) }),
    countWalletConnect: (address) => connects.inc({ wallet: address }),
    countBudgetMissed: (command) => budgetMissed.inc({ command }),
  };
}
