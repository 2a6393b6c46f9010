import type { Job } from 'bullmq';
import type { Redis } from 'ioredis';
import { QUEUES, type QueueName } from '../../common/queues.ts';
import type { Queues } from '../queues.ts';

export type QueueLook = {
  name: QueueName;
  waiting: number;
  active: number;
  delayed: number;
  failed: number;
  isPaused: boolean;
  oldestAtMs: number | null;
};

/** Whether Redis answers, and what is in it. The queues are null where they could not be read. */
export type RedisLook = { isUp: boolean; detail: string; queues: QueueLook[] | null };

/** Of each state. */
const OLDEST_LOOKED_AT = 2;

/** Never throws. */
export async function lookAtRedis(redis: Redis, queues: Queues): Promise<RedisLook> {
  try {
    await redis.ping();
  } catch {
    return { isUp: false, detail: 'no answer', queues: null };
  }
  try {
    return { isUp: true, detail: '', queues: await Promise.all(QUEUES.map((name) => lookAtQueue(queues, name))) };
  } catch (error) {
    return { isUp: true, detail: error instanceof Error ? error.message : String(error), queues: null };
  }
}

async function lookAtQueue(queues: Queues, name: QueueName): Promise<QueueLook> {
  const queue = queues[name];
  const [counts, isPaused, schedules, oldest] = await Promise.all([
    queue.getJobCounts('waiting', 'active', 'delayed', 'failed'),
    queue.isPaused(),
    queue.getJobSchedulersCount(),
    queue.getJobs(['waiting', 'active', 'delayed'], 0, OLDEST_LOOKED_AT, true),
  ]);
  const times = oldest.filter(isWork).map((job) => job.timestamp);
  return {
    name,
    waiting: counts.waiting ?? 0,
    active: counts.active ?? 0,
    delayed: Math.max(0, (counts.delayed ?? 0) - schedules),
    failed: counts.failed ?? 0,
    isPaused,
    oldestAtMs: times.length === 0 ? null : Math.min(...times),
  };
}

/** What a schedule has put down for its next time is nobody's work yet. A job may be gone by the time it is read. */
const isWork = (job: Job | undefined): job is Job => job !== undefined && job.repeatJobKey === undefined;
