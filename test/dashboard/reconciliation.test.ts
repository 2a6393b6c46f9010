import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashPassword } from '../../src/common/password-hash.ts';
import { createTestDatabase } from '../harness/database.ts';
import { type PrivateServer, startPrivateRedis } from '../harness/private-servers.ts';
import { startAdapter, startJobs, startSimulator, startWallet, type TestProcess } from '../harness/processes.ts';
import { until } from '../jobs/until.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';
import { Client } from './client.ts';
import { logIn } from './login.ts';

/** From the spin that was not played to the player's money: every process is real, the game server is the simulator. */
const BET_UNITS = 250;
const UID = '117';
const PASSWORD = 'a long enough password';

let database: Awaited<ReturnType<typeof createTestDatabase>>;
let redis: PrivateServer;
let spoolDir: string;
let wallet: TestProcess;
let adapter: TestProcess;
let simulator: TestProcess;
let jobs: TestProcess;
let browser: TestBrowser;

beforeAll(async () => {
  [database, redis, browser] = await Promise.all([createTestDatabase(), startPrivateRedis(), launchBrowser()]);
  spoolDir = await mkdtemp(join(tmpdir(), 'croupier-spool-'));
  wallet = await startWallet({ env: { DATABASE_URL: database.url, CROUPIER_DEMO: '1' } });
  const clients = { WALLET_URLS: wallet.address, REDIS_URL: redis.url };
  // A busy machine must not make spins fail that are to succeed.
  adapter = await startAdapter({ env: { ...clients, SPOOL_DIR: spoolDir, STARGAME_BUDGET_MS: '9000' } });
  simulator = await startSimulator({ env: { SIMULATOR_ADAPTER_URL: adapter.url } });
  const hash = await hashPassword(PASSWORD);
  jobs = await startJobs({
    env: {
      ...clients,
      DATABASE_URL: database.url,
      OPS_USERS: `jane:${hash},john:${hash}`,
      OPS_TARGETS: `adapter=${adapter.opsUrl},wallet=${wallet.opsUrl}`,
      STARGAME_API_URL: `${simulator.url}/stargame`,
      HARVEST_EVERY_MS: '1000',
      HARVEST_TICK_MS: '500',
      // Of a second that is going on one half would be judged before the other: what people see would change under their hands.
      HARVEST_LAG_MS: '2000',
      RECONCILE_EVERY_MS: '1000',
      RECONCILE_SETTLE_MS: '2000',
      RECONCILE_CLOCK_TOLERANCE_MS: '2000',
    },
  });
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  for (const each of [jobs, simulator, adapter, wallet]) await each.stop();
  await redis.stop();
  await database.drop();
  await rm(spoolDir, { recursive: true, force: true });
});

