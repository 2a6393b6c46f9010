import { UnrecoverableError, Worker } from 'bullmq';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createQueue, PREFIX, QUEUES } from '../../src/common/queues.ts';
import type { UnconfirmedPayload } from '../../src/common/unconfirmed-payload.ts';
import { createTestDatabase, type TestDatabase } from '../harness/database.ts';
import { type PrivateServer, startPrivateRedis } from '../harness/private-servers.ts';
import { startWallet, type TestProcess } from '../harness/processes.ts';
import { until } from '../jobs/until.ts';
import { type Croupier, croupier } from './croupier.ts';

let database: TestDatabase;
let redis: PrivateServer;
let wallet: TestProcess;
let connection: Redis;
let cli: Croupier;

const TOKENS = 'ops:read+ops:ops-token-of-this-test,viewer:read:viewer-token-of-this-test';

beforeAll(async () => {
  database = await createTestDatabase();
  redis = await startPrivateRedis();
  wallet = await startWallet({ env: { DATABASE_URL: database.url, WALLET_SERVICES: TOKENS } });
  connection = new Redis(redis.url, { maxRetriesPerRequest: null });
  cli = asService('ops');
});

afterAll(async () => {
  connection.disconnect();
  await wallet.stop();
  await redis.stop();
  await database.drop();
});

beforeEach(() => connection.flushall());

const asService = (name: 'ops' | 'viewer', env: Record<string, string> = {}): Croupier =>
  croupier({
    WALLET_URLS: wallet.address,
    WALLET_TOKEN: `${name}-token-of-this-test`,
    REDIS_URL: redis.url,
    ...env,
  });

const payload: UnconfirmedPayload = {
  ...{ operatorId: 'casino', userId: '611', provider: 'stargame', transactionId: 't1' },
  ...{
    amountUnits: '500',
    winUnits: '0',
    context: '',
    requestId: 'request-1',
    why: 'late',
    answeredAtMs: 1_700_000_000_000,
  },
};

const queue = () => createQueue('credit', connection, 3, pino({ level: 'silent' }));

/** Jobs of the credit queue that have failed for good, with one line about it. */
async function failJobs(...ids: string[]): Promise<void> {
  const credit = queue();
  for (const id of ids) await credit.add('credit', { payload: { ...payload, transactionId: id } }, { jobId: id });
  const options = { connection: new Redis(redis.url, { maxRetriesPerRequest: null }), prefix: PREFIX };
  const worker = new Worker(
    'credit',
    async (job) => {
      await job.log('attempt 1: no such player');
      throw new UnrecoverableError('permanent: player_not_found');
    },
    options,
  );
  await until('they have failed', async () => (await credit.getFailedCount()) === ids.length);
  await worker.close();
  options.connection.disconnect();
}

type Row = Record<string, unknown>;
const audit = async (): Promise<Row[]> => cli.json<Row[]>('audit', 'list', '--limit', '3');

test('counts, and jobs by state', async () => {
  await failJobs('t1', 't2');
  await queue().add('credit', { payload }, { jobId: 't3' });
  const counts = await cli.json<Row[]>('jobs', 'counts');
  expect(counts.map((row) => row.queue)).toEqual([...QUEUES]);
  expect(counts[1]).toEqual({ queue: 'credit', failed: 2, waiting: 1, delayed: 0, active: 0, paused: false });

  const failed = await cli.json<Row[]>('jobs', 'list', 'credit');
  expect(failed.map((row) => row.id).sort()).toEqual(['t1', 't2']);
  expect(failed[0]).toMatchObject({ attempts: 1, failedReason: 'permanent: player_not_found' });
  expect(JSON.parse(String(failed[0]?.payload))).toMatchObject({ operatorId: 'casino', amountUnits: '500' });
  expect(await cli.json<Row[]>('jobs', 'list', 'credit', '--limit', '1')).toHaveLength(1);
  const waiting = await cli.json<Row[]>('jobs', 'list', 'credit', '--state', 'waiting');
  expect(waiting).toEqual([expect.objectContaining({ id: 't3', attempts: 0, failedReason: null })]);
  expect(await cli.json('jobs', 'list', 'void')).toEqual([]);
  const table = await cli.run('jobs', 'counts');
  expect(table).toMatchObject({ code: 0, stderr: '' });
  expect(table.stdout).toMatch(/^queue +failed +waiting +delayed +active +paused\nvoid /);
});

test('a job with all that came of it', async () => {
  await failJobs('t1');
  const job = await cli.json('jobs', 'show', 'credit', 't1');
  expect(job).toMatchObject({
    ...{ queue: 'credit', state: 'failed', id: 't1', attempts: 1, failedReason: 'permanent: player_not_found' },
    ...{ messageId: null, logs: ['attempt 1: no such player'] },
  });
  expect(Number(job.attemptsMax)).toBeGreaterThan(1000);
  const text = await cli.run('jobs', 'show', 'credit', 't1');
  expect(text.stdout).toMatch(/failedReason +permanent: player_not_found\n/);
  expect(text.stdout).toMatch(/log\nattempt 1: no such player\n/);
  const absent = await cli.run('jobs', 'show', 'credit', 'no');
  expect(absent).toMatchObject({ code: 1, stderr: 'error: queue credit has no job no: it is done, or never was\n' });
});

