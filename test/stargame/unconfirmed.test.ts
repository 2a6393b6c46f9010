import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { blankOperation } from '../../src/adapter/operation.ts';
import { createUnconfirmed, type Unconfirmed, type UnresolvedWin } from '../../src/adapter/stargame/unconfirmed.ts';
import { HallService } from '../../src/gen/wallet/v1/halls_pb.ts';
import { MoneyService, type Operation, OperationKind, Reason } from '../../src/gen/wallet/v1/money_pb.ts';
import { startWallet } from '../harness/processes.ts';
import { until } from '../jobs/until.ts';
import { createWorld, type World } from '../jobs/world.ts';
import { type ConnectedStream, connectStream } from './connected-stream.ts';

/** The adapter's keeper of what could not be confirmed, with a real wallet and a real Redis that come and go. */

const NEVER_MS = 600_000;
const SUBJECT = { operatorId: 'casino', userId: '611', provider: 'stargame' };
const { bet, win, getBalance } = MoneyService.method;

let world: World;
let dir: string;
let stream: ConnectedStream;
let logged: Record<string, unknown>[];
let ids = 0;
const open: Keeper[] = [];

type Keeper = { unconfirmed: Unconfirmed; registry: Registry; close: () => Promise<void> };

beforeAll(async () => {
  world = await createWorld();
  const { createHall, linkTerminal } = HallService.method;
  await world.call(createHall, { hallId: '1890', operatorId: 'casino', secret: 's3cret', pathSecret: 'notify' });
  await world.call(linkTerminal, { hallId: '1890', uid: '117', operatorId: 'casino', userId: '611' });
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'croupier-spool-'));
  logged = [];
  stream = connectStream(world.wallet.address, log);
  await world.loseRedisData();
});

afterEach(async () => {
  for (const keeper of [...open]) await keeper.close();
  stream.close();
  await rm(dir, { recursive: true, force: true });
});

const log = pino({ level: 'info' }, { write: (line: string) => void logged.push(JSON.parse(line)) });

/** As a process of the adapter has it. */
async function start(confirmAfterMs = NEVER_MS, outstandingMax = 10_000): Promise<Keeper> {
  const registry = new Registry();
  const { wallet, terminals } = stream;
  const limits = { confirmAfterMs, outstandingMax };
  const unconfirmed = createUnconfirmed({
    wallet,
    terminals,
    spoolDir: dir,
    redisUrl: world.redis.url,
    registry,
    log,
    ...limits,
  });
  await unconfirmed.start();
  const keeper: Keeper = {
    unconfirmed,
    registry,
    close: async () => {
      open.splice(open.indexOf(keeper), 1);
      await unconfirmed.close();
    },
  };
  open.push(keeper);
  return keeper;
}

/** Long before anything is owed. */
const OCCURRED_AT_MS = 1_700_000_000_123;

const betOf = (id: string, winUnits = 0n): Operation => ({
  ...blankOperation('casino', 'stargame'),
  ...{ kind: OperationKind.BET, userId: '611', transactionId: id, amountUnits: 500n, winUnits, voidIfLate: true },
  ...{ context: '{"hall":"1890","terminal":"117"}', requestId: `request-${id}` },
  occurredAtMs: BigInt(OCCURRED_AT_MS),
});

const winOf = (id: string): Operation => ({ ...betOf(id), kind: OperationKind.WIN, voidIfLate: false });

/** As a notification hands it over whose player it could not look up. */
const unresolvedOf = (id: string, uid = '117'): UnresolvedWin => ({
  ...{ hallId: '1890', uid, winUnits: 500n, transactionId: id, requestId: `request-${id}` },
  occurredAtMs: OCCURRED_AT_MS,
});

/** When the ledger says that it was played. */
const occurredAt = async (transactionId: string): Promise<bigint> => {
  const { operatorId, provider } = SUBJECT;
  return (await world.call(MoneyService.method.getTransaction, { operatorId, provider, transactionId })).occurredAtMs;
};

const newId = (): string => `unconfirmed-${++ids}`;
const balance = async (): Promise<bigint> => (await world.call(getBalance, SUBJECT)).balanceUnits;
const playBet = (id: string) => world.call(bet, { ...SUBJECT, transactionId: id, amountUnits: 500n });
const playWin = (id: string) => world.call(win, { ...SUBJECT, transactionId: id, amountUnits: 500n });

