import type { Redis } from 'ioredis';
import type { Registry } from 'prom-client';
import type { Logger } from '../../common/log.ts';
import type { ReadyCheck } from '../../common/ops-server.ts';
import type { Queues } from '../queues.ts';
import type { Wallet } from '../wallet.ts';
import { type Books, NO_BOOKS, readBooks } from './books.ts';
import { createHistory, SAMPLE_MS } from './history.ts';
import { gaugeOf, type Reading, readMetrics, type Series, sumOf } from './metrics-reading.ts';
import type { Overview, Point, ProcessView, QueueView, StoreView } from './overview.ts';
import { ownApiView } from './own-api-view.ts';
import { problemsOf } from './problems.ts';
import { lookAtRedis, type RedisLook } from './queue-look.ts';
import { type Scraped, scrape } from './scrape.ts';
import { stargameView } from './stargame-view.ts';
import type { Target } from './targets.ts';
import { lateView, providerViews, unconfirmedView } from './traffic.ts';

/** Looks at everything every two seconds, whether anybody watches or not: charts are there when somebody does. */
export type Sampler = {
  /** With the points after `afterMs`. */
  overview: (user: string, afterMs: number) => Overview;
  /** Reads the stops, the audit trail and the rest of the wallet's books anew; resolves once they are there. */
  refreshBooks: () => Promise<void>;
  stop: () => Promise<void>;
};

type Deps = {
  targets: readonly Target[];
  registry: Registry;
  ready: ReadyCheck;
  redis: Redis;
  queues: Queues;
  wallet: Wallet;
  log: Logger;
  now: () => number;
};

/** The wallet is asked as often as anybody looks, and seldom while nobody does. */
const WATCHED_MS = 10_000;
const BOOKS_UNWATCHED_MS = 30_000;
const OWN_TIMEOUT_MS = 1_500;
const HANGING: RedisLook = { isUp: false, detail: `no answer within ${OWN_TIMEOUT_MS} ms`, queues: null };
const STARTUP: RedisLook = { isUp: true, detail: '', queues: null };

export function startSampler(deps: Deps): Sampler {
  const { now, wallet, log } = deps;
  const history = createHistory();
  let scraped: Scraped[] = [];
  let redis = STARTUP;
  let books: Books = NO_BOOKS;
  let booksAtMs = 0;
  let reading = Promise.resolve();
  let isReading = false;
  let watchedAtMs = 0;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const readAgain = async (): Promise<void> => {
    booksAtMs = now();
    isReading = true;
    books = await readBooks(wallet);
    isReading = false;
  };
  const refreshBooks = (): Promise<void> => {
    reading = reading.then(readAgain);
    return reading;
  };

  const look = async (): Promise<void> => {
    const isWatched = now() - watchedAtMs < WATCHED_MS;
    // Not waited for: a wallet that hangs must not keep the rest from being seen.
    if (!isReading && (isWatched || now() - booksAtMs > BOOKS_UNWATCHED_MS)) void refreshBooks();
    const [own, fresh, seen] = await Promise.all([
      scrapeOwn(deps),
      Promise.all(deps.targets.map((target) => scrape(target, now))),
      within(lookAtRedis(deps.redis, deps.queues), HANGING),
    ]);
    scraped = [...fresh, own];
    redis = seen;
    const isAdapterUp = fresh.some(({ target, reading }) => target.name === 'adapter' && reading !== null);
    const jobs = redis.queues?.reduce((sum, queue) => sum + queue.waiting + queue.active + queue.delayed, 0) ?? null;
    history.add({ atMs: now(), readings: readingsOf(scraped), isAdapterUp, jobs });
  };

  let looking = Promise.resolve();
  const lookAgain = (): void => {
    const startedAtMs = now();
    looking = look()
      .catch((error) => log.error({ err: error }, 'the dashboard could not look'))
      .then(() => {
        if (!isStopped) timer = setTimeout(lookAgain, Math.max(0, SAMPLE_MS - (now() - startedAtMs)));
      });
  };
  lookAgain();

  return {
    refreshBooks,
    overview: (user, afterMs) => {
      watchedAtMs = now();
      const seen = describe({ scraped, redis, books, minute: history.lastMinute(), recent: history.all() }, now());
      const points: Point[] = history.points(afterMs);
      return { nowMs: now(), user, problems: problemsOf(seen, now()), ...seen, points };
    },
    stop: async () => {
      isStopped = true;
      clearTimeout(timer);
      await looking;
    },
  };
}