test('a retry gives all attempts anew, and is in the audit trail', async () => {
  await failJobs('t1', 't2', 't3');
  expect(await cli.json('jobs', 'retry', 'credit', 't2')).toEqual({ queue: 'credit', retried: 1 });
  expect(await queue().getJob('t2')).toMatchObject({ attemptsMade: 0 });
  expect(await (await queue().getJob('t2'))?.getState()).toBe('waiting');
  expect((await audit())[0]).toMatchObject({
    ...{ actor: expect.stringMatching(/^cli:./), action: 'job.retry', target: 'credit/t2' },
    detail: 'permanent: player_not_found',
  });
  const again = await cli.run('jobs', 'retry', 'credit', 't2');
  expect(again).toMatchObject({ code: 1, stderr: 'error: job t2 of queue credit has not failed: it is waiting\n' });

  expect((await cli.run('jobs', 'retry', 'credit', '--all-failed')).stdout).toBe('2 retried\n');
  expect(await queue().getJobCounts('waiting', 'failed')).toEqual({ waiting: 3, failed: 0 });
  expect((await audit())[0]).toMatchObject({ action: 'job.retry', target: 'credit (failed)', detail: '2 jobs' });
  expect((await cli.run('jobs', 'retry', 'credit', '--all-failed')).stdout).toBe('0 retried\n');
});

test('a job is removed', async () => {
  await failJobs('t1');
  expect(await cli.json('jobs', 'remove', 'credit', 't1')).toEqual({ queue: 'credit', removed: 't1' });
  expect(await queue().getJob('t1')).toBeUndefined();
  expect((await audit())[0]).toMatchObject({ action: 'job.remove', target: 'credit/t1' });
});

test('a job is made by hand of what a log line shows', async () => {
  expect(await cli.json('jobs', 'add', 'credit', JSON.stringify(payload))).toEqual({ queue: 'credit', added: 't1' });
  expect((await queue().getJob('t1'))?.data).toEqual({ payload });
  expect((await audit())[0]).toMatchObject({ action: 'job.add', target: 'credit/t1', detail: 'casino 611 500' });
  const wrong = await cli.run('jobs', 'add', 'void', JSON.stringify({ ...payload, amountUnits: '5.00' }));
  expect(wrong).toMatchObject({ code: 2, stderr: 'error: payload: amountUnits must be a whole number of units\n' });
  expect(await cli.run('jobs', 'add', 'void', '{')).toMatchObject({ code: 2, stderr: 'error: payload: no JSON\n' });
});

test('what is not in the audit trail is not done', async () => {
  await failJobs('t1');
  const before = await audit();
  const viewer = asService('viewer');
  const walletless = asService('ops', { WALLET_URLS: '127.0.0.1:1' });
  for (const verb of ['retry', 'remove']) {
    const refused = await viewer.run('jobs', verb, 'credit', 't1');
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: not allowed: .*ops/) });
    const away = await walletless.run('jobs', verb, 'credit', 't1');
    expect(away).toMatchObject({ code: 1, stderr: expect.stringMatching(/^error: no wallet answers/) });
  }
  expect(await queue().getFailedCount()).toBe(1);
  expect(await audit()).toEqual(before);
  // Looking needs no wallet.
  expect(await walletless.json<Row[]>('jobs', 'list', 'credit')).toHaveLength(1);
});

test('without Redis each verb says so at once, and never its password', async () => {
  const away = asService('ops', { REDIS_URL: 'redis://:hidden-password@127.0.0.1:1' });
  for (const verb of [['counts'], ['list', 'void'], ['retry', 'void', '--all-failed'], ['remove', 'void', 'x']]) {
    const { code, stderr } = await away.run('jobs', ...verb);
    expect(code).toBe(1);
    expect(stderr).toMatch(/^error: no Redis answers at 127\.0\.0\.1:1: .*REDIS_URL/);
    expect(stderr).not.toContain('hidden-password');
  }
  const mistaken = await asService('ops', { REDIS_URL: 'localhost' }).run('jobs', 'counts');
  expect(mistaken).toMatchObject({ code: 1, stderr: 'error: REDIS_URL: must be a redis:// or rediss:// URL\n' });
});

test.each([
  [['retry', 'credit']],
  [['retry', 'credit', 't1', '--all-failed']],
  [['list', 'no-queue']],
  [['list', 'credit', '--state', 'lost']],
  [['add', 'sweep', '{}']],
])('called wrongly: jobs %j', async (args) => {
  expect(await cli.run('jobs', ...args)).toMatchObject({ code: 2, stdout: '' });
});