const settled = (keeper: Keeper) => until('nothing is owed', async () => keeper.unconfirmed.outstanding() === 0);
const jobsOf = (kind: 'void' | 'credit') => world.queues[kind].getJobCountByTypes('waiting', 'delayed', 'failed');
const taken = (count: number) =>
  until(`Redis has ${count} jobs`, async () => (await jobsOf('void')) + (await jobsOf('credit')) === count);
const spooled = async (): Promise<string> => readFile(join(dir, 'owed.jsonl'), 'utf8');
const emptySpool = () => until('the spool is empty', async () => (await spooled()) === '');
/** Whether it is on disk: whatever becomes of this process. */
const onDisk = (id: string) => until(`${id} is in the spool`, async () => (await spooled()).includes(`"id":"${id}"`));
const metric = async (keeper: Keeper, name: string): Promise<number> => {
  const line = (await keeper.registry.metrics()).split('\n').find((text) => text.startsWith(`${name} `));
  return Number(line?.slice(name.length + 1));
};

test('what is owed is in memory, in the spool and in Redis, and told; it is settled by what the wallet answers', async () => {
  const keeper = await start(100);
  const before = await balance();
  const [late, lost, won] = [newId(), newId(), newId()];
  await playBet(late);
  await world.call(win, { ...SUBJECT, transactionId: `${late}+win`, amountUnits: 700n });
  keeper.unconfirmed.owe('void', betOf(late, 700n), 'late');
  keeper.unconfirmed.owe('void', betOf(lost, 1n), 'late');
  keeper.unconfirmed.owe('credit', winOf(won), 'the stream broke');
  expect(keeper.unconfirmed.outstanding()).toBe(3);
  expect(keeper.unconfirmed.isSafe()).toBe(true);
  await taken(3);
  const job = await world.queues.void.getJob(late);
  expect(job?.data.payload).toMatchObject({
    ...{ ...SUBJECT, transactionId: late, amountUnits: '500', winUnits: '700', why: 'late' },
    ...{ context: '{"hall":"1890","terminal":"117"}', requestId: `request-${late}` },
  });
  await settled(keeper);
  await emptySpool();
  expect(await balance()).toBe(before + 500n);
  expect(await occurredAt(won)).toBe(BigInt(OCCURRED_AT_MS));
  // Both ids of the bet that did not arrive are taken.
  expect((await playBet(lost)).reason).toBe(Reason.TRANSACTION_CANCELED);
  expect((await playWin(`${lost}+win`)).reason).toBe(Reason.TRANSACTION_CANCELED);

  expect(logged.filter((line) => line.msg === 'outcome unconfirmed')).toHaveLength(3);
  expect(logged.find((line) => line.transaction === late)).toMatchObject({
    ...{ level: 40, kind: 'void', operator: 'casino', player: '611', amountUnits: '500', why: 'late' },
    ...{ hall: '1890', terminal: '117', requestId: `request-${late}` },
  });
  const told = logged.filter((line) => line.msg === 'unconfirmed operation settled');
  expect(new Map(told.map((line) => [line.transaction, line.reason]))).toEqual(
    new Map([
      [late, ''],
      [lost, 'transaction_not_found'],
      [won, ''],
    ]),
  );
  expect(await metric(keeper, 'croupier_adapter_unconfirmed_total{kind="void"}')).toBe(2);
  expect(await metric(keeper, 'croupier_adapter_unconfirmed_settled_total{kind="void"}')).toBe(2);
  expect(await metric(keeper, 'croupier_adapter_unconfirmed_settled_total{kind="credit"}')).toBe(1);
  expect(await metric(keeper, 'croupier_adapter_unconfirmed{kind="void"}')).toBe(0);
  expect(await metric(keeper, 'croupier_adapter_unconfirmed_oldest_age_seconds')).toBe(0);
});

test('the jobs do the same at the same time: each has one effect', async () => {
  await using _ = await world.startJobs();
  const keeper = await start(1);
  const before = await balance();
  const bets = Array.from({ length: 40 }, newId);
  const wins = Array.from({ length: 40 }, newId);
  await Promise.all(bets.map(playBet));
  for (const id of bets) keeper.unconfirmed.owe('void', betOf(id), 'late');
  for (const id of wins) keeper.unconfirmed.owe('credit', winOf(id), 'late');
  for (const id of wins) keeper.unconfirmed.owe('credit', winOf(id), 'once more');
  expect(keeper.unconfirmed.outstanding()).toBe(80);
  await settled(keeper);
  await taken(0);
  expect(await balance()).toBe(before + 40n * 500n);
});

