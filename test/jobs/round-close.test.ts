import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { BookkeepingService } from '../../src/gen/wallet/v1/bookkeeping_pb.ts';
import { MoneyService } from '../../src/gen/wallet/v1/money_pb.ts';
import { until } from './until.ts';
import { createWorld, metric, TOTALS, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

beforeEach(async () => {
  await world.queue.resume();
  await world.queue.obliterate({ force: true });
  await world.sql.query('DELETE FROM outbox');
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const nothingOwed = () => until('nothing is owed', async () => (await world.owed()).length === 0);

/** Waits until the relay has put the message into Redis, where the paused queue holds it. */
const delivered = (count = 1) =>
  until(`${count} jobs are in the queue`, async () => (await world.queue.getJobCountByTypes('waiting')) === count);

const DELIVERED = 'croupier_outbox_delivered_total{topic="round-close"}';
const SUM_CALLS = 'croupier_wallet_grpc_calls_total{method="BookkeepingService.SumRounds",code="OK"}';
const COMPLETED = 'croupier_jobs_total{queue="round-close",outcome="completed"}';

test('a finished round gets its totals, without what was canceled, and the message is gone', async () => {
  await using jobs = await world.startJobs();
  await world.playRound('r1');
  expect(await world.summed('r1')).toMatchObject(TOTALS);
  await nothingOwed();
  await until('the queue is empty', async () => (await world.queue.count()) === 0);
  expect(await metric(jobs, COMPLETED)).toBe(1);
  expect(await metric(jobs, 'croupier_queue_jobs{queue="round-close",state="failed"}')).toBe(0);
});

test('finishround ten times owes one job', async () => {
  await world.playRound('r2');
  const again = { operatorId: 'casino', userId: '611', provider: 'platform', roundId: 'r2' };
  await Promise.all(Array.from({ length: 10 }, () => world.call(MoneyService.method.finishRound, again)));
  expect(await world.owed()).toHaveLength(1);
  await using jobs = await world.startJobs();
  expect(await world.summed('r2')).toMatchObject(TOTALS);
  await nothingOwed();
  expect(await metric(jobs, COMPLETED)).toBe(1);
});

test('Redis loses everything after the delivery: the round is summed all the same', async () => {
  await using _ = await world.startJobs();
  await world.queue.pause();
  await world.playRound('r3');
  await delivered();
  expect((await world.round('r3')).summedAtMs).toBe(0n);
  // One hash tag: one slot of a Redis Cluster.
  const keys = await world.redisKeys();
  expect(keys).toContain(`{croupier}:round-close:outbox-${(await world.owed())[0]?.message_id}`);
  expect(keys.filter((key) => !key.startsWith('{croupier}:'))).toEqual([]);
  await world.loseRedisData();
  expect(await world.summed('r3')).toMatchObject(TOTALS);
  await nothingOwed();
});

test('the jobs process is killed between the delivery and the work', async () => {
  const killed = await world.startJobs();
  await world.queue.pause();
  await world.playRound('r4');
  await delivered();
  await killed.kill();
  await world.queue.resume();
  expect(await world.owed()).toHaveLength(1);
  await using _ = await world.startJobs();
  expect(await world.summed('r4')).toMatchObject(TOTALS);
  await nothingOwed();
});

test('the jobs process is killed in the middle of the work', async () => {
  const killed = await world.startJobs({ JOBS_CALL_TIMEOUT_MS: '60000' });
  await world.queue.pause();
  await world.playRound('r5');
  await delivered();
  await world.wallet.kill('SIGSTOP');
  await world.queue.resume();
  await until('the job is active', async () => (await world.queue.getActiveCount()) === 1);
  await killed.kill();
  await world.wallet.kill('SIGCONT');
  await using _ = await world.startJobs();
  expect(await world.summed('r5')).toMatchObject(TOTALS);
  await nothingOwed();
  await until('the queue is empty', async () => (await world.queue.count()) === 0);
});

test('a message that is delivered again and again, by two processes, is one job', async () => {
  await using first = await world.startJobs();
  await using second = await world.startJobs();
  await world.queue.pause();
  await world.playRound('r6');
  await until('it was delivered three times', async () => {
    const counts = await Promise.all([first, second].map((jobs) => metric(jobs, DELIVERED)));
    return counts.reduce((sum, count) => sum + count, 0) >= 3;
  });
  expect(await world.queue.getJobCountByTypes('waiting', 'delayed')).toBe(1);
  await world.queue.resume();
  expect(await world.summed('r6')).toMatchObject(TOTALS);
  await nothingOwed();
});

test('many rounds at once, with two processes, share calls', async () => {
  const rounds = Array.from({ length: 250 }, (_, index) => `many-${index}`);
  await Promise.all(rounds.map((roundId) => world.playRound(roundId)));
  expect(await world.owed()).toHaveLength(rounds.length);
  const callsBefore = await metric(world.wallet, SUM_CALLS);
  await using _first = await world.startJobs();
  await using _second = await world.startJobs();
  for (const roundId of rounds) {
    expect(await world.summed(roundId)).toMatchObject(TOTALS);
  }
  await nothingOwed();
  const calls = (await metric(world.wallet, SUM_CALLS)) - callsBefore;
  expect(calls).toBeGreaterThan(0);
  expect(calls).toBeLessThan(rounds.length);
});

test('a round that the wallet chokes on takes none of its neighbours with it', async () => {
  await using jobs = await world.startJobs({ JOBS_ATTEMPTS: '1' });
  await world.queue.pause();
  const rounds = Array.from({ length: 5 }, (_, index) => `neighbour-${index}`);
  await Promise.all(['choke', ...rounds].map((roundId) => world.playRound(roundId)));
  await world.sql.query(
    `INSERT INTO round_totals (player_id, provider, round_id, booked)
     SELECT player_id, provider, round_id, 'no json' FROM rounds WHERE round_id = 'choke'`,
  );
  await delivered(6);
  await world.queue.resume();
  for (const roundId of rounds) expect(await world.summed(roundId)).toMatchObject(TOTALS);
  await until('it has failed', async () => (await world.queue.getFailedCount()) === 1);
  expect((await world.round('choke')).summedAtMs).toBe(0n);
  expect(await metric(jobs, COMPLETED)).toBe(rounds.length);

  await world.sql.query("UPDATE round_totals SET booked = NULL WHERE round_id = 'choke'");
  expect(await world.summed('choke')).toMatchObject(TOTALS);
  await nothingOwed();
});

test('a late cancel and a late win correct the day, however often the messages come', async () => {
  await using first = await world.startJobs();
  await using _second = await world.startJobs();
  await world.sql.query('DELETE FROM day_totals');
  await world.playRound('late');
  await world.summed('late');
  await nothingOwed();
  const late = { operatorId: 'casino', userId: '611', provider: 'platform', gameId: '200', roundId: 'late' };
  await world.call(MoneyService.method.cancel, { ...late, transactionId: 'late-b1' });
  await world.call(MoneyService.method.win, { ...late, transactionId: 'late-w2', amountUnits: 40n });
  await nothingOwed();
  const [rows] = await world.sql.query(
    `SELECT SUM(bet_count) AS bet_count, SUM(bet_units) AS bet_units, SUM(win_count) AS win_count,
       SUM(win_units) AS win_units, SUM(refund_units) AS refund_units, SUM(round_count) AS round_count FROM day_totals`,
  );
  expect(rows).toEqual([
    { bet_count: '1', bet_units: '300', win_count: '2', win_units: '190', refund_units: '25', round_count: '1' },
  ]);
  const { anomalies } = await world.call(BookkeepingService.method.listAnomalies, {});
  expect(anomalies).toMatchObject([{ kind: 'money_after_close', roundId: 'late', userId: '611' }]);
  expect(await metric(first, 'croupier_queue_jobs{queue="round-close",state="failed"}')).toBe(0);
});

test('work that fails for longer than its attempts is taken up again when the wallet is back', async () => {
  await using jobs = await world.startJobs({ JOBS_ATTEMPTS: '1', JOBS_CALL_TIMEOUT_MS: '500' });
  await world.queue.pause();
  await world.playRound('r7');
  await delivered();
  await world.wallet.kill('SIGSTOP');
  await world.queue.resume();
  await until('the job has failed', async () => (await world.queue.getFailedCount()) === 1);
  await world.wallet.kill('SIGCONT');
  expect(await world.summed('r7')).toMatchObject(TOTALS);
  await nothingOwed();
  await until('the queue is empty', async () => (await world.queue.getFailedCount()) === 0);
  expect(await metric(jobs, 'croupier_outbox_revived_total{topic="round-close"}')).toBeGreaterThan(0);
});

test('what can never work fails at once, stays visible and owed, and harms nothing else', async () => {
  const owe = (id: number, topic: string, payload: string) =>
    world.sql.query('INSERT INTO outbox VALUES (?, 1, ?, ?, 0, ?)', [id, topic, payload, Date.now()]);
  const round = { operatorId: 'casino', userId: '611', playerId: '1', provider: 'platform', roundId: 'no', gameId: '' };
  await owe(101, 'round-close', JSON.stringify(round));
  await owe(102, 'round-close', JSON.stringify({ ...round, playerId: 'x', roundId: 7 }));
  await owe(103, 'round-close', 'no json');
  await owe(104, 'a-topic-of-tomorrow', '{}');

  await using jobs = await world.startJobs();
  await world.playRound('r8');
  expect(await world.summed('r8')).toMatchObject(TOTALS);
  await until('three jobs have failed', async () => (await world.queue.getFailedCount()) === 3);
  await until('they were delivered again', async () => (await metric(jobs, DELIVERED)) >= 7);

  const failed = await world.queue.getFailed();
  const reasons = new Map(failed.map((job) => [job.id, job.failedReason]));
  expect(reasons.get('outbox-101')).toBe('permanent: round not found');
  expect(reasons.get('outbox-102')).toBe('permanent: payload playerId, roundId');
  expect(reasons.get('outbox-103')).toMatch(/^permanent: payload/);
  expect(failed.map((job) => job.attemptsMade)).toEqual([1, 1, 1]);
  await until('only they are owed', async () => (await world.owed()).length === 4);
  expect((await world.owed()).map((message) => message.message_id)).toEqual(['101', '102', '103', '104']);
  expect(await metric(jobs, 'croupier_outbox_unknown_topic_total')).toBeGreaterThan(0);
  const told = await jobs.waitForLog((line) => line.topic === 'a-topic-of-tomorrow');
  expect(told.level).toBe(50);
});
