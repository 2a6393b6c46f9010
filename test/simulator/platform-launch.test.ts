import type { Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { decimalText } from '../../src/simulator/decimal.ts';
import { launchBrowser, type TestBrowser } from '../dashboard/browser.ts';
import { type PlatformWorld, type Player, startPlatformWorld } from './platform-world.ts';
import { type Listener, listen } from './world.ts';

/** Losses, unless a test says otherwise; 0.2 of a draw is a win of 1.2 bets. */
const LOSS = 0.999;
let drawn = LOSS;
let world: PlatformWorld;
let browser: TestBrowser;
/** The casino's own page, with the game in a frame, and what the game told it. */
let casino: Listener;
let operatorId: string;
let player: Player;
beforeAll(async () => {
  world = await startPlatformWorld({ random: () => drawn });
  browser = await launchBrowser();
  operatorId = await world.addOperator();
  casino = await listen(({ url }, response) => {
    const game = url.searchParams.get('game') ?? '';
    response.setHeader('content-type', 'text/html');
    response.end(`<!DOCTYPE html><link rel="icon" href="data:,"><title>Casino</title><iframe src="${game.replaceAll('&', '&amp;')}"></iframe>
<script>window.told = []; addEventListener('message', ({ data, origin }) => window.told.push([data, origin]));</script>`);
  });
});
afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await casino.stop();
  await world.stop();
});
beforeEach(async () => {
  drawn = LOSS;
  player = await world.addPlayer(operatorId, 1_000n);
});

function launchUrl(parameters: Record<string, string>): string {
  return `${world.simulator.platformUrl}/launch/?${new URLSearchParams({ operator_id: operatorId, language: 'en', ...parameters })}`;
}

const realUrl = (more: Record<string, string> = {}): string =>
  launchUrl({ mode: 'real', game_id: '200', token: player.token, currency: 'EUR', ...more });

const shown = async (page: Page, id: string): Promise<string | null> => page.textContent(`#${id}`);

describe('a launch that is wrong gets a page that says so', () => {
  const token = 'IfpdCsglTNR4xuFH0ijZ';
  const real = { mode: 'real', game_id: '200', token, currency: 'EUR' };
  test.each<[string, Record<string, string>, number]>([
    ['mode', { ...real, mode: 'demo' }, 400],
    ['game_id', { mode: 'real', token, currency: 'EUR' }, 400],
    ['game_id', { ...real, game_id: '1234567' }, 400],
    ['token', { ...real, token: 'short' }, 400],
    ['token', { ...real, token: `${'a'.repeat(20)}|` }, 400],
    ['currency', { mode: 'real', game_id: '200', token }, 400],
    ['language', { ...real, language: 'english' }, 400],
    ['device', { ...real, device: 'tv' }, 400],
    ['home_url', { ...real, home_url: 'javascript:alert(1)' }, 400],
    ['deposit_url', { ...real, deposit_url: `https://a/${'x'.repeat(500)}` }, 400],
    ['group', { ...real, group: 'a b' }, 400],
    ['clientName', { ...real, clientName: 'x'.repeat(15) }, 400],
    ['operator_id', { ...real, operator_id: 'nobody' }, 403],
    ['session has expired', real, 403],
    ['your currency', { ...real, currency: 'GBP' }, 404],
    ['not available', { ...real, game_id: '999' }, 404],
    ['not available', { mode: 'real', lobby_id: 'nowhere', token, currency: 'EUR' }, 404],
    ['no demo mode', { mode: 'fun', game_id: '240' }, 404],
  ])('%s', async (named, parameters, status) => {
    const response = await fetch(launchUrl(parameters));
    const html = await response.text();
    expect([response.status, html]).toEqual([status, expect.stringContaining(named)]);
    expect(html).not.toContain(token);
  });

  test('a session that is closed: the player is told why, and led home', async () => {
    await world.closeSession(player);
    const { page } = await browser.newPage();
    await page.goto(realUrl({ home_url: casino.url }));
    expect(await shown(page, 'message')).toBe('Your session has expired. Please open the game again.');
    expect(await page.getAttribute('#home', 'href')).toBe(casino.url);
  });
});

