import type { Queue } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from '../common/log.ts';
import { createQueue, type JobData, QUEUES, type QueueName } from '../common/queues.ts';

export type Queues = Record<QueueName, Queue<JobData>>;

export function createQueues(connection: Redis, attempts: number, log: Logger): Queues {
  const entries = QUEUES.map((name) => [name, createQueue(name, connection, attempts, log)] as const);
  return Object.fromEntries(entries) as Queues;
}

/** What an outbox message's job is called: the same message again is the same job. BullMQ takes no whole numbers, and no colons. */
export const outboxJobId = (messageId: bigint): string => `outbox-${messageId}`;
