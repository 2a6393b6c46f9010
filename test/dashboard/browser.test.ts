import type { Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MoneyService } from '../../src/gen/wallet/v1/money_pb.ts';
import { PlayerService } from '../../src/gen/wallet/v1/players_pb.ts';
import { until } from '../jobs/until.ts';
import { launchBrowser, type TestBrowser } from './browser.ts';
import { logIn } from './login.ts';
import { createWorld, type World } from './world.ts';

const PAGE_MAX_BYTES = 300_000;

let world: World;
let browser: TestBrowser;

beforeAll(async () => {
  [world, browser] = await Promise.all([createWorld(), launchBrowser()]);
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

let nextId = 1;

/** Sends a BET of 0.01 as PLATFORM does, and gives the status or error code of its answer. */
async function bet(): Promise<string> {
  const id = nextId++;
  const answer = await world.platform.send(
    'changebalance',
    `{"token":"eqkB1WoKQCvjrvV6taJRN","user_id":"611","transaction_type":"BET","transaction_id":${id},"round_id":${id},` +
      `"round_finished":false,"game_id":200,"currency_code":"EUR","amount":0.01,` +
      `"transaction_timestamp":"2026-11-20 12:00:00","context":{"reason":"SPIN"}}`,
  );
  return String(answer.response?.data.error_code ?? answer.response?.status);
}

const stargame = async (query: string): Promise<unknown> =>
  (await fetch(`${world.adapter.url}/stargame/1890/notify?uid=117&${query}`)).json();

const trail = (page: Page, action: string) => page.locator('#audit tbody tr', { hasText: action });

test('who logs in sees live numbers, and they move under load', async () => {
  const { page, errors } = await browser.newPage();
  await logIn(page, world.url);
  await page.getByText('All is well').waitFor();
  for (const name of ['adapter', 'wallet', 'jobs', 'MySQL', 'Redis']) {
    await page.locator('.tile[data-state="good"]', { hasText: name }).waitFor();
  }
  await page.getByText('no requests in the last minute').waitFor();

  await until('both commands are in the table, with a histogram each', async () => {
    expect(await bet()).toBe('OK');
    await stargame('cmd=getBalance');
    const rows = page.locator('#traffic tbody tr');
    return (
      (await rows.filter({ hasText: 'changebalance' }).count()) === 1 &&
      (await rows.filter({ hasText: 'getBalance' }).count()) === 1
    );
  });
  const shown = page.locator('#traffic-legend span', { hasText: 'PLATFORM' }).locator('b');
  await until('the rate moves', async () => {
    await bet();
    return Number(await shown.textContent()) > 0;
  });
  await page.locator('.histogram', { hasText: 'StarGame' }).locator('.column.budget').waitFor();
  await page.locator('.histogram', { hasText: 'PLATFORM' }).getByText('p99.9').waitFor();
  await page.locator('#traffic-chart canvas').waitFor();
  await until('the trail shows the login', async () => (await trail(page, 'login').count()) > 0);
  expect(errors).toEqual([]);
});

test('the page is small, is painted, and asks nobody else for anything', async () => {
  const { page, requests, errors } = await browser.newPage();
  await logIn(page, world.url);
  await page.locator('#traffic-chart canvas').waitFor();
  const bytes = await page.evaluate(
    `performance.getEntries().filter(({ name }) => !name.includes('/api/')).reduce((sum, { encodedBodySize = 0 }) => sum + encodedBodySize, 0)`,
  );
  expect(bytes).toBeGreaterThan(50_000);
  expect(bytes).toBeLessThan(PAGE_MAX_BYTES);
  expect(await page.evaluate("performance.getEntriesByName('first-contentful-paint').length")).toBe(1);

  await page.getByRole('link', { name: 'Queues', exact: true }).click();
  await page.getByText('round-close').first().waitFor();
  expect(requests.filter((url) => !url.startsWith(world.url))).toEqual([]);
  expect(errors).toEqual([]);
});

test.each([
  ['a phone', { width: 390, height: 844 }],
  ['a desktop', { width: 1280, height: 900 }],
])('nothing is pushed sideways on %s', async (_, viewport) => {
  const { page } = await browser.newPage({ viewport });
  await logIn(page, world.url);
  await page.locator('#queues tbody tr').first().waitFor();
  await page.locator('#audit tbody tr').first().waitFor();
  expect(await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth')).toBe(0);
});

test('the emergency stop is pressed and lifted: bets are refused in between, and the trail says by whom', async () => {
  const { page } = await browser.newPage();
  await logIn(page, world.url);
  expect(await bet()).toBe('OK');

  await page.getByRole('button', { name: 'Stop play…' }).click();
  const confirm = page.getByRole('button', { name: 'Stop play now' });
  expect(await confirm.isDisabled()).toBe(true);
  await page.getByLabel('Why').fill('a test of the emergency stop');
  await page.getByLabel('Type STOP to confirm').fill('stop');
  expect(await confirm.isDisabled()).toBe(true);
  await page.getByLabel('Type STOP to confirm').fill('STOP');
  await confirm.click();
  await page.locator('#headline', { hasText: 'All play is stopped' }).waitFor();
  expect(await bet()).toBe('OP_33');
  expect(await stargame('cmd=writeBet&bet=1&win=0')).toMatchObject({ status: 'fail' });

  await page.getByRole('button', { name: 'Lift the stop: All play' }).click();
  expect(await bet()).toBe('OP_33');
  await page.getByRole('button', { name: 'Lift the stop: All play' }).click();
  await page.getByText('none in force').waitFor();
  expect(await bet()).toBe('OK');
  await trail(page, 'stop.remove').filter({ hasText: 'ops' }).waitFor();
  await trail(page, 'stop.add').filter({ hasText: 'a test of the emergency stop' }).waitFor();
});

test('a stop of one operator names it', async () => {
  const { page } = await browser.newPage();
  await logIn(page, world.url);
  await page.getByRole('button', { name: 'Stop play…' }).click();
  await page.getByLabel('an operator').check();
  await page.getByLabel('Operator', { exact: true }).fill('examplecasino');
  await page.getByLabel('Why').fill('one operator');
  await page.getByLabel('Type STOP to confirm').fill('STOP');
  await page.getByRole('button', { name: 'Stop play now' }).click();
  await page.locator('#headline', { hasText: 'A stop is in force' }).waitFor();
  expect(await bet()).toBe('OP_33');
  const lift = page.getByRole('button', { name: 'Lift the stop: Operator examplecasino' });
  await lift.click();
  await lift.click();
  await page.getByText('none in force').waitFor();
});

test('a failed job is seen, and retried from the queues once its cause is gone', async () => {
  const player = { operatorId: 'examplecasino', userId: '4711' };
  await world.addJob('credit', 'win-4711', {
    ...player,
    provider: 'stargame',
    transactionId: 'win-4711',
    amountUnits: '250',
    winUnits: '0',
    context: '{}',
    requestId: 'r',
    why: 'a test',
    answeredAtMs: Date.now(),
  });
  const { page } = await browser.newPage();
  await logIn(page, world.url);
  await page.locator('#headline', { hasText: '1 job failed in credit' }).waitFor();
  await world.call(PlayerService.method.createPlayer, {
    ...player,
    userName: 'jane',
    country: 'Malta',
    currencyCode: 'EUR',
  });

  await page.getByRole('link', { name: '1 failed in credit' }).click();
  await page.getByText('win-4711').first().waitFor();
  // Its buttons are icons without a name: the first after the job's id tries it again.
  await page.getByText('win-4711').first().locator('xpath=following::button[1]').click();
  await page.getByText('retry this job?').waitFor();
  await page.getByRole('button', { name: 'Confirm' }).click();
  await until('the win is there', async () => {
    const { balanceUnits } = await world.call(MoneyService.method.getBalance, player);
    return balanceUnits === 250n;
  });
  await page.goto(world.url);
  await trail(page, 'job.retry').filter({ hasText: 'credit/win-4711' }).waitFor();
  await page.locator('#headline', { hasText: 'failed in credit' }).waitFor({ state: 'hidden' });
});

test('wrong password: told so, and nobody is in', async () => {
  const { page } = await browser.newPage();
  await page.goto(world.url);
  await page.getByLabel('Name').fill('ops');
  await page.getByLabel('Password').fill('wrong');
  await page.getByRole('button', { name: 'Log in' }).click();
  await page.getByText('Name or password is wrong.').waitFor();
  await page.goto(world.url);
  expect(new URL(page.url()).pathname).toBe('/login');
});

test('who logs out is out, also in a page that was left open', async () => {
  const { page, context } = await browser.newPage();
  await logIn(page, world.url);
  const left = await context.newPage();
  await left.goto(world.url);
  await page.getByRole('button', { name: 'Log out' }).click();
  await page.getByLabel('Password').waitFor();
  await left.getByText('Your session has ended.').waitFor();
});

test('what is broken is said: Redis goes and comes back, then the jobs process goes', async () => {
  const { page } = await browser.newPage();
  await logIn(page, world.url);
  await world.redis.kill();
  await page.locator('#headline', { hasText: 'Redis is down' }).waitFor();
  await page.getByText('not available: Redis is away').waitFor();
  await world.redis.restart();
  await page.locator('#headline', { hasText: 'Redis is down' }).waitFor({ state: 'hidden' });
  await page.locator('#queues tbody tr').first().waitFor();
  await world.jobs.kill('SIGSTOP');
  await page.getByText('No answer from the jobs process').waitFor();
  await world.jobs.kill('SIGCONT');
  await page.getByText('No answer from the jobs process').waitFor({ state: 'hidden' });
});
