import { type JobsOptions, Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from './log.ts';
import type { QueueName } from './queue-names.ts';

export { QUEUES, type QueueName } from './queue-names.ts';

/** A hash tag: all keys of all queues are in one slot, as a Redis Cluster needs them. */
export const PREFIX = '{croupier}';

export type JobData = {
  /** The outbox message that asks for it, which stays in the outbox until the job is done; absent where none does. */
  messageId?: string;
  /** What is to be done, as JSON; a message's text itself where that is none. */
  payload: unknown;
};

const BACKOFF_MIN_MS = 1000;
const BACKOFF_MAX_MS = 60_000;
/**
 * What is owed in money is tried for about a day, half a minute to a minute apart: a wallet that is away over night must not leave a
 * win among the failed jobs.
 */
const MONEY_ATTEMPTS = 2000;

/** How long after its nth failed attempt a job is tried again: 1 s, 2 s, 4 s … and at most a minute, less up to half of it. */
export function backoffMs(attemptsMade: number): number {
  const longestMs = Math.min(BACKOFF_MIN_MS * 2 ** Math.min(attemptsMade - 1, 20), BACKOFF_MAX_MS);
  return Math.round(longestMs * (0.5 + Math.random() / 2));
}

const isMoney = (name: QueueName): boolean => name === 'void' || name === 'credit';

export function createQueue(name: QueueName, connection: Redis, attempts: number, log: Logger): Queue<JobData> {
  const queue = new Queue<JobData>(name, {
    connection,
    prefix: PREFIX,
    defaultJobOptions: jobOptions(isMoney(name) ? MONEY_ATTEMPTS : attempts),
    // A queue that meets no Redis at its start would wait for one with the first, and never get over the second.
    skipWaitingForReady: true,
    skipVersionCheck: true,
  });
  // The connection tells when Redis goes and comes back, and who uses the queue is told by a rejection.
  queue.on('error', (error) => log.debug({ err: error, queue: name }, 'queue error'));
  return queue;
}

const jobOptions = (attempts: number): JobsOptions => ({
  attempts,
  // Any name that is not one of BullMQ's own means the worker's: backoffMs.
  backoff: { type: 'capped' },
  // A job that is kept makes Redis ignore the next one of its id. What is done is not asked for again, so nothing is kept of it;
  // failed jobs are kept for people to see.
  removeOnComplete: true,
  removeOnFail: { count: 10_000 },
  // Of hundreds of attempts that failed the last tell enough.
  stackTraceLimit: 2,
  keepLogs: 20,
});
