import { Redis } from 'ioredis';

const DATABASES = 16;
const CLAIM = 'croupier-bench-claim';

/** A Redis database of the benchmark's own: one that was empty. It is emptied by `drop`, and no other ever is. */
export type BenchRedis = { url: string; drop: () => Promise<void> };

export async function createRedisDatabase(serverUrl: string): Promise<BenchRedis> {
  for (let index = 1; index < DATABASES; index++) {
    const url = new URL(serverUrl);
    url.pathname = `/${index}`;
    const redis = new Redis(url.href, { maxRetriesPerRequest: 1 });
    const results = await redis.multi().dbsize().set(CLAIM, process.pid, 'NX').exec();
    const wasEmpty = results?.[0]?.[1] === 0;
    if (wasEmpty) {
      return {
        url: url.href,
        drop: async () => {
          await redis.flushdb();
          redis.disconnect();
        },
      };
    }
    if (results?.[1]?.[1] === 'OK') await redis.del(CLAIM);
    redis.disconnect();
  }
  throw new Error(`none of the Redis databases 1 to ${DATABASES - 1} is empty`);
}
