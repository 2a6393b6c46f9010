import type { Job } from 'bullmq';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { JobData } from '../../src/common/queues.ts';
import type { UnconfirmedPayload } from '../../src/common/unconfirmed-payload.ts';
import { MoneyService, Reason } from '../../src/gen/wallet/v1/money_pb.ts';
import { PlayerService } from '../../src/gen/wallet/v1/players_pb.ts';
import { until } from './until.ts';
import { createWorld, metric, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

beforeEach(async () => {
  for (const kind of KINDS) {
    await world.queues[kind].resume();
    await world.queues[kind].obliterate({ force: true });
  }
});

const KINDS = ['void', 'credit'] as const;
type Kind = (typeof KINDS)[number];

const SUBJECT = { operatorId: 'casino', userId: '611', provider: 'stargame' };
const { bet, win, getBalance } = MoneyService.method;

const payload = (transactionId: string, changes: Partial<UnconfirmedPayload> = {}): UnconfirmedPayload => ({
  ...SUBJECT,
  transactionId,
  amountUnits: '500',
  winUnits: '0',
  context: '{"hall":"1890","terminal":"117"}',
  requestId: `request-${transactionId}`,
  why: 'late',
  answeredAtMs: Date.now(),
  ...changes,
});

const add = (kind: Kind, job: UnconfirmedPayload): Promise<Job<JobData>> =>
  world.queues[kind].add(kind, { payload: job }, { jobId: job.transactionId });

const balance = async (): Promise<bigint> => (await world.call(getBalance, SUBJECT)).balanceUnits;
const play = (transactionId: string) => world.call(bet, { ...SUBJECT, transactionId, amountUnits: 500n });

const gone = (kind: Kind) =>
  until(`no ${kind} job is left`, async () => {
    const queue = world.queues[kind];
    return (await queue.getJobCountByTypes('waiting', 'active', 'delayed', 'failed')) === 0;
  });

const failed = (job: Job<JobData>) => until('the job has failed', () => job.isFailed());

async function look(kind: Kind, id: string) {
  const queue = world.queues[kind];
  const job = await queue.getJob(id);
  const { logs } = await queue.getJobLogs(id);
  return { reason: job?.failedReason, attempts: job?.attemptsMade, logs };
}

test('a void cancels the bet and the win that came with it; what runs twice has one effect', async () => {
  await using jobs = await world.startJobs();
  const before = await balance();
  await play('v1');
  await world.call(win, { ...SUBJECT, transactionId: 'v1+win', amountUnits: 700n });
  for (let time = 0; time < 2; time++) {
    await add('void', payload('v1', { winUnits: '700' }));
    await gone('void');
    expect(await balance()).toBe(before);
  }
  expect(await metric(jobs, 'croupier_jobs_total{queue="void",outcome="completed"}')).toBe(2);
  const line = await jobs.waitForLog((entry) => entry.msg === 'job' && entry.queue === 'void');
  expect(line).toMatchObject({ outcome: 'completed', requestId: 'request-v1', payload: { transactionId: 'v1' } });
});

test('a void of a bet that never arrived keeps it from arriving, and its win', async () => {
  await using _ = await world.startJobs();
  const before = await balance();
  await add('void', payload('v2', { winUnits: '1' }));
  await gone('void');
  expect((await play('v2')).reason).toBe(Reason.TRANSACTION_CANCELED);
  const late = await world.call(win, { ...SUBJECT, transactionId: 'v2+win', amountUnits: 1n });
  expect(late.reason).toBe(Reason.TRANSACTION_CANCELED);
  expect(await balance()).toBe(before);
});

test('a credit is there once, also where the win had arrived', async () => {
  await using _ = await world.startJobs();
  const before = await balance();
  await world.call(win, { ...SUBJECT, transactionId: 'c1', amountUnits: 500n });
  await add('credit', payload('c1'));
  await add('credit', payload('c2'));
  await gone('credit');
  await add('credit', payload('c2'));
  await gone('credit');
  expect(await balance()).toBe(before + 1000n);
});

test('a credit has the time of its notification, or of its answer where an earlier version noted no other', async () => {
  await using _ = await world.startJobs();
  await add('credit', payload('c15', { answeredAtMs: 1_700_000_000_050, occurredAtMs: 1_700_000_000_001 }));
  await add('credit', payload('c16', { answeredAtMs: 1_700_000_000_050 }));
  await gone('credit');
  const occurredAtMs = async (transactionId: string) =>
    (await world.call(MoneyService.method.getTransaction, { ...SUBJECT, transactionId })).occurredAtMs;
  expect(await occurredAtMs('c15')).toBe(1_700_000_000_001n);
  expect(await occurredAtMs('c16')).toBe(1_700_000_000_050n);
});

test('a process is killed in mid-job: another does the job, once', async () => {
  const killed = await world.startJobs({ JOBS_CALL_TIMEOUT_MS: '60000' });
  const before = await balance();
  await play('v3');
  await world.wallet.kill('SIGSTOP');
  await add('void', payload('v3'));
  await add('credit', payload('c3'));
  await until('both are active', async () => {
    const counts = await Promise.all(KINDS.map((kind) => world.queues[kind].getActiveCount()));
    return counts.every((count) => count === 1);
  });
  await killed.kill();
  await world.wallet.kill('SIGCONT');
  await using _ = await world.startJobs();
  await Promise.all(KINDS.map(gone));
  expect(await balance()).toBe(before + 500n);
});

test('Redis is killed with jobs in it and comes back', async () => {
  await using _ = await world.startJobs();
  const before = await balance();
  await play('v4');
  await Promise.all(KINDS.map((kind) => world.queues[kind].pause()));
  await add('void', payload('v4'));
  await add('credit', payload('c4'));
  await world.redis.kill();
  await world.redis.restart();
  await Promise.all(KINDS.map((kind) => world.queues[kind].resume()));
  await Promise.all(KINDS.map(gone));
  expect(await balance()).toBe(before + 500n);
});

test('the wallet does not answer: each attempt is noted, and the job is done when it does', async () => {
  await using _ = await world.startJobs({ JOBS_CALL_TIMEOUT_MS: '300' });
  const before = await balance();
  await world.wallet.kill('SIGSTOP');
  const job = await add('credit', payload('c5'));
  expect(job.opts.attempts).toBeGreaterThan(1000);
  await until('it was tried twice', async () => ((await look('credit', 'c5')).attempts ?? 0) >= 2);
  const { logs } = await look('credit', 'c5');
  expect(logs[0]).toMatch(/^\d{4}-\S+Z \S+ \d+ attempt 1: .*DEADLINE_EXCEEDED/);
  expect(logs[1]).toMatch(/attempt 2: /);
  await world.wallet.kill('SIGCONT');
  await gone('credit');
  expect(await balance()).toBe(before + 500n);
});

test('what can not be done fails at once, stays visible with its reason, and can be retried', async () => {
  await using jobs = await world.startJobs();
  const job = await add('credit', payload('c6', { userId: '612' }));
  await failed(job);
  const { reason, attempts, logs } = await look('credit', 'c6');
  expect({ reason, attempts }).toEqual({ reason: 'permanent: player_not_found', attempts: 1 });
  expect(logs).toEqual([expect.stringContaining('attempt 1: permanent: player_not_found')]);
  expect(await metric(jobs, 'croupier_jobs_total{queue="credit",outcome="failed"}')).toBe(1);
  const failedNow = 'croupier_queue_jobs{queue="credit",state="failed"}';
  await until('the failed job is counted', async () => (await metric(jobs, failedNow)) === 1);
  await until(
    'its age is told',
    async () => (await metric(jobs, 'croupier_queue_oldest_age_seconds{queue="credit"}')) > 0,
  );

  const person = { userName: 'jane', country: 'Malta', currencyCode: 'EUR' };
  await world.call(PlayerService.method.createPlayer, { operatorId: 'casino', userId: '612', ...person });
  await job.retry('failed');
  await gone('credit');
  const { balanceUnits } = await world.call(getBalance, { operatorId: 'casino', userId: '612' });
  expect(balanceUnits).toBe(500n);
});

test('a win that was canceled, or is somebody else, is not credited', async () => {
  await using _ = await world.startJobs();
  const before = await balance();
  await world.call(MoneyService.method.cancel, { ...SUBJECT, transactionId: 'c7' });
  await world.call(win, { ...SUBJECT, transactionId: 'c8', amountUnits: 1n });
  await failed(await add('credit', payload('c7')));
  await failed(await add('credit', payload('c8')));
  expect((await look('credit', 'c7')).reason).toBe('permanent: transaction_canceled');
  expect((await look('credit', 'c8')).reason).toBe('permanent: duplicate_transaction');
  expect(await balance()).toBe(before + 1n);
});

test.each([
  ['no payload', null, ''],
  ['fields missing', { operatorId: 'casino' }, 'userId, provider, transactionId, amountUnits, winUnits, context'],
  ['an amount that is a number', { ...payload('m1'), amountUnits: 500 }, 'amountUnits'],
  ['a negative amount', { ...payload('m2'), amountUnits: '-5' }, 'amountUnits'],
  ['an id that the win could not share', { ...payload('m3'), transactionId: 'x'.repeat(61) }, 'transactionId'],
])('a malformed payload (%s) fails at once and says which fields', async (_what, malformed, fields) => {
  await using _ = await world.startJobs();
  for (const kind of KINDS) {
    const job = await world.queues[kind].add(kind, { payload: malformed });
    await failed(job);
    expect((await look(kind, String(job.id))).reason).toMatch(new RegExp(`^permanent: payload ${fields}`));
  }
});
