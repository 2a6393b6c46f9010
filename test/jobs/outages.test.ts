import { spawn } from 'node:child_process';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { Redis } from 'ioredis';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startWallet, type TestProcess } from '../harness/processes.ts';
import { until } from './until.ts';
import { createWorld, metric, TOTALS, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const readyz = async (jobs: TestProcess): Promise<string> => (await fetch(`${jobs.opsUrl}/readyz`)).text();

const becomes = (jobs: TestProcess, answer: string) =>
  until(`/readyz answers ${answer}`, async () => (await readyz(jobs)) === `${answer}\n`);

test('Redis goes and comes back: nothing is lost, and nothing has to be done by hand', async () => {
  await using jobs = await world.startJobs();
  await becomes(jobs, 'ready');
  await world.redis.kill();
  await becomes(jobs, 'not reachable: redis');
  expect((await fetch(`${jobs.opsUrl}/healthz`)).status).toBe(200);
  expect((await fetch(`${jobs.opsUrl}/readyz`)).status).toBe(503);
  expect((await fetch(`${jobs.opsUrl}/metrics`)).status).toBe(200);

  await world.playRound('o1');
  expect(await world.owed()).toHaveLength(1);
  await world.redis.restart();
  expect(await world.summed('o1')).toMatchObject(TOTALS);
  await becomes(jobs, 'ready');
  await until('nothing is owed', async () => (await world.owed()).length === 0);
});

test('the metrics say what is up and what is owed', async () => {
  await using jobs = await world.startJobs();
  const becomes = (name: string, value: number) =>
    until(`${name} is ${value}`, async () => (await metric(jobs, `croupier_${name}`)) === value);
  await Promise.all([becomes('jobs_redis_up', 1), becomes('jobs_wallet_up', 1), becomes('outbox_messages', 0)]);

  await world.redis.kill();
  await world.playRound('m1');
  await Promise.all([becomes('jobs_redis_up', 0), becomes('outbox_messages', 1)]);
  expect(await metric(jobs, 'croupier_outbox_oldest_message_age_seconds')).toBeGreaterThan(0);
  const text = await (await fetch(`${jobs.opsUrl}/metrics`)).text();
  expect(text).not.toMatch(/^croupier_queue_(jobs|oldest_age_seconds)\{/m);

  await world.redis.restart();
  await Promise.all([becomes('jobs_redis_up', 1), becomes('outbox_messages', 0)]);
  await becomes('queue_jobs{queue="round-close",state="failed"}', 0);
});

test('a schedule that Redis lost is put there again', async () => {
  await using _ = await world.startJobs();
  const isThere = () =>
    until('there is a schedule', async () => (await world.queues.sweep.getJobScheduler('sweep')) !== undefined);
  await isThere();
  await world.loseRedisData();
  await isThere();
});

test('a process that starts and stops without Redis and wallet does so cleanly, and works once they are there', async () => {
  await world.redis.kill();
  const idle = await world.startJobs({ WALLET_URLS: '127.0.0.1:1' });
  expect(await readyz(idle)).toBe('not reachable: redis, wallet\n');
  await idle.stop();

  await using jobs = await world.startJobs();
  await becomes(jobs, 'not reachable: redis');
  await world.playRound('o2');
  await world.redis.restart();
  expect(await world.summed('o2')).toMatchObject(TOTALS);
});

test('the process gives way to others', async () => {
  await using jobs = await world.startJobs({ JOBS_NICE: '19' });
  expect(getPriority(jobs.pid)).toBe(19);
});

test('the wallet goes and comes back', async () => {
  const killed = await startWallet({ env: { DATABASE_URL: world.databaseUrl } });
  await using jobs = await world.startJobs({ WALLET_URLS: killed.address });
  await becomes(jobs, 'ready');
  await killed.kill();
  await becomes(jobs, 'not reachable: wallet');
  await until('the relay has noticed', async () => (await metric(jobs, 'croupier_outbox_relay_failures_total')) > 2);
  await world.playRound('o3');
  await using _ = await startWallet({
    env: { DATABASE_URL: world.databaseUrl, WALLET_PORT: String(killed.port) },
  });
  expect(await world.summed('o3')).toMatchObject(TOTALS);
});

test('with two wallets, one that is away costs nothing', async () => {
  await using _ = await world.startJobs({ WALLET_URLS: `127.0.0.1:1,${world.wallet.address}` });
  await world.playRound('o4');
  expect(await world.summed('o4')).toMatchObject(TOTALS);
});

test('a stopping process finishes the job at hand', async () => {
  const jobs = await world.startJobs({ JOBS_CALL_TIMEOUT_MS: '60000' });
  await world.queue.pause();
  await world.playRound('o5');
  await until('it was delivered', async () => (await world.queue.getJobCountByTypes('waiting')) === 1);
  await world.wallet.kill('SIGSTOP');
  await world.queue.resume();
  await until('the job is active', async () => (await world.queue.getActiveCount()) === 1);
  const stopped = jobs.stop();
  await jobs.waitForLog((line) => line.msg === 'stopping');
  await world.wallet.kill('SIGCONT');
  await stopped;
  expect((await world.round('o5')).summedAtMs).toBeGreaterThan(0n);
  expect(await world.owed()).toEqual([]);
  expect(await world.queue.getJobCountByTypes('active', 'waiting', 'delayed', 'failed')).toBe(0);
});

test('a Redis that may drop jobs is warned of', async () => {
  const admin = new Redis(world.redis.url);
  await admin.config('SET', 'maxmemory-policy', 'allkeys-lru');
  await using jobs = await world.startJobs();
  expect(await jobs.waitForLog((line) => line.policy !== undefined)).toMatchObject({
    level: 40,
    policy: 'allkeys-lru',
  });
  await admin.config('SET', 'maxmemory-policy', 'noeviction');
  admin.disconnect();
});

test('all mistakes of a configuration are told at once', async () => {
  const main = join(import.meta.dirname, '..', '..', 'src', 'jobs', 'main.ts');
  const env = { PATH: process.env.PATH ?? '', REDIS_URL: 'http://localhost', OPS_PORT: 'x', OUTBOX_LEASE_MS: '1' };
  const child = spawn(process.execPath, [main], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const exited = new Promise((resolve) => child.once('exit', resolve));
  const stderr = await text(child.stderr);
  expect(await exited).toBe(1);
  expect(stderr).toMatch(/REDIS_URL: must be a redis:\/\/ or rediss:\/\/ URL/);
  expect(stderr).toMatch(/OPS_PORT: /);
  expect(stderr).toMatch(/OUTBOX_LEASE_MS: /);
});
