import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { expect, test } from 'vitest';
import { findDatabaseProgram } from '../../scripts/lib/programs.ts';
import { parseSpool } from '../../src/adapter/stargame/spool-lines.ts';
import { createTestDatabase } from '../harness/database.ts';
import { startPrivateDatabase } from '../harness/private-servers.ts';
import { startAdapter, startWallet, type TestProcess } from '../harness/processes.ts';
import { until } from '../jobs/until.ts';
import { checkMoney } from './check-money.ts';
import { startHall, unconfirmed } from './hall.ts';
import { betsOf, play } from './play.ts';

const PATIENT = { timeout: 120_000 };

/** A server that belongs to others can't be killed: where the tests run on one, a private one is killed, if the machine has any. */
const canKill = findDatabaseProgram(process.env) !== null;

test.runIf(canKill)(
  'the database is killed, and Redis too: nothing is lost, and nothing done twice',
  PATIENT,
  async () => {
    await using database = await startPrivateDatabase();
    await using hall = await startHall({ databaseUrl: database.url, terminals: 10 });
    await play(hall, 50, 10);

    const during = play(hall, 300, 10);
    await database.kill();
    await hall.redis.kill();
    const answered = [...(await during), ...(await play(hall, 100, 20))];
    expect(betsOf(answered).filter(({ answer }) => answer === 'fail').length).toBeGreaterThan(0);
    expect(await unconfirmed(hall.adapter)).toBeGreaterThan(0);

    // The wallet alone is enough.
    await database.restart();
    await until('nothing is unconfirmed', async () => (await unconfirmed(hall.adapter)) === 0);
    await hall.redis.restart();
    await play(hall, 50, 10);
    await hall.settled();
    expect(await checkMoney(hall)).toEqual([]);
  },
);

test('Redis is emptied while jobs wait in it', PATIENT, async () => {
  await using database = await createTestDatabase();
  await using hall = await startHall({ databaseUrl: database.url, terminals: 10 });
  await play(hall, 20, 4);

  await hall.jobs.kill('SIGSTOP');
  await hall.wallet.kill('SIGSTOP');
  await play(hall, 60, 30);
  await hall.emptyRedis();
  await hall.wallet.kill('SIGCONT');
  await hall.jobs.kill('SIGCONT');
  await hall.settled();
  expect(await checkMoney(hall)).toEqual([]);
});

test(
  'the adapter is killed with bets in flight and outcomes unconfirmed; the next one finds them',
  PATIENT,
  async () => {
    const spoolDir = await mkdtemp(join(tmpdir(), 'croupier-spool-'));
    await using database = await createTestDatabase();
    await using hall = await startHall({
      databaseUrl: database.url,
      terminals: 10,
      // Time enough to be killed in.
      adapterEnv: { SPOOL_DIR: spoolDir, STARGAME_BUDGET_MS: '1000' },
    });
    await play(hall, 20, 4);
    await hall.redis.kill();

    await using locker = await mysql.createConnection(database.url);
    await locker.query('START TRANSACTION');
    await locker.query('SELECT player_id FROM accounts ORDER BY player_id FOR UPDATE');
    await play(hall, 50, 50);
    // Bets alone: a win whose adapter dies before it could note it is what the game logs are harvested for.
    const inFlight = hall.uids.map((uid, index) => hall.game.writeBet(uid, BigInt(50_000 + index), 0n));
    await until('they are in flight', async () => (await inFlightCount(hall.adapter.opsUrl)) >= inFlight.length);
    await hall.adapter.kill();
    await Promise.all(inFlight);
    await locker.query('ROLLBACK');
    await locker.end();

    const { port } = hall.adapter;
    const env = { WALLET_URLS: hall.wallet.address, REDIS_URL: hall.redis.url, SPOOL_DIR: spoolDir };
    const next = await startAdapter({ env: { ...env, ADAPTER_PORT: String(port) } });
    await until('nothing is unconfirmed', async () => (await unconfirmed(next)) === 0);
    expect(await checkMoney(hall)).toEqual([]);
    await next.stop();
    await rm(spoolDir, { recursive: true });
  },
);

test(
  'wins of terminals that nobody can be asked about, and then the adapter dies: each is credited once',
  PATIENT,
  async () => {
    const spoolDir = await mkdtemp(join(tmpdir(), 'croupier-spool-'));
    await using database = await createTestDatabase();
    // Most terminals have to be looked up each time.
    const ownEnv = { SPOOL_DIR: spoolDir, TERMINALS_CACHED_MAX: '1' };
    await using hall = await startHall({ databaseUrl: database.url, terminals: 10, adapterEnv: ownEnv });
    await play(hall, 20, 4);
    await hall.settled();
    const { adapter, wallet } = hall;

    await wallet.kill();
    const first = hall.uids.map((uid, index) => hall.game.writeBet(uid, 0n, BigInt(70_000 + index)));
    for (const { answer } of await Promise.all(first)) expect(answer).toBe('fail');
    expect(await creditsOf(adapter)).toBe(hall.uids.length);
    await until('they are on disk', async () => (await spooled(spoolDir)) === hall.uids.length);
    await adapter.kill();

    // It listens once there is a wallet to tell it who may ask.
    const env = { WALLET_URLS: wallet.address, REDIS_URL: hall.redis.url, ...ownEnv };
    const starting = startAdapter({ env: { ...env, ADAPTER_PORT: String(adapter.port) } });
    hall.wallet = await startWallet({ env: { DATABASE_URL: database.url, WALLET_PORT: String(wallet.port) } });
    const next = await starting;
    const more = hall.uids.map((uid, index) => hall.game.writeBet(uid, 0n, BigInt(80_000 + index)));
    await Promise.all(more);
    await until('nothing is unconfirmed', async () => (await unconfirmed(next)) === 0);
    expect(await checkMoney(hall)).toEqual([]);
    expect(await spooled(spoolDir)).toBe(0);
    await next.stop();
    await rm(spoolDir, { recursive: true });
  },
);

async function spooled(spoolDir: string): Promise<number> {
  const { records } = parseSpool(await readFile(join(spoolDir, 'owed.jsonl'), 'utf8'));
  return records.length;
}

async function creditsOf(adapter: TestProcess): Promise<number> {
  const text = await (await fetch(`${adapter.opsUrl}/metrics`)).text();
  return Number(/^croupier_adapter_unconfirmed\{kind="credit"\} (\d+)$/m.exec(text)?.[1] ?? 0);
}

async function inFlightCount(opsUrl: string): Promise<number> {
  const text = await (await fetch(`${opsUrl}/metrics`)).text();
  return Number(/^croupier_adapter_operations_in_flight (\d+)$/m.exec(text)?.[1] ?? 0);
}
