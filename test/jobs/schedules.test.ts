import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { createQueues, type Queues } from '../../src/jobs/queues.ts';
import { startSchedules } from '../../src/jobs/schedules.ts';
import { type PrivateServer, startPrivateRedis } from '../harness/private-servers.ts';
import { until } from './until.ts';

let redis: PrivateServer;
let connection: Redis;
let queues: Queues;
const log = pino({ level: 'silent' });

beforeAll(async () => {
  redis = await startPrivateRedis();
  connection = new Redis(redis.url, { maxRetriesPerRequest: null });
  queues = createQueues(connection, 1, log);
});

beforeEach(() => connection.flushall());

afterAll(async () => {
  for (const queue of Object.values(queues)) await queue.close();
  connection.disconnect();
  await redis.stop();
});

const start = (everyMs: number) =>
  startSchedules({ queues, schedules: [{ id: 'sweep', queue: 'sweep', everyMs, payload: {} }], log, lookMs: 20 });

const jobs = () => queues.sweep.getJobCountByTypes('waiting', 'delayed');
const hasJob = () => until('a job is due', async () => (await jobs()) > 0);

test('one schedule, whatever number of processes sees to it; what is configured last counts', async () => {
  const [first, second] = [start(600_000), start(600_000)];
  await hasJob();
  await Promise.all([first.stop(), second.stop()]);
  expect(await queues.sweep.getJobSchedulersCount()).toBe(1);
  expect(await jobs()).toBe(1);

  const changed = start(300_000);
  await until('it is changed', async () => (await queues.sweep.getJobScheduler('sweep'))?.every === 300_000);
  await changed.stop();
  expect(await jobs()).toBe(1);
});

test('what Redis lost comes back: all of it, or the job alone', async () => {
  const schedules = start(100);
  await hasJob();
  await connection.flushall();
  await hasJob();
  await connection.del('{croupier}:sweep:delayed', '{croupier}:sweep:wait');
  await hasJob();
  await schedules.stop();
});

test('several schedules of one queue, each with its payload', async () => {
  const schedules = startSchedules({
    queues,
    schedules: [
      { id: 'one', queue: 'stargame', everyMs: 600_000, payload: { kind: 'one' } },
      { id: 'two', queue: 'stargame', everyMs: 300_000, payload: { kind: 'two' } },
    ],
    log,
    lookMs: 20,
  });
  const due = () => queues.stargame.getJobs(['waiting', 'delayed']);
  await until('both are due', async () => (await due()).length === 2);
  await schedules.stop();
  expect((await due()).map(({ data }) => data.payload)).toEqual(
    expect.arrayContaining([{ kind: 'one' }, { kind: 'two' }]),
  );
  expect((await queues.stargame.getJobSchedulers()).map(({ key, every }) => ({ key, every }))).toEqual(
    expect.arrayContaining([
      { key: 'one', every: 600_000 },
      { key: 'two', every: 300_000 },
    ]),
  );
});
