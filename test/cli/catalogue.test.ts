import { pino } from 'pino';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { startJobs, startWallet, type TestProcess } from '../harness/processes.ts';
import { createTestRedis, type TestRedis } from '../harness/redis.ts';
import { type Croupier, croupier } from './croupier.ts';

let database: TestDatabase;
let redis: TestRedis;
let simulator: Simulator;
let wallet: TestProcess;
let jobs: TestProcess;
let cli: Croupier;

const JOHN = ['--operator', 'casino', '--user', '611'];

beforeAll(async () => {
  database = await createTestDatabase();
  redis = await createTestRedis();
  simulator = await startSimulator({ log: pino({ level: 'silent' }), now: Date.now, random: Math.random });
  const { state } = simulator.platform;
  state.addOperator({ operatorId: 'casino', secret: 's3cret', adapterUrl: 'http://127.0.0.1:1' });
  state.setGames('casino', [
    { id: 1, title: 'Book of Keys', vendor: 'netent' },
    { id: 2, title: 'Pocket Keys', vendor: 'netent', platform: 'mobile' },
    { id: 3, title: 'Roulette', vendor: 'evolution', type: 'live', enabled: 0, fun_mode: 0 },
  ]);
  state.setLobbies('casino', [{ lobby_id: 'live168', vendor: 'live168' }]);
  wallet = await startWallet({ env: { DATABASE_URL: database.url } });
  const shared = { WALLET_URLS: wallet.address };
  // Before the jobs start, which look for new operators every few seconds only.
  const people = croupier(shared);
  await people.json('operator', 'add', 'casino', '--secret', 's3cret');
  await people.json('player', 'add', ...JOHN, '--name', 'john', '--country', 'Germany', '--currency', 'EUR');
  jobs = await startJobs({
    env: {
      ...shared,
      DATABASE_URL: database.url,
      REDIS_URL: redis.url,
      PLATFORM_API_URL: simulator.platformUrl,
      PLATFORM_ATTEMPTS: '1',
      GAME_LAUNCH_HOST: 'launch.example.com',
    },
  });
  cli = croupier({ ...shared, JOBS_URL: `127.0.0.1:${jobs.grpcPort}` });
});

afterAll(async () => {
  await jobs.stop();
  await wallet.stop();
  await simulator.close();
  await redis.drop();
  await database.drop();
});

type Row = Record<string, unknown>;

test('the catalogue is synced, searched and looked after', async () => {
  expect(await cli.json<Row[]>('catalogue', 'sync')).toMatchObject([
    { operatorId: 'casino', list: 'games', listed: 3, error: '' },
    { operatorId: 'casino', list: 'lobbies', listed: 1, error: '' },
  ]);
  const found = await cli.json<Row[]>('catalogue', 'search', 'KEYS', '--operator', 'casino');
  expect(found.map(({ gameId, title }) => [gameId, title])).toEqual([
    ['1', 'Book of Keys'],
    ['2', 'Pocket Keys'],
  ]);
  const ids = async (...options: string[]) =>
    (await cli.json<Row[]>('catalogue', 'search', '--operator', 'casino', ...options)).map(({ gameId }) => gameId);
  expect(await ids()).toEqual(['1', '2']);
  expect(await ids('--all', '--vendor', 'evolution', '--type', 'live')).toEqual(['3']);
  expect(await ids('--platform', 'mobile', '--fun')).toEqual(['2']);
  expect(await cli.json<Row[]>('catalogue', 'lobbies', '--operator', 'casino')).toMatchObject([{ lobbyId: 'live168' }]);

  simulator.platform.state.updateGame('casino', { id: 1, title: 'Book of Locks' });
  await cli.json('catalogue', 'sync', '--operator', 'casino');
  expect(await cli.json<Row[]>('catalogue', 'changes', '--game', '1', '--limit', '1')).toMatchObject([
    { operatorId: 'casino', kind: 'game', id: '1', field: 'title', before: 'Book of Keys', after: 'Book of Locks' },
  ]);
  expect(await cli.json<Row[]>('catalogue', 'changes', '--operator', 'casino')).toHaveLength(5);
  expect(await cli.json<Row[]>('catalogue', 'status')).toMatchObject([
    { list: 'games', listed: 3, missing: 0, disabled: 1, failures: 0, error: '' },
    { list: 'lobbies', listed: 1 },
  ]);
  expect((await cli.run('catalogue', 'status')).stdout).toMatch(/^operatorId +list +syncedAt/);
});

test('what goes wrong is told', async () => {
  simulator.platform.faults.add({ operation: 'lobbies', kind: 'html', count: 1 });
  const failed = await cli.run('catalogue', 'sync');
  expect(failed).toMatchObject({ code: 1, stderr: expect.stringMatching(/1 of 2 lists could not be read/) });
  expect(failed.stdout).toMatch(/casino +lobbies +0/);
  expect(await cli.run('catalogue', 'sync', '--operator', 'nobody')).toMatchObject({ code: 1 });
  expect(await cli.run('catalogue', 'changes', '--game', '1', '--lobby', 'x')).toMatchObject({ code: 2 });
  expect(await cli.run('catalogue', 'search')).toMatchObject({ code: 2 });
});

test('the jobs process launches what the catalogue knows', async () => {
  const launch = (...options: string[]) => ['platform', 'launch', '--operator', 'casino', ...options];
  const real = await cli.json<{ url: string; token: string; openAs: string }>(
    ...launch('--user', '611', '--mode', 'real', '--game', '2', '--idle', '60', '--ttl', '600'),
  );
  expect(real.openAs).toBe('redirect');
  expect(new URL(real.url).searchParams.get('token')).toBe(real.token);
  const [session] = await cli.json<Row[]>('session', 'list', ...JOHN);
  expect(session).toMatchObject({ token: real.token, gameId: '2', idleSeconds: 60 });

  const fun = await cli.run(...launch('--mode', 'fun', '--game', '1'));
  expect(fun.stdout).toBe('https://launch.example.com/?operator_id=casino&mode=fun&game_id=1&language=en\n');
  expect(await cli.run(...launch('--mode', 'fun', '--game', '3'))).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/the game is disabled/),
  });
});