/** This process, without a detour over the network. */
async function scrapeOwn({ registry, ready, now }: Deps): Promise<Scraped> {
  const target: Target = { name: 'jobs', instance: 'this process', url: '' };
  const [missing, json] = await Promise.all([
    within(Promise.resolve().then(ready), 'slow to answer'),
    within<unknown>(registry.getMetricsAsJSON(), null),
  ]);
  const reading = json === null ? null : readMetrics(JSON.parse(JSON.stringify(json)));
  return { target, state: missing === null ? 'up' : 'not ready', detail: missing ?? '', reading, atMs: now() };
}

async function within<T>(work: Promise<T>, otherwise: T): Promise<T> {
  const { promise: late, resolve } = Promise.withResolvers<T>();
  const timer = setTimeout(resolve, OWN_TIMEOUT_MS, otherwise);
  try {
    return await Promise.race([work, late]);
  } finally {
    clearTimeout(timer);
  }
}

const readingsOf = (scraped: readonly Scraped[]): Map<string, Reading> =>
  new Map(scraped.flatMap(({ target, reading }) => (reading === null ? [] : [[keyOf(target), reading] as const])));

const keyOf = (target: Target): string => `${target.name} ${target.instance}`;

type Looks = { scraped: readonly Scraped[]; redis: RedisLook; books: Books; minute: Series[]; recent: Series[] };

function describe({ scraped, redis, books, minute, recent }: Looks, nowMs: number) {
  const gauges = scraped.flatMap(({ reading }) => reading?.gauges ?? []);
  const { outbox, ...fromBooks } = books;
  const seen: Omit<Overview, 'problems' | 'user' | 'points' | 'nowMs'> = {
    processes: scraped.map(processView),
    stores: [mysqlView(scraped), { name: 'Redis', state: redis.isUp ? 'up' : 'down', detail: redis.detail }],
    providers: providerViews(minute, gauges),
    late: lateView(
      recent,
      scraped.some(({ target, reading }) => target.name === 'wallet' && reading !== null),
    ),
    unconfirmed: unconfirmedView(recent, gauges),
    stargame: stargameView(gauges),
    ownApi: ownApiView(gauges, nowMs),
    queues: queueViews(redis, minute, nowMs),
    outbox: outbox && {
      messages: outbox.messages,
      oldestAgeSeconds: outbox.oldestAtMs === 0 ? 0 : Math.max(0, (nowMs - outbox.oldestAtMs) / 1000),
    },
    ...fromBooks,
  };
  return seen;
}

function processView({ target, state, detail, reading }: Scraped): ProcessView {
  const gauge = (name: string): number | null => gaugeOf(reading?.gauges ?? [], name);
  const startedAt = gauge('process_start_time_seconds');
  const loopLag = gauge('nodejs_eventloop_lag_p99_seconds');
  return {
    name: target.name,
    instance: target.instance,
    state,
    detail,
    startedAtMs: startedAt === null ? null : startedAt * 1000,
    memoryBytes: gauge('process_resident_memory_bytes'),
    loopLagMs: loopLag === null ? null : loopLag * 1000,
  };
}

/** As the wallets see it, which alone talk to it. */
function mysqlView(scraped: readonly Scraped[]): StoreView {
  const wallets = scraped.filter(({ target, reading }) => target.name === 'wallet' && reading !== null);
  if (wallets.length === 0) return { name: 'MySQL', state: 'unknown', detail: 'no wallet to ask' };
  const isUp = wallets.some(
    ({ state, reading }) =>
      (gaugeOf(reading?.gauges ?? [], 'croupier_wallet_database_up') ?? (state === 'up' ? 1 : 0)) === 1,
  );
  return { name: 'MySQL', state: isUp ? 'up' : 'down', detail: isUp ? '' : 'no wallet reaches it' };
}

const queueViews = ({ queues }: RedisLook, minute: readonly Series[], nowMs: number): QueueView[] | null =>
  queues?.map(({ oldestAtMs, ...queue }) => ({
    ...queue,
    oldestAgeSeconds: oldestAtMs === null ? null : Math.max(0, (nowMs - oldestAtMs) / 1000),
    completedLastMinute: sumOf(minute, 'croupier_jobs_total', { queue: queue.name, outcome: 'completed' }),
    failedLastMinute: sumOf(minute, 'croupier_jobs_total', { queue: queue.name, outcome: 'failed' }),
  })) ?? null;