test('with Redis away the wallet is asked at once, and Redis gets no job when it is back', async () => {
  const keeper = await start();
  const before = await balance();
  const id = newId();
  await world.redis.kill();
  keeper.unconfirmed.owe('credit', winOf(id), 'late');
  await settled(keeper);
  await emptySpool();
  expect(await balance()).toBe(before + 500n);
  expect(await metric(keeper, 'croupier_adapter_enqueue_failures_total{kind="credit"}')).toBeGreaterThan(0);
  await world.redis.restart();
  await until('Redis is used again', async () => {
    keeper.unconfirmed.owe('void', betOf(newId()), 'late');
    return (await jobsOf('void')) > 0;
  });
  expect(await world.queues.credit.getJob(id)).toBeUndefined();
});

test('Redis hangs: the wallet settles it, and the process ends in time', async () => {
  const keeper = await start(100);
  const before = await balance();
  await until('Redis was used', async () => {
    keeper.unconfirmed.owe('void', betOf(newId()), 'late');
    return (await jobsOf('void')) > 0;
  });
  process.kill(world.redis.pid(), 'SIGSTOP');
  keeper.unconfirmed.owe('credit', winOf(newId()), 'late');
  await settled(keeper);
  expect(await balance()).toBe(before + 500n);
  await keeper.close();
  process.kill(world.redis.pid(), 'SIGCONT');
});

test('Redis is emptied while the wallet stands still: all is done when it goes on', async () => {
  const keeper = await start(1);
  const before = await balance();
  const [late, won] = [newId(), newId()];
  await playBet(late);
  await world.wallet.kill('SIGSTOP');
  keeper.unconfirmed.owe('void', betOf(late), 'late');
  keeper.unconfirmed.owe('credit', winOf(won), 'late');
  await taken(2);
  await world.loseRedisData();
  expect(keeper.unconfirmed.isSafe()).toBe(true);
  await world.wallet.kill('SIGCONT');
  await settled(keeper);
  expect(await balance()).toBe(before + 500n);
});

test.each(['the wallet', 'Redis'])('both are away, and %s returns first', async (first) => {
  const killed = await startWallet({ env: { DATABASE_URL: world.databaseUrl } });
  stream.close();
  stream = connectStream(killed.address, log);
  const keeper = await start();
  await until('there is a stream', async () => stream.wallet.isUp());
  const before = await balance();
  const [late, won] = [newId(), newId()];
  await playBet(late);
  await world.redis.kill();
  await killed.kill();
  await until('the stream broke', async () => !stream.wallet.isUp());
  keeper.unconfirmed.owe('void', betOf(late), 'late');
  keeper.unconfirmed.owe('credit', winOf(won), 'late');
  await onDisk(late);
  await onDisk(won);
  expect(keeper.unconfirmed.isSafe()).toBe(true);

  if (first === 'Redis') {
    await world.redis.restart();
    // The jobs have another wallet.
    await using _ = await world.startJobs();
    await until('the jobs have done it', async () => (await balance()) === before + 500n);
    expect(keeper.unconfirmed.outstanding()).toBe(2);
  }
  await using _ = await startWallet({ env: { DATABASE_URL: world.databaseUrl, WALLET_PORT: String(killed.port) } });
  await settled(keeper);
  await emptySpool();
  expect(await balance()).toBe(before + 500n);
  if (first === 'the wallet') await world.redis.restart();
});

