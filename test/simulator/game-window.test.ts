import { afterAll, beforeAll, expect, test } from 'vitest';
import { decimalText } from '../../src/simulator/decimal.ts';
import { launchBrowser, type TestBrowser } from '../dashboard/browser.ts';
import { type Listener, listen, startWorld, type World } from './world.ts';

let world: World;
let browser: TestBrowser;
/** The casino's own page, with the game in a frame, and what the game told it. */
let casino: Listener;
beforeAll(async () => {
  world = await startWorld();
  browser = await launchBrowser();
  casino = await listen(({ url }, response) => {
    const game = url.searchParams.get('game') ?? '';
    response.setHeader('content-type', 'text/html');
    response.end(`<!DOCTYPE html><link rel="icon" href="data:,"><iframe src="${game.replaceAll('&', '&amp;')}"></iframe>
<script>window.told = []; addEventListener('message', ({ data }) => window.told.push(data));</script>`);
  });
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await casino.stop();
  await world.stop();
});

function gameUrl(): string {
  const { sessionId, key1, key2 } = world.simulator.stargame.state.openSession(world.terminal);
  return `${world.url}/showgame?gameid=206&sid=${sessionId}&key1=${key1}&key2=${key2}&lang=en`;
}

const shown = (): string => `${decimalText(world.terminal.balanceUnits)} RUB`;

test('a launched game is played: each click is one round, and nothing is asked of anybody else', async () => {
  const { page, requests, errors } = await browser.newPage();
  await page.goto(gameUrl());
  await expect.poll(() => page.textContent('#balance')).toBe(shown());
  const before = world.terminal.logs.length;
  for (const rounds of [1, 2]) {
    await page.click('#spin:enabled');
    await expect.poll(() => world.terminal.logs.length).toBe(before + rounds);
    await expect.poll(() => page.textContent('#balance')).toBe(shown());
  }
  expect(errors).toEqual([]);
  const others = requests.filter((url) => !url.startsWith(new URL(world.url).origin));
  expect(others).toEqual([]);
});

test('in a frame it tells the page around it of the balance and of the end', async () => {
  const { page } = await browser.newPage();
  await page.goto(`${casino.url}/?game=${encodeURIComponent(gameUrl())}`);
  const game = page.frameLocator('iframe');
  await game.locator('#spin').click();
  await game.locator('#spin:enabled').waitFor();
  await game.locator('#cashout').click();
  const told = () => page.evaluate('window.told');
  const balance = { msg: 'balanceChange', amount: decimalText(world.terminal.balanceUnits) };
  await expect.poll(told).toEqual([balance, { msg: 'closeGame' }]);
});

test('a session that was closed meanwhile is told to the player', async () => {
  const { page } = await browser.newPage();
  await page.goto(gameUrl());
  world.simulator.stargame.state.closeSession(world.terminal);
  await page.click('#spin');
  await expect.poll(() => page.textContent('#message')).toBe('The session is closed.');
});
