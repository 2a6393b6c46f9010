import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

export type EngineMetrics = {
  batches: Counter;
  operations: Counter;
  batchSize: Histogram;
  batchSeconds: Histogram;
  repeats: Counter<'cause'>;
  outcomes: Counter<'kind' | 'reason'>;
  replays: Counter;
  lateCommits: Counter;
  lateBets: Counter;
  lateBetsReversed: Counter;
};

export function createEngineMetrics(registry: Registry, queued: () => number): EngineMetrics {
  const registers = [registry];
  new Gauge({
    name: 'croupier_wallet_lane_queued',
    help: 'Operations that wait for a batch',
    registers,
    collect() {
      this.set(queued());
    },
  });
  return {
    batches: new Counter({
      name: 'croupier_wallet_lane_batches_total',
      help: 'Database transactions of the lanes',
      registers,
    }),
    operations: new Counter({
      name: 'croupier_wallet_lane_operations_total',
      help: 'Operations that those transactions carried',
      registers,
    }),
    batchSize: new Histogram({
      name: 'croupier_wallet_lane_batch_operations',
      help: 'Operations a batch',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256],
      registers,
    }),
    batchSeconds: new Histogram({
      name: 'croupier_wallet_lane_batch_duration_seconds',
      help: 'From the first statement to the COMMIT',
      buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.04, 0.05, 0.1, 0.25, 1, 5],
      registers,
    }),
    repeats: new Counter({
      name: 'croupier_wallet_lane_repeats_total',
      help: 'Batches done again, by what stopped them',
      labelNames: ['cause'],
      registers,
    }),
    outcomes: new Counter({
      name: 'croupier_wallet_outcomes_total',
      help: 'Operations by kind and reason (empty: done)',
      labelNames: ['kind', 'reason'],
      registers,
    }),
    replays: new Counter({
      name: 'croupier_wallet_replays_total',
      help: 'Answers given again for a known id',
      registers,
    }),
    lateCommits: new Counter({
      name: 'croupier_wallet_late_commits_total',
      help: 'Operations whose COMMIT ended after their deadline',
      registers,
    }),
    lateBets: new Counter({
      name: 'croupier_wallet_late_bets_total',
      help: 'Bets that nobody waited for any more when they were done, or of which that is not known (void_if_late)',
      registers,
    }),
    lateBetsReversed: new Counter({
      name: 'croupier_wallet_late_bets_reversed_total',
      help: 'Late bets that were certainly canceled by the wallet itself',
      registers,
    }),
  };
}
