import { Redis } from 'ioredis';
import { track } from './leaks.ts';

export type TestRedis = AsyncDisposable & {
  /** redis://…/N, where N is a database that was empty and is this test's alone until it is dropped. */
  url: string;
  drop: () => Promise<void>;
};

const DATABASES = 16;
const CLAIM = 'croupier-test-claim';

/**
 * A Redis database of the test's own, on the server of TEST_REDIS_URL. Only an empty one is taken, and only one that was
 * taken here is ever flushed: the server may be somebody's.
 */
export async function createTestRedis(): Promise<TestRedis> {
  for (let index = 1; index < DATABASES; index += 1) {
    const url = new URL(serverUrl());
    url.pathname = `/${index}`;
    if (!(await claim(url.href))) continue;
    const flush = () => withRedis(url.href, (redis) => redis.flushdb());
    const untrack = track(`redis database ${index}`, async () => void (await flush()));
    const drop = async (): Promise<void> => {
      untrack();
      await flush();
    };
    return { url: url.href, drop, [Symbol.asyncDispose]: drop };
  }
  throw new Error(`none of the Redis databases 1 to ${DATABASES - 1} is empty`);
}

/** True where the database was empty and the claim is now its only key. */
async function claim(url: string): Promise<boolean> {
  return withRedis(url, async (redis) => {
    const results = await redis.multi().dbsize().set(CLAIM, process.pid, 'NX').exec();
    const wasEmpty = results?.[0]?.[1] === 0;
    const claimed = results?.[1]?.[1] === 'OK';
    if (claimed && !wasEmpty) await redis.del(CLAIM);
    return claimed && wasEmpty;
  });
}

async function withRedis<T>(url: string, run: (redis: Redis) => Promise<T>): Promise<T> {
  const redis = new Redis(url, { maxRetriesPerRequest: 1 });
  try {
    return await run(redis);
  } finally {
    redis.disconnect();
  }
}

function serverUrl(): string {
  const url = process.env.TEST_REDIS_URL;
  if (!url) throw new Error('TEST_REDIS_URL is not set: run tests with `npm test` or `npx vitest`');
  return url;
}
