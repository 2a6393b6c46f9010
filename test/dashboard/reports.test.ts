import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata } from '@grpc/grpc-js';
import { pino } from 'pino';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { readConfig } from '../../src/common/config.ts';
import { callUnary, openServerStream } from '../../src/common/grpc.ts';
import type { GrpcChannel } from '../../src/common/grpc-channel.ts';
import { jobsChannel } from '../../src/common/jobs-client.ts';
import { hashPassword } from '../../src/common/password-hash.ts';
import { walletChannels, walletClientConfig } from '../../src/common/wallet-client.ts';
import { CatalogueService } from '../../src/gen/jobs/v1/catalogue_pb.ts';
import { ReportService } from '../../src/gen/jobs/v1/reports_pb.ts';
import { MoneyService } from '../../src/gen/wallet/v1/money_pb.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { createTestDatabase } from '../harness/database.ts';
import { type PrivateServer, startPrivateRedis } from '../harness/private-servers.ts';
import { startAdapter, startJobs, startWallet, type TestProcess } from '../harness/processes.ts';
import { until } from '../jobs/until.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';
import { Client } from './client.ts';
import { logIn } from './login.ts';

/** From a bet that PLATFORM does not report to the person who looks at it: every process is real, PLATFORM is the simulator. */
const OPERATOR = 'examplecasino';
const PASSWORD = 'a long enough password';
const DAY_MS = 86_400_000;
const GAME = 37;
/** It says when a round is finished, and has hand histories as JSON. */
const VENDOR = 'vivo';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: PrivateServer;
let spoolDir: string;
let wallet: TestProcess;
let adapter: TestProcess;
let simulator: Simulator;
let jobs: TestProcess;
let browser: TestBrowser;
let channel: GrpcChannel;
let money: GrpcChannel;
/** Yesterday at noon, UTC: that day is over, and its books are complete. */
let noonMs: number;
let day: string;

const play = (over: { betUnits: bigint; winUnits: bigint }) =>
  simulator.platform.play.playRound({
    operatorId: OPERATOR,
    userId: '611',
    token: 'eqkB1WoKQCvjrvV6taJRN',
    currencyCode: 'EUR',
    gameId: GAME,
    atMs: noonMs,
    ...over,
  });

beforeAll(async () => {
  [database, redis, browser] = await Promise.all([createTestDatabase(), startPrivateRedis(), launchBrowser()]);
  spoolDir = await mkdtemp(join(tmpdir(), 'croupier-spool-'));
  wallet = await startWallet({
    // Rounds that are not over are waited for that long before a day counts as complete.
    env: { DATABASE_URL: database.url, CROUPIER_DEMO: '1', WALLET_ROUND_OPEN_MAX_MS: '60000' },
  });
  const clients = { WALLET_URLS: wallet.address, REDIS_URL: redis.url };
  adapter = await startAdapter({ env: { ...clients, SPOOL_DIR: spoolDir, PLATFORM_DEADLINE_MS: '9000' } });
  simulator = await startSimulator({ log: pino({ level: 'silent' }), now: Date.now, random: Math.random });
  const { state } = simulator.platform;
  const operator = { operatorId: OPERATOR, secret: 'secret_key', adapterUrl: adapter.url };
  state.addOperator(operator);
  state.setGames(OPERATOR, [{ id: GAME, title: 'Roulette', vendor: VENDOR }]);
  state.setBalanceLimits(OPERATOR, { currencyCode: 'EUR', availableUnits: 1_000_000n });
  noonMs = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS / 2;
  day = new Date(noonMs).toISOString().slice(0, 10);
  const hash = await hashPassword(PASSWORD);
  jobs = await startJobs({
    env: {
      ...clients,
      DATABASE_URL: database.url,
      OPS_USERS: `jane:${hash},john:${hash}`,
      OPS_TARGETS: `adapter=${adapter.opsUrl},wallet=${wallet.opsUrl}`,
      PLATFORM_API_URL: simulator.platformUrl,
      CATALOGUE_TICK_MS: '500',
      LIMITS_EVERY_MS: '1000',
      REPORT_TICK_MS: '500',
      // What is asked for by hand is enough.
      REPORT_AFTER_MS: String(DAY_MS),
      REPORT_BACKFILL_DAYS: '0',
    },
  });
  const [toWallet] = walletChannels(readConfig(walletClientConfig, { WALLET_URLS: wallet.address }));
  if (toWallet === undefined) throw new Error('no channel');
  money = toWallet;
  channel = jobsChannel({
    JOBS_URL: `127.0.0.1:${jobs.grpcPort}`,
    JOBS_CLIENT_TOKEN: '',
    JOBS_TLS_CA: '',
    JOBS_CLIENT_CERT: '',
    JOBS_CLIENT_KEY: '',
  });
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  channel.close();
  money.close();
  for (const each of [jobs, adapter, wallet]) await each.stop();
  await simulator.close();
  await redis.stop();
  await database.drop();
  await rm(spoolDir, { recursive: true, force: true });
});

async function visit(name: string): Promise<{ page: Page; errors: string[] }> {
  const { page, errors } = await browser.newPage();
  await logIn(page, jobs.url, name, PASSWORD);
  await page.getByRole('link', { name: 'Reports', exact: true }).click();
  return { page, errors };
}

