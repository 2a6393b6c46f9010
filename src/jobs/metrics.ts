import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';

export type JobsMetrics = {
  registry: Registry;
  jobs: Counter<'queue' | 'outcome'>;
  jobDuration: Histogram<'queue'>;
  delivered: Counter<'topic'>;
  revived: Counter<'topic'>;
  unknownTopics: Counter;
  relayFailures: Counter;
  oldestAge: Gauge;
  queueJobs: Gauge<'queue' | 'state'>;
  queueOldestAge: Gauge<'queue'>;
  outboxMessages: Gauge;
  outboxOldestMessageAge: Gauge;
  anomaliesStanding: Gauge;
  redisUp: Gauge;
  walletUp: Gauge;
};

export const JOB_STATES = ['waiting', 'active', 'delayed', 'failed'] as const;

export function createMetrics(): JobsMetrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
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
    queueJobs: new Gauge({
      name: 'croupier_queue_jobs',
      help: 'Jobs in Redis by queue and state; absent while Redis is away.',
      labelNames: ['queue', 'state'],
      registers,
    }),
    queueOldestAge: new Gauge({
      name: 'croupier_queue_oldest_age_seconds',
      help: 'Age of the oldest job that is waiting, to be tried again or failed; absent while Redis is away.',
      labelNames: ['queue'],
      registers,
    }),
    outboxMessages: new Gauge({
      name: 'croupier_outbox_messages',
      help: 'Messages that the outbox owes, counted up to 100001.',
      registers,
    }),
    outboxOldestMessageAge: new Gauge({
      name: 'croupier_outbox_oldest_message_age_seconds',
      help: 'Age of the oldest of them; 0: there is none.',
      registers,
    }),
    anomaliesStanding: new Gauge({
      name: 'croupier_anomalies_standing',
      help: 'Anomalies that the bookkeeping has found and that still stand, counted up to 100001.',
      registers,
    }),
    redisUp: new Gauge({ name: 'croupier_jobs_redis_up', help: '1: Redis answers.', registers }),
    walletUp: new Gauge({ name: 'croupier_jobs_wallet_up', help: '1: a wallet can be reached.', registers }),
  };
}
