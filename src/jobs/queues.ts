import { type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from '../common/log.ts';

/** Every queue there is. The outbox's topics are queues' names. */
export const QUEUES = ['round-close'] as const;

export type QueueName = (typeof QUEUES)[number];

/** A hash tag: all keys of all queues are in one slot, as a Redis Cluster needs them. */
export const PREFIX = '{croupier}';

/** A job made of an outbox message; the message stays in the outbox until the job is done. */
export type OutboxJob = {
  messageId: string;
  /** The message's JSON; the text itself where it is none. */
  payload: unknown;
};

export type Queues = Record<QueueName, Queue<OutboxJob>>;

export function createQueues(connection: Redis, attempts: number, log: Logger): Queues {
  const queue = (name: QueueName): Queue<OutboxJob> => {
    const created = new Queue<OutboxJob>(name, {
      connection,
      prefix: PREFIX,
      defaultJobOptions: jobOptions(attempts),
      // A queue that meets no Redis at its start would wait for one with the first, and never get over the second.
      skipWaitingForReady: true,
      skipVersionCheck: true,
    });
    // The connection tells when Redis goes and comes back, and who uses the queue is told by a rejection.
    created.on('error', (error) => log.debug({ err: error, queue: name }, 'queue error'));
    return created;
  };
  return { 'round-close': queue('round-close') };
}

/** What a message's job is called: the same message again is the same job. BullMQ takes no whole numbers, and no colons. */
export const jobId = (messageId: bigint): string => `outbox-${messageId}`;

const jobOptions = (attempts: number): JobsOptions => ({
  attempts,
  backoff: { type: 'exponential', delay: 1000, jitter: 0.5 },
  // A job that is kept makes Redis ignore its message's next delivery. Done jobs are not delivered again, so nothing is kept of
  // them; failed ones are kept for people to see, and the relay tries those again that may yet succeed.
  removeOnComplete: true,
  removeOnFail: { count: 10_000 },
});