const OPTIONS = { deadlineMs: 20_000, metadata: new Metadata() };

/** Whose vendor a game is, the wallet knows from the catalogue. */
async function syncCatalogue(): Promise<void> {
  const { syncCatalogue: method } = CatalogueService.method;
  for await (const told of openServerStream(channel.client, method, {}, OPTIONS)) expect(told.error).toBe('');
}

async function pull(): Promise<{ agrees: number; differs: number; provisional: number }> {
  const sum = { agrees: 0, differs: 0, provisional: 0 };
  const request = { operatorId: OPERATOR, fromDay: day, toDay: day };
  for await (const told of openServerStream(channel.client, ReportService.method.pullReports, request, OPTIONS)) {
    expect(told.error).toBe('');
    sum.agrees += told.agrees;
    sum.differs += told.differs;
    sum.provisional += told.provisional;
  }
  return sum;
}

async function balance(): Promise<bigint> {
  const request = { operatorId: OPERATOR, userId: '611' };
  return (await callUnary(money.client, MoneyService.method.getBalance, request, OPTIONS)).balanceUnits;
}

test('a bet that is not reported is found, explained, canceled by two people, and the report then agrees', async () => {
  await syncCatalogue();
  await play({ betUnits: 200n, winUnits: 100n });
  await play({ betUnits: 200n, winUnits: 100n });
  simulator.platform.faults.add({ operation: 'play', kind: 'unreported', type: 'BET', count: 1 });
  const round = await play({ betUnits: 500n, winUnits: 0n });
  const transactionId = round.transactions.find(({ type }) => type === 'BET')?.transactionId ?? '';
  await until('the day is judged', async () => (await pull()).differs === 1);

  const jane = await visit('jane');
  await jane.page.locator('#days').getByRole('link', { name: day }).click();
  const row = jane.page.locator('#vendors tbody tr', { hasText: VENDOR });
  await row.waitFor();
  expect(await row.textContent()).toMatch(/differs.*-5\.00/);
  await row.getByRole('link', { name: VENDOR }).click();
  const detail = jane.page.locator('#detail');
  const stakes = detail.locator('tr', { hasText: 'Stakes' });
  await stakes.waitFor();
  expect(await stakes.textContent()).toContain('9.004.00');
  const bet = jane.page.locator('#transactions tr', { hasText: transactionId });
  await bet.getByRole('button', { name: /fetch|kept/ }).click();
  await jane.page.locator('#hand-body', { hasText: transactionId }).waitFor();
  await jane.page.getByRole('dialog').getByRole('button', { name: 'Close' }).click();

  await detail.getByRole('link', { name: /decide/ }).click();
  await jane.page.getByLabel(/cancel the transaction/).check();
  await jane.page.getByLabel('Which of our transactions').fill(transactionId);
  await jane.page.getByLabel('Why').fill('PLATFORM does not know it');
  await jane.page.getByRole('button', { name: 'Propose' }).click();
  await jane.page.locator('#detail').getByText('Somebody else has to approve it.').waitFor();

  const before = await balance();
  const john = await visit('john');
  await john.page.goto(`${jobs.url}/reconciliation`);
  await john.page.locator('#list tbody tr', { hasText: VENDOR }).getByRole('link').first().click();
  await john.page.getByRole('button', { name: 'Approve' }).click();
  await until('the stake is back', async () => (await balance()) === before + 500n);
  await until('the report agrees', async () => (await pull()).agrees === 1);
  expect([...jane.errors, ...john.errors]).toEqual([]);
});

test('the chart, the limits and a file of it', async () => {
  const { page, errors } = await visit('jane');
  await page.locator('#days-chart canvas').waitFor();
  await page.locator('#limits tr', { hasText: 'balance EUR' }).filter({ hasText: 'ok' }).waitFor();
  const client = new Client(jobs.url);
  await client.logIn('jane', PASSWORD);
  const answer = await client.get('/api/reports.csv?days=7');
  expect(answer.headers.get('content-disposition')).toMatch(/^attachment; filename=reports-.*\.csv$/);
  const lines = (await answer.text()).trim().split('\r\n');
  expect(lines[0]).toMatch(/^day,operator,vendor,currency,state,cause,discrepancy,bets_count_ours,bets_count_report/);
  expect(lines.find((line) => line.startsWith(`${day},${OPERATOR},${VENDOR},EUR`))).toBeDefined();
  expect((await client.get('/api/reports?days=1e9')).status).toBe(400);
  expect((await client.get('/api/reports/day?operator=x&day=2026-02-30&vendor=&currency=EUR')).status).toBe(400);
  expect(errors).toEqual([]);
});

test.each([
  ['a phone', { width: 390, height: 844 }],
  ['a desktop', { width: 1280, height: 900 }],
])('nothing is pushed sideways on %s', async (_, viewport) => {
  const { page, errors } = await browser.newPage({ viewport });
  await logIn(page, jobs.url, 'jane', PASSWORD);
  await page.goto(
    `${jobs.url}/reports#${new URLSearchParams({ operator: OPERATOR, day, vendor: VENDOR, currency: 'EUR' })}`,
  );
  await page.locator('#detail').getByText('Stakes').waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  expect(errors).toEqual([]);
});
