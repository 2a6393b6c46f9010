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
  startSchedules({ queues, schedules: [{ queue: 'sweep', everyMs }], log, lookMs: 20 });

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