test('a process ends with operations unconfirmed; the next one finds them', async () => {
  const before = await balance();
  const bets = Array.from({ length: 300 }, newId);
  const wins = Array.from({ length: 300 }, newId);
  await Promise.all(bets.map(playBet));
  await world.wallet.kill('SIGSTOP');
  await world.redis.kill();
  const ended = await start();
  for (const id of bets) ended.unconfirmed.owe('void', betOf(id), 'late');
  for (const id of wins) ended.unconfirmed.owe('credit', winOf(id), 'late');
  await onDisk(wins.at(-1) ?? '');
  // What a kill -9 at this moment would leave.
  const left = await spooled();
  await ended.close();
  expect(ended.unconfirmed.outstanding()).toBe(600);
  await writeFile(join(dir, 'owed.jsonl'), `${left}{"owe":{"id":"torn`);

  await world.wallet.kill('SIGCONT');
  const next = await start();
  expect(logged.find((line) => line.operations === 600)).toMatchObject({ level: 40 });
  await settled(next);
  await emptySpool();
  expect(await balance()).toBe(before + 300n * 500n);
  await world.redis.restart();
});

test('a win is owed before its player is known: the next process finds out, and credits it once', async () => {
  const killed = await startWallet({ env: { DATABASE_URL: world.databaseUrl } });
  stream.close();
  stream = connectStream(killed.address, log);
  const ended = await start();
  await until('there is a stream', async () => stream.wallet.isUp());
  await killed.kill();
  const before = await balance();
  const ids = [newId(), newId()];
  for (const id of [...ids, ...ids]) ended.unconfirmed.oweUnresolved(unresolvedOf(id), 'nobody to ask');
  for (const id of ids) await onDisk(id);
  expect(await metric(ended, 'croupier_adapter_unconfirmed{kind="credit"}')).toBe(2);
  expect(await metric(ended, 'croupier_adapter_unconfirmed_total{kind="credit"}')).toBe(2);
  expect(logged.find((line) => line.transaction === ids[0])).toMatchObject({
    ...{ level: 40, kind: 'credit', hall: '1890', terminal: '117', amountUnits: '500', why: 'nobody to ask' },
  });
  // What a kill -9 at this moment would leave.
  const left = await spooled();
  await ended.close();
  await writeFile(join(dir, 'owed.jsonl'), left);

  const next = await start(100);
  await using _ = await startWallet({ env: { DATABASE_URL: world.databaseUrl, WALLET_PORT: String(killed.port) } });
  await settled(next);
  await emptySpool();
  expect(await balance()).toBe(before + 1000n);
  for (const id of ids) expect(await occurredAt(id)).toBe(BigInt(OCCURRED_AT_MS));
  expect(await metric(next, 'croupier_adapter_unconfirmed_settled_total{kind="credit"}')).toBe(2);
  expect(await metric(next, 'croupier_adapter_unconfirmed{kind="credit"}')).toBe(0);
  for (const id of ids) {
    const job = await until('there is a job', () => world.queues.credit.getJob(id));
    expect(job.data.payload).toMatchObject({
      ...{ ...SUBJECT, transactionId: id, amountUnits: '500', winUnits: '0', requestId: `request-${id}` },
      ...{ context: '{"hall":"1890","terminal":"117"}', why: 'nobody to ask' },
    });
  }
  await using __ = await world.startJobs();
  await taken(0);
  expect(await balance()).toBe(before + 1000n);
});

test('a process dies when it has just found out whose win it is: the next one credits it once', async () => {
  await world.redis.kill();
  const killed = await startWallet({ env: { DATABASE_URL: world.databaseUrl } });
  stream.close();
  stream = connectStream(killed.address, log);
  const ended = await start();
  await until('there is a stream', async () => stream.wallet.isUp());
  const before = await balance();
  const id = newId();
  ended.unconfirmed.oweUnresolved(unresolvedOf(id), 'late');
  await settled(ended);
  await ended.close();
  // As if nothing that came after it had been written.
  const payload = { ...unresolvedOf(id), winUnits: '500', why: 'late', answeredAtMs: Date.now() };
  await writeFile(join(dir, 'owed.jsonl'), `${JSON.stringify({ owe: { id, kind: 'unresolved', payload } })}\n`);
  const next = await start();
  expect(next.unconfirmed.outstanding()).toBe(1);
  await settled(next);
  expect(await balance()).toBe(before + 500n);
  await next.close();
  await killed.stop();
  await world.redis.restart();
});

