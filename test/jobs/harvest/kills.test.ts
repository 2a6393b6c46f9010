import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { change, openConnection } from '../../../src/common/db.ts';
import { startJobs, type TestProcess } from '../../harness/processes.ts';
import { createTestRedis, type TestRedis } from '../../harness/redis.ts';
import { until } from '../until.ts';
import { createWorld, DAY_MS, HOUR_MS, type World } from './fixture.ts';

let world: World;
let redis: TestRedis;

beforeAll(async () => {
  world = await createWorld();
  redis = await createTestRedis();
});

afterAll(async () => {
  await redis.drop();
  await world[Symbol.asyncDispose]();
});

beforeEach(async () => {
  await world.forget();
  world.simulator.stargame.faults.clear();
});

const OPERATION = 'remotecab_game_history';

const start = (): Promise<TestProcess> =>
  startJobs({
    env: {
      DATABASE_URL: world.databaseUrl,
      WALLET_URLS: world.wallet.address,
      REDIS_URL: redis.url,
      JOBS_LOCK_MS: '1000',
      STARGAME_API_URL: world.simulator.stargameUrl,
      STARGAME_RATE_PER_SECOND: '1000',
      HARVEST_RATE_PER_SECOND: '1000',
      HARVEST_TICK_MS: '200',
    },
  });

/** Answers come at once `before` times, and then one is held. Resolves once it is. */
async function held(before: number): Promise<void> {
  const { faults } = world.simulator.stargame;
  if (before > 0) faults.add({ operation: OPERATION, kind: 'slow', ms: 0, count: before });
  faults.add({ operation: OPERATION, kind: 'slow', ms: 5_000, count: 1 });
  await until('an answer is held', async () => faults.list().length === 0);
}

/** As if its time had run out: what a dead process had taken is anybody's. */
const endLeases = () => change(world.pool, 'UPDATE harvests SET due_at_ms = 1 WHERE due_at_ms IS NOT NULL');

/** Five days of a terminal, which are six windows. */
async function addPlayed(uid: string): Promise<bigint[]> {
  await world.addTerminal(uid, { linkedAgoMs: 5 * DAY_MS });
  await world.play(uid);
  const ids: bigint[] = [];
  for (let hours = 119; hours > 0; hours -= 1) ids.push(world.log(uid, world.now() - hours * HOUR_MS));
  return ids;
}

async function isWhole(uid: string, ids: readonly bigint[]): Promise<void> {
  await until('all is read', async () => Number((await world.row(uid))?.due_at_ms) > world.now() + HOUR_MS / 2);
  expect(await world.kept(uid)).toEqual(ids);
  expect(await world.row(uid)).toMatchObject({ record_count: BigInt(ids.length), failures: 0 });
  expect(await world.sql('SELECT * FROM harvest_gaps')).toEqual([]);
}

test.each([0, 1, 3, 5])('killed while it waits for the answer after %i windows', async (windows) => {
  const uid = `20${windows}`;
  const ids = await addPlayed(uid);
  const killed = await Promise.all([start(), held(windows)]).then(([jobs]) => jobs);
  const before = await world.kept(uid);
  await killed.kill();
  expect(before.length > 0).toBe(windows > 0);
  expect(before.length).toBeLessThan(ids.length);
  await endLeases();
  await using _ = await start();
  await isWhole(uid, ids);
});

test('killed between the answer and the commit', async () => {
  const uid = '300';
  const ids = await addPlayed(uid);
  const lock = await openConnection(world.databaseUrl);
  try {
    const killed = await Promise.all([start(), held(2)]).then(([jobs]) => jobs);
    await change(lock, 'START TRANSACTION');
    await lock.query('SELECT uid FROM harvests WHERE uid = ? FOR UPDATE', [uid]);
    const before = await world.kept(uid);
    await until('the process waits for the row', async () => {
      const waiting = await world.sql(
        "SELECT id FROM information_schema.processlist WHERE db = DATABASE() AND info LIKE 'SELECT uid FROM harvests%FOR UPDATE'",
      );
      return waiting.length > 0;
    });
    await killed.kill();
    expect(await world.kept(uid)).toEqual(before);
  } finally {
    await lock.end();
  }
  await endLeases();
  await using _ = await start();
  await isWhole(uid, ids);
});

test('a process that is asked to stop leaves the rest to others at once', async () => {
  const uid = '400';
  const ids = await addPlayed(uid);
  const stopped = await Promise.all([start(), held(2)]).then(([jobs]) => jobs);
  await stopped.stop();
  const row = await world.row(uid);
  expect(Number(row?.due_at_ms)).toBeLessThanOrEqual(world.now());
  expect(row?.failures).toBe(0);
  await using _ = await start();
  await isWhole(uid, ids);
});