async function tell(path: string, body: object): Promise<void> {
  const answer = await fetch(`${simulator.url}/stargame/control/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });
  expect(answer.status, await answer.text()).toBeLessThan(300);
}

const play = (rounds: number) => tell('play', { uid: UID, rounds, betUnits: String(BET_UNITS) });

async function cashUnits(): Promise<number> {
  const answer = await fetch(`${adapter.url}/stargame/1890/notify?cmd=getBalance&uid=${UID}`);
  return ((await answer.json()) as { cash: number }).cash;
}

async function visit(name: string): Promise<{ page: Page; errors: string[] }> {
  const { page, errors } = await browser.newPage();
  await logIn(page, jobs.url, name, PASSWORD);
  await page.getByRole('link', { name: 'Reconciliation', exact: true }).click();
  return { page, errors };
}

const matched = (page: Page) => page.locator('#coverage dl div', { hasText: /^matched\d/ }).locator('dd');
const discrepancies = (page: Page) => page.locator('#list tbody tr');

test('a debit whose spin was never played is found, proposed by one person, approved by another, and paid back', async () => {
  const jane = await visit('jane');
  await play(3);
  // So near to the beginning of a terminal's logs nothing is said of debits without a record.
  await until('the first spins are matched', async () => (await matched(jane.page).textContent()) === '3');
  await tell('faults', { operation: 'play', kind: 'skip_spin', count: 1 });
  await play(1);
  await play(3);

  const row = discrepancies(jane.page).filter({ hasText: 'debit without a spin' });
  await until('it is found', async () => (await row.count()) === 1);
  expect(await row.textContent()).toContain('2.50 RUB');
  expect(await row.textContent()).toContain('1890 / 117');
  expect(await jane.page.locator('#ages').textContent()).toContain('2.50 RUB');
  await row.getByRole('link').click();
  const detail = jane.page.locator('#detail');
  await detail.getByText('Our ledger').waitFor();
  // The one that it is about is marked, among those around it, on our side alone.
  expect(await detail.locator('.it').count()).toBe(1);
  await jane.page.getByLabel('Why').fill('the game server did not play it');
  await jane.page.getByRole('button', { name: 'Propose' }).click();
  await detail.getByText('Somebody else has to approve it.').waitFor();
  expect(await jane.page.getByRole('button', { name: 'Approve' }).count()).toBe(0);

  const john = await visit('john');
  await john.page.locator('#list').getByText('cancel proposed by jane').waitFor();
  await discrepancies(john.page).getByRole('link').click();
  const unitsBefore = await cashUnits();
  await john.page.getByRole('button', { name: 'Approve' }).click();
  await until('the stake is back', async () => (await cashUnits()) === unitsBefore + BET_UNITS);
  await john.page.getByLabel('all', { exact: true }).check();
  await john.page.locator('#list').getByText('corrected').waitFor();
  await john.page.goto(jobs.url);
  await john.page.locator('#audit tbody tr', { hasText: 'reconcile.approve' }).filter({ hasText: 'john' }).waitFor();
  await john.page.locator('#audit tbody tr', { hasText: 'reconcile.propose' }).filter({ hasText: 'jane' }).waitFor();
  expect([...jane.errors, ...john.errors]).toEqual([]);
});

test('coverage says how far the logs are read and matched', async () => {
  const { page } = await visit('jane');
  await until('all six spins are matched', async () => (await matched(page).textContent()) === '6');
  const harvested = page.locator('#coverage dl div', { hasText: 'harvested until' }).locator('dd');
  expect(await harvested.textContent()).toMatch(/\d\d:\d\d:\d\d .* ago/);
});

test('nobody approves what they proposed, by no way; and a decision needs what it is about', async () => {
  await tell('faults', { operation: 'play', kind: 'skip_spin', count: 1 });
  await play(2);
  const client = new Client(jobs.url);
  expect((await client.logIn('jane', PASSWORD)).status).toBe(303);
  type Listed = { discrepancies: { id: string; state: string }[] };
  const open = async () =>
    ((await (await client.get('/api/reconciliation?state=open')).json()) as Listed).discrepancies[0];
  await until('it is found', async () => (await open()) !== undefined);
  const id = (await open())?.id ?? '';
  const change = (what: string, body: object) => client.change('POST', `/api/reconciliation/${what}`, body);
  expect((await change('propose', { id, resolution: 'credit', note: 'x' })).status).toBe(409);
  expect((await change('propose', { id, resolution: 'planet', note: 'x' })).status).toBe(400);
  expect((await change('propose', { id: '1e3', resolution: 'cancel', note: 'x' })).status).toBe(400);
  expect((await change('propose', { id: '999999', resolution: 'cancel', note: 'x' })).status).toBe(404);
  expect((await change('approve', { id, resolution: 'cancel' })).status).toBe(409);
  expect((await change('propose', { id, resolution: 'cancel', note: 'x' })).status).toBe(200);
  expect((await change('approve', { id, resolution: 'cancel' })).status).toBe(409);
  expect((await change('reject', { id, note: 'not so' })).status).toBe(200);
  expect((await open())?.id).toBe(id);
});

test.each([
  ['a phone', { width: 390, height: 844 }],
  ['a desktop', { width: 1280, height: 900 }],
])('nothing is pushed sideways on %s', async (_, viewport) => {
  const { page, errors } = await browser.newPage({ viewport });
  await logIn(page, jobs.url, 'jane', PASSWORD);
  await page.goto(`${jobs.url}/reconciliation`);
  await discrepancies(page).first().getByRole('link').click();
  await page.locator('#detail').getByText('Our ledger').waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
  expect(errors).toEqual([]);
});