test('real mode: each click is one round at the operator, and nothing is asked of anybody else', async () => {
  const { page, requests, errors } = await browser.newPage();
  await page.goto(realUrl({ home_url: `${casino.url}/lobby`, deposit_url: `${casino.url}/cashier` }));
  expect([await shown(page, 'balance'), await page.title()]).toEqual(['10.00 EUR', 'Golden Lynx']);
  for (const [bet, draw, units, message] of [
    ['1.00', LOSS, 900n, 'No luck this time'],
    ['2.00', 0.2, 940n, 'Win 2.40'],
  ] as const) {
    drawn = draw;
    await page.selectOption('#bet', bet);
    await page.click('#spin');
    await expect.poll(() => shown(page, 'message')).toBe(message);
    await expect.poll(() => shown(page, 'balance')).toBe(`${decimalText(units)} EUR`);
    expect(await world.balanceUnits(player)).toBe(units);
  }
  const links = await page.$$eval('nav a', (all) =>
    all.map((link) => [link.id, link.getAttribute('href'), link.getAttribute('target')]),
  );
  expect(links).toEqual([
    ['home', `${casino.url}/lobby`, '_top'],
    ['deposit', `${casino.url}/cashier`, '_top'],
  ]);
  expect(errors).toEqual([]);
  expect(requests.filter((url) => !url.startsWith(world.simulator.platformUrl))).toEqual([]);
});

test('what the operator refuses is told: too little money, a disabled game, a session that ends meanwhile', async () => {
  const { page } = await browser.newPage();
  await page.goto(realUrl());
  const spin = async (bet: string, message: string): Promise<void> => {
    await page.selectOption('#bet', bet);
    await page.click('#spin');
    await expect.poll(() => shown(page, 'message')).toBe(message);
  };
  await spin('25.00', 'Your balance is too low for this bet');
  await world.disableGame('200', false);
  await spin('1.00', 'This game is closed at the moment');
  await world.disableGame('200', true);
  await spin('1.00', 'No luck this time');
  expect(await shown(page, 'balance')).toBe('9.00 EUR');
  await world.closeSession(player);
  await spin('1.00', 'Your session has expired. Please open the game again.');
  expect(await page.isDisabled('#spin')).toBe(true);
  expect(await world.balanceUnits(player)).toBe(900n);
});

test('a lost answer: the player is told, and has the bet back', async () => {
  const { page } = await browser.newPage();
  await page.goto(realUrl());
  world.simulator.platform.faults.add({ operation: 'play', kind: 'lose_answer', count: 1 });
  await page.click('#spin');
  await expect.poll(() => shown(page, 'message')).toBe('The round was canceled, and your bet returned');
  await expect.poll(() => world.balanceUnits(player)).toBe(1_000n);
  await page.context().setOffline(true);
  await page.click('#spin:enabled');
  await expect.poll(() => shown(page, 'message')).toBe('The connection was lost. Please try again.');
});

test('fun mode: play credits, and the operator is never asked', async () => {
  const operator = await listen((_request, response) => response.end());
  world.simulator.platform.state.addOperator({ operatorId: 'funcasino', secret: 'x', adapterUrl: operator.url });
  const { page, errors } = await browser.newPage();
  await page.goto(
    launchUrl({ operator_id: 'funcasino', mode: 'fun', game_id: '200', lobby_url: casino.url, language: 'ru-RU' }),
  );
  expect([await shown(page, 'balance'), await shown(page, 'spin')]).toEqual(['1000.00 FUN', 'Крутить']);
  await page.click('#spin');
  await expect.poll(() => shown(page, 'balance')).toBe('999.00 FUN');
  expect(await page.getAttribute('#home', 'href')).toBe(casino.url);
  expect([operator.requests, errors]).toEqual([[], []]);
  await operator.stop();
});

