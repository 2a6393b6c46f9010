import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import { QUEUES, type Queues } from './queues.ts';

export type JobsMetrics = {
  registry: Registry;
  jobs: Counter<'queue' | 'outcome'>;
  jobDuration: Histogram<'queue'>;
  delivered: Counter<'topic'>;
  revived: Counter<'topic'>;
  unknownTopics: Counter;
  relayFailures: Counter;
  oldestAge: Gauge;
};

const STATES = ['waiting', 'active', 'delayed', 'failed'] as const;

export function createMetrics(queues: Queues): JobsMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  measureQueues(queues, registry);
  return {
    registry,
    jobs: new Counter({
      name: 'croupier_jobs_total',
      help: 'Attempts at jobs by how they ended: completed, retried (will be tried again), failed (for now, or for good).',
      labelNames: ['queue', 'outcome'],
      registers,
    }),
    jobDuration: new Histogram({
      name: 'croupier_job_duration_seconds',
      help: 'How long an attempt at a job took.',
      labelNames: ['queue'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    delivered: new Counter({
      name: 'croupier_outbox_delivered_total',
      help: 'Outbox messages delivered to Redis; one that is not done in time is delivered again.',
      labelNames: ['topic'],
      registers,
    }),
    revived: new Counter({
      name: 'croupier_outbox_revived_total',
      help: 'Failed jobs that were given new attempts because their message is still owed.',
      labelNames: ['topic'],
      registers,
    }),
    unknownTopics: new Counter({
      name: 'croupier_outbox_unknown_topic_total',
      help: 'Outbox messages that no queue is for; they stay in the outbox.',
      registers,
    }),
    relayFailures: new Counter({
      name: 'croupier_outbox_relay_failures_total',
      help: 'Passes of the outbox relay that failed, at the wallet or at Redis.',
      registers,
    }),
    oldestAge: new Gauge({
      name: 'croupier_outbox_oldest_age_seconds',
      help: 'Age of the oldest message at its delivery, among those of the last lease; above the lease, work is not getting done.',
      registers,
    }),
  };
}

function measureQueues(queues: Queues, registry: Registry): void {
  new Gauge({
    name: 'croupier_queue_jobs',
    help: 'Jobs in Redis by queue and state; absent while Redis is away.',
    labelNames: ['queue', 'state'],
    registers: [registry],
    async collect() {
      this.reset();
      for (const queue of QUEUES) {
        const counts = await queues[queue].getJobCounts(...STATES).catch(() => null);
        for (const state of counts === null ? [] : STATES) {
          this.set({ queue, state }, counts?.[state] ?? 0);
        }
      }
    },
  });
}
