import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MoneyService } from '../../src/gen/wallet/v1/money_pb.ts';
import { until } from './until.ts';
import { createWorld, metric, type World } from './world.ts';

let world: World;
let connection: Redis;
let sweeps: Queue;

beforeAll(async () => {
  world = await createWorld();
  connection = new Redis(world.redis.url, { maxRetriesPerRequest: null });
  sweeps = new Queue('sweep', { connection, prefix: '{croupier}' });
});

afterAll(async () => {
  await sweeps.close();
  connection.disconnect();
  await world[Symbol.asyncDispose]();
});

const HOUR_MS = 3_600_000;
const LAG = 'croupier_sweep_lag_seconds';

/** A spin outside of any round, written `agoMs` ago: long enough that it is settled. */
async function playSpin(transactionId: string, agoMs: number): Promise<void> {
  const play = { operatorId: 'casino', userId: '611', provider: 'stargame', transactionId, amountUnits: 100n };
  await world.call(MoneyService.method.bet, play);
  await world.sql.query('UPDATE transactions SET created_at_ms = created_at_ms - ? WHERE transaction_id = ?', [
    agoMs,
    transactionId,
  ]);
}

const booked = async (): Promise<number> => {
  const [rows] = await world.sql.query('SELECT COALESCE(SUM(bet_count), 0) AS bets FROM day_totals');
  return Number((rows as { bets: string }[])[0]?.bets);
};

test('a spin is booked, by one schedule whatever number of processes there is, also after Redis lost it', async () => {
  await playSpin('s1', 2 * HOUR_MS);
  await using first = await world.startJobs();
  await using second = await world.startJobs();
  await until('the spin is booked', async () => (await booked()) === 1);
  await until('one of them is up to date', async () => {
    const lags = await Promise.all([first, second].map((jobs) => metric(jobs, LAG)));
    return lags.some((seconds) => seconds >= 600 && seconds < 660);
  });
  expect(await sweeps.getJobSchedulersCount()).toBe(1);
  expect(await sweeps.getJobScheduler('sweep')).toMatchObject({ every: 60_000 });

  // As if it had been missed: the watermark says where to go on, not the schedule.
  await world.sql.query('UPDATE watermarks SET until_ms = until_ms - ?', [HOUR_MS]);
  await playSpin('s2', HOUR_MS / 2);
  await world.loseRedisData();
  await until('the second spin is booked, too', async () => (await booked()) === 2);
  expect(await sweeps.getFailedCount()).toBe(0);
});
