import type { Job as BullJob, Queue } from 'bullmq';
import { pino } from 'pino';
import { readConfig } from '../common/config.ts';
import { createQueue, type JobData, QUEUES, type QueueName } from '../common/queues.ts';
import { connectOnce } from '../common/redis.ts';
import { redisConfig } from '../common/redis-config.ts';
import { CliError } from './cli.ts';

export type Job = BullJob<JobData>;
export type JobQueues = Record<QueueName, Queue<JobData>>;

const TIMEOUT_MS = 3000;
/** Of jobs that are made by hand; those of the money queues have their own number. */
const ATTEMPTS = 8;

/** Connects to Redis for as long as `use` takes. A CliError where it does not answer, or ceases to. */
export async function connectQueues<T>(
  env: Record<string, string | undefined>,
  use: (queues: JobQueues) => Promise<T>,
): Promise<T> {
  const { REDIS_URL } = readConfig(redisConfig, env);
  const redis = await connectOnce(REDIS_URL, TIMEOUT_MS).catch((error: unknown) => {
    throw new CliError(
      `no Redis answers at ${new URL(REDIS_URL).host}: start it with \`npm start\`, or say with REDIS_URL where it is (${reason(error)})`,
    );
  });
  const silent = pino({ level: 'silent' });
  const entries = QUEUES.map((name) => [name, createQueue(name, redis, ATTEMPTS, silent)] as const);
  try {
    return await use(Object.fromEntries(entries) as JobQueues);
  } catch (error) {
    if (redis.status === 'ready') throw error;
    throw new CliError("Redis went away: it isn't known whether this was done");
  } finally {
    await Promise.all(entries.map(([, queue]) => queue.close()));
    redis.disconnect();
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
