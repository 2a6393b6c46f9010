import { Redis } from 'ioredis';
import type { Logger } from './log.ts';

const RECONNECT_MAX_MS = 2000;
const COMMAND_TIMEOUT_MS = 5000;

/** For a program that ends soon: connects once, and rejects where Redis does not answer. */
export async function connectOnce(url: string, timeoutMs: number): Promise<Redis> {
  const redis = new Redis(url, {
    lazyConnect: true,
    connectTimeout: timeoutMs,
    commandTimeout: timeoutMs,
    maxRetriesPerRequest: 0,
    retryStrategy: () => null,
  });
  // Who waits for it is told by a rejection.
  redis.on('error', () => {});
  try {
    await redis.connect();
    await redis.ping();
    return redis;
  } catch (error) {
    redis.disconnect();
    throw error;
  }
}

/** For adding and looking: fails at once while Redis is away, and soon while it hangs, so that the caller can turn back. */
export function createProducerConnection(url: string, log: Logger): Redis {
  const redis = new Redis(url, {
    enableOfflineQueue: false,
    maxRetriesPerRequest: 0,
    commandTimeout: COMMAND_TIMEOUT_MS,
    retryStrategy: reconnectDelayMs,
  });
  tellOfChanges(redis, log, 'producer');
  redis.on('ready', () => {
    warnOfEviction(redis, log).catch((error) => log.warn({ err: error }, "can't read the eviction policy of Redis"));
  });
  return redis;
}

/** For workers: BullMQ blocks on it for jobs, and wants commands to wait for Redis to come back. */
export function createWorkerConnection(url: string, log: Logger): Redis {
  const redis = new Redis(url, { maxRetriesPerRequest: null, retryStrategy: reconnectDelayMs });
  tellOfChanges(redis, log, 'worker');
  return redis;
}

const reconnectDelayMs = (attempt: number): number => Math.min(50 * 2 ** Math.min(attempt, 10), RECONNECT_MAX_MS);

/** One line when Redis goes and one when it is back, instead of one for each attempt to connect. */
function tellOfChanges(redis: Redis, log: Logger, connection: string): void {
  let isAway = false;
  redis.on('error', (error) => {
    if (!isAway) {
      log.warn({ err: error, connection }, 'redis is away');
    }
    isAway = true;
  });
  redis.on('ready', () => {
    if (isAway) {
      log.info({ connection }, 'redis is back');
    }
    isAway = false;
  });
}

/** Under any other policy a full Redis drops jobs instead of refusing new ones. They come back with their messages, but late. */
async function warnOfEviction(redis: Redis, log: Logger): Promise<void> {
  const policy = /^maxmemory_policy:(.*)$/m.exec(await redis.info('memory'))?.[1]?.trim();
  if (policy !== undefined && policy !== 'noeviction') {
    log.warn({ policy }, 'set maxmemory-policy of Redis to noeviction: it may drop jobs');
  }
}
