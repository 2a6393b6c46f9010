import { Client, credentials } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callUnary } from '../../src/common/grpc.ts';
import { hashPassword } from '../../src/common/password-hash.ts';
import { HarvestService } from '../../src/gen/jobs/v1/harvest_pb.ts';
import { type PrivateServer, startPrivateDatabase } from '../harness/private-servers.ts';
import type { TestProcess } from '../harness/processes.ts';
import { until } from './until.ts';
import { createWorld, TOTALS, type World } from './world.ts';

let world: World;
/** The jobs' own: the wallet has another one. */
let database: PrivateServer;
let databaseUrl: string;

beforeAll(async () => {
  [world, database] = await Promise.all([createWorld(), startPrivateDatabase()]);
  databaseUrl = new URL('/croupier_jobs', database.url).href;
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
  await database.stop();
});

const readyz = async (jobs: TestProcess): Promise<string> => (await fetch(`${jobs.opsUrl}/readyz`)).text();

async function coverage(jobs: TestProcess): Promise<unknown> {
  const client = new Client(`127.0.0.1:${jobs.grpcPort}`, credentials.createInsecure());
  const request = { hallId: '' };
  try {
    return await callUnary(client, HarvestService.method.getHarvestCoverage, request, { deadlineMs: 10_000 });
  } finally {
    client.close();
  }
}

test('jobs that start without their database show what is missing, do what needs none, and go on once it is there', async () => {
  await database.kill();
  const OPS_USERS = `jane:${await hashPassword('a long enough password')}`;
  await using jobs = await world.startJobs({ DATABASE_URL: databaseUrl, OPS_USERS });
  await until('only the database is missing', async () => (await readyz(jobs)) === 'not reachable: database\n');
  expect((await fetch(`${jobs.opsUrl}/healthz`)).status).toBe(200);
  expect((await fetch(`${jobs.opsUrl}/metrics`)).status).toBe(200);
  expect((await fetch(`${jobs.opsUrl}/login`)).status).toBe(200);
  await expect(coverage(jobs)).rejects.toMatchObject({ details: "the jobs' tables are not there yet" });
  await world.playRound('n1');
  expect(await world.summed('n1')).toMatchObject(TOTALS);

  await database.restart();
  await until('it is ready', async () => (await readyz(jobs)) === 'ready\n');
  expect(await coverage(jobs)).toMatchObject({ terminals: 0 });
  await until('the reconciliation is woken', async () => {
    return (await world.queues.reconcile.getJobScheduler('reconcile')) !== undefined;
  });

  await database.kill();
  await until('the database is missed', async () => (await readyz(jobs)) === 'not reachable: database\n');
  await database.restart();
  await until('it is ready again', async () => (await readyz(jobs)) === 'ready\n');
});

test('jobs that never find their database stop cleanly', async () => {
  await database.kill();
  const jobs = await world.startJobs({ DATABASE_URL: databaseUrl });
  await jobs.stop();
  await database.restart();
});