test('a win of a terminal that does not exist is told, with its amount, and leaves', async () => {
  const keeper = await start();
  const before = await balance();
  const id = newId();
  keeper.unconfirmed.oweUnresolved(unresolvedOf(id, '999'), 'late');
  await settled(keeper);
  await emptySpool();
  expect(logged.find((line) => line.level === 50)).toMatchObject({
    ...{
      kind: 'credit',
      hall: '1890',
      terminal: '999',
      amountUnits: '500',
      transaction: id,
      reason: 'no such terminal',
    },
  });
  expect(await metric(keeper, 'croupier_adapter_unconfirmed_refused_total{kind="credit"}')).toBe(1);
  expect(await metric(keeper, 'croupier_adapter_unconfirmed{kind="credit"}')).toBe(0);
  expect(await jobsOf('credit')).toBe(0);
  expect(await balance()).toBe(before);
});

test('what the wallet refuses for good stays until Redis shows it to people', async () => {
  await using jobs = await world.startJobs();
  const keeper = await start();
  const id = newId();
  await world.call(MoneyService.method.cancel, { ...SUBJECT, transactionId: id });
  await world.redis.kill();
  keeper.unconfirmed.owe('credit', winOf(id), 'late');
  const refused = 'croupier_adapter_unconfirmed_refused_total{kind="credit"}';
  await until('it is refused', async () => (await metric(keeper, refused)) === 1);
  expect(keeper.unconfirmed.outstanding()).toBe(1);
  expect(logged.find((line) => line.level === 50)).toMatchObject({ transaction: id, reason: 'transaction_canceled' });
  expect(await spooled()).toContain(id);

  await world.redis.restart();
  await settled(keeper);
  await emptySpool();
  const failed = await until('the job has failed', async () => (await world.queues.credit.getFailed())[0]);
  expect(failed).toMatchObject({ id, failedReason: 'permanent: transaction_canceled' });
  await jobs.waitForLog((line) => line.jobId === id && line.outcome === 'failed');
});

test('with neither Redis nor a disk nothing is safe, and what is owed is settled all the same', async () => {
  const keeper = await start();
  await until('Redis is there', async () => keeper.unconfirmed.isSafe());
  await world.redis.kill();
  await rm(dir, { recursive: true });
  await writeFile(dir, 'a file in the place of the folder');
  await world.wallet.kill('SIGSTOP');
  const before = newId();
  keeper.unconfirmed.owe('credit', winOf(before), 'late');
  await until('it says so', async () => !keeper.unconfirmed.isSafe());
  expect(await metric(keeper, 'croupier_adapter_spool_failures_total')).toBeGreaterThan(0);
  expect(logged.find((line) => line.msg === 'not in the spool')?.line).toContain(before);
  await world.wallet.kill('SIGCONT');
  await settled(keeper);
  expect(keeper.unconfirmed.isSafe()).toBe(false);
  await world.redis.restart();
  await until('Redis is enough', async () => keeper.unconfirmed.isSafe());
  await world.redis.kill();
  await rm(dir);
  await until('the disk is enough', async () => keeper.unconfirmed.isSafe());
  await world.redis.restart();
});

test('too much that is unconfirmed is not safe; none of it is turned away', async () => {
  const keeper = await start(1, 2);
  const before = await balance();
  await world.wallet.kill('SIGSTOP');
  keeper.unconfirmed.oweUnresolved(unresolvedOf(newId()), 'late');
  expect(keeper.unconfirmed.isSafe()).toBe(true);
  for (const id of [newId(), newId()]) {
    keeper.unconfirmed.owe('credit', winOf(id), 'late');
    expect(keeper.unconfirmed.isSafe()).toBe(false);
  }
  await world.wallet.kill('SIGCONT');
  await settled(keeper);
  expect(keeper.unconfirmed.isSafe()).toBe(true);
  expect(await balance()).toBe(before + 1500n);
});

test('a folder that another process uses, or that is no folder, is a mistake in the configuration', async () => {
  const keeper = await start();
  const { wallet, terminals } = stream;
  const deps = { wallet, terminals, redisUrl: world.redis.url, log, registry: new Registry() };
  const second = createUnconfirmed({ ...deps, spoolDir: dir });
  await expect(second.start()).rejects.toThrow(/SPOOL_DIR: can't use .*: in use by process \d+ of /);
  const third = createUnconfirmed({ ...deps, registry: new Registry(), spoolDir: '/dev/null/x' });
  await expect(third.start()).rejects.toThrow("SPOOL_DIR: can't use /dev/null/x: ENOTDIR");
  await Promise.all([second.close(), third.close()]);
  expect(keeper.unconfirmed.isSafe()).toBe(true);
});