test('a lobby: its tables, each played with the same token', async () => {
  const { page, errors } = await browser.newPage();
  await page.goto(
    launchUrl({
      mode: 'real',
      lobby_id: 'evolution_game_shows',
      token: player.token,
      currency: 'EUR',
      device: 'mobile',
    }),
  );
  const tables = await page.locator('#tables a').allTextContents();
  expect(tables).toEqual(['Live Roulette', 'Speed Baccarat', 'Wheel of Wonders']);
  await page.click('text=Speed Baccarat');
  await page.click('#spin');
  await expect.poll(() => shown(page, 'balance')).toBe('9.00 EUR');
  expect(await world.balanceUnits(player)).toBe(900n);
  await page.goBack();
  await page.click('text=Live Roulette');
  await expect.poll(() => shown(page, 'balance')).toBe('9.00 EUR');
  expect(errors).toEqual([]);
});

test('in a frame it tells the page around it, and only that one, of the balance and of the end', async () => {
  const { page } = await browser.newPage();
  const told = () => page.evaluate('window.told');
  const origin = new URL(world.simulator.platformUrl).origin;
  await page.goto(`${casino.url}/?game=${encodeURIComponent(realUrl({ home_url: `${casino.url}/lobby` }))}`);
  const game = page.frameLocator('iframe');
  await game.locator('#spin').click();
  await expect.poll(told).toEqual([[{ type: 'balanceChanged' }, origin]]);
  await game.locator('#home').click();
  await expect.poll(told).toEqual([
    [{ type: 'balanceChanged' }, origin],
    [{ type: 'closeGame' }, origin],
  ]);

  player = await world.addPlayer(operatorId, 1_000n);
  await page.goto(`${casino.url}/?game=${encodeURIComponent(realUrl({ home_url: 'https://elsewhere.example/' }))}`);
  await game.locator('#spin').click();
  await expect.poll(() => game.locator('#balance').textContent()).toBe('9.00 EUR');
  expect(await told()).toEqual([]);
});

test('it fits a phone, and works without a mouse', async () => {
  const { page } = await browser.newPage({ viewport: { width: 320, height: 568 } });
  await page.goto(realUrl({ device: 'mobile', home_url: casino.url, deposit_url: casino.url }));
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320);
  await page.focus('#spin');
  await page.keyboard.press('Enter');
  await expect.poll(() => shown(page, 'balance')).toBe('9.00 EUR');
  expect(await page.evaluate('document.activeElement.id')).toBe('spin');
});

test('two clicks at once are one round', async () => {
  const html = await (await fetch(realUrl())).text();
  const session = /"session":"([\w-]+)"/.exec(html)?.[1];
  const spin = async (bet: string): Promise<{ message: string; status: string }> => {
    const response = await fetch(`${world.simulator.platformUrl}/launch/spin`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ session, gameId: 200, bet }),
    });
    return (await response.json()) as { message: string; status: string };
  };
  world.simulator.platform.faults.add({ operation: 'play', kind: 'slow', ms: 500, count: 1 });
  const both = await Promise.all([spin('1.00'), spin('1.00')]);
  expect(both.map(({ status }) => status).sort()).toEqual(['not_played', 'played']);
  expect((await spin('0.33')).message).toBe('The bet was not taken');
  expect(await world.balanceUnits(player)).toBe(900n);
});

test("a picture of each type of game is one that a browser can show, whatever the game's title", async () => {
  const odd = await world.addOperator();
  world.simulator.platform.state.setGames(odd, [
    { id: 9_001, title: '<b>"Кот & Co"</b> with a title that is much too long' },
  ]);
  const { page } = await browser.newPage();
  const ids = [1, 200, 240, 300, 320, 9_001];
  const urls = ids.map((id) => `${world.simulator.platformUrl}/pictures/games/300x300/${id}.svg`);
  await page.setContent(urls.map((url) => `<img src="${url}" width="150">`).join(''), { waitUntil: 'load' });
  expect(await page.$$eval('img', (all) => all.map((image) => image.naturalWidth > 0))).toEqual(ids.map(() => true));
});
