import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { startJobs, startWallet, type TestProcess } from '../harness/processes.ts';
import { createTestRedis, type TestRedis } from '../harness/redis.ts';
import { type Croupier, croupier } from './croupier.ts';

let database: TestDatabase;
let redis: TestRedis;
let wallet: TestProcess;
let jobs: TestProcess;
let cli: Croupier;

/** As `npm start` does it: demo data with a hall, and nobody has said where StarGame is. */
beforeAll(async () => {
  database = await createTestDatabase();
  redis = await createTestRedis();
  wallet = await startWallet({ env: { DATABASE_URL: database.url, CROUPIER_DEMO: '1' } });
  const env = { DATABASE_URL: database.url, WALLET_URLS: wallet.address, REDIS_URL: redis.url };
  jobs = await startJobs({ env });
  cli = croupier({ WALLET_URLS: wallet.address, JOBS_URL: `127.0.0.1:${jobs.grpcPort}` });
});

afterAll(async () => {
  await jobs.stop();
  await wallet.stop();
  await redis.drop();
  await database.drop();
});

test.each([
  ['stargame', 'register', '--hall', '1890', '--user', '611'],
  ['stargame', 'launch', '--hall', '1890', '--user', '117', '--game', '206'],
  ['stargame', 'launch', '--hall', '1890', '--game', '206', '--demo'],
  ['stargame', 'call', 'api_get_balance', 'hall_id=1890', 'user_id=117'],
  ['stargame', 'games'],
  ['stargame', 'transfer', 'in', '--hall', '1890', '--user', '117', '--amount', '1', '--id', 'in-1'],
  ['harvest'],
])('%s %s says that StarGame is not asked, and why', async (...args) => {
  const stderr = 'error: STARGAME_API_URL is not set: StarGame is not asked anything\n';
  expect(await cli.run(...args)).toEqual({ code: 1, stdout: '', stderr });
});

test('what is there can be looked at', async () => {
  expect(await cli.json('harvest', 'status')).toMatchObject({ records: 0, lastRunAt: null });
  expect(await cli.json('discrepancy', 'list')).toEqual([]);
  expect(await cli.json('stargame', 'transfer', 'list')).toEqual([]);
});

test('nothing that asks it is scheduled, and the log says so once', async () => {
  for (const name of ['sweep', 'reconcile']) {
    await jobs.waitForLog(({ msg, schedule }) => msg === 'schedule added' && schedule === name);
  }
  const added = jobs.logs().filter(({ msg }) => msg === 'schedule added');
  expect(added.map(({ schedule }) => schedule).sort()).toEqual(['reconcile', 'sweep']);
  expect(jobs.logs().filter(({ msg }) => String(msg).startsWith('STARGAME_API_URL is not set'))).toHaveLength(1);
});
