import type { FrameLocator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { MoneyService } from '../../src/gen/wallet/v1/money_pb.ts';
import { PlayerService } from '../../src/gen/wallet/v1/players_pb.ts';
import { demoGames } from '../../src/simulator/platform/games.ts';
import { launchBrowser, type TestBrowser } from '../dashboard/browser.ts';
import { until } from '../jobs/until.ts';
import { createLobbyWorld, demoGame, type LobbyWorld, OPERATOR, tokenFor } from './world.ts';

const PAGE_MAX_BYTES = 300_000;
const GAMES = 5_000;
/** Of PLATFORM, for desktops and for phones, for money and for fun. */
const TITLE = demoGame({ twin: true }).desktop.title;
const PHONE = { viewport: { width: 390, height: 844 }, isMobile: true, hasTouch: true };

let world: LobbyWorld;
let browser: TestBrowser;

beforeAll(async () => {
  const more = Array.from({ length: GAMES }, (_, index) => ({
    id: 100_000 + index,
    title: `Number ${String(index).padStart(4, '0')}`,
    vendor: `studio ${index % 40}`,
  }));
  [world, browser] = await Promise.all([
    createLobbyWorld({
      prepare: ({ platform }) => platform.state.setGames(OPERATOR, [...demoGames(), ...more]),
      games: GAMES,
    }),
    launchBrowser(),
  ]);
});

afterAll(async () => {
  await browser[Symbol.asyncDispose]();
  await world[Symbol.asyncDispose]();
});

const isPicture = (url: string): boolean => /\/pictures\/|\/icon\//.test(url);

let players = 0;

/** A new player with this much, in the lobby. */
async function enter(
  page: Page,
  balanceUnits: bigint,
  ttlSeconds = 600,
): Promise<{ operatorId: string; userId: string }> {
  players += 1;
  const player = { operatorId: OPERATOR, userId: `player-${players}` };
  const person = { ...player, userName: 'jane', displayName: 'Jane', country: 'Malta', currencyCode: 'EUR' };
  await world.call(PlayerService.method.createPlayer, person);
  if (balanceUnits > 0n) {
    const deposit = { ...player, transactionId: `deposit-${players}`, amountUnits: balanceUnits };
    await world.call(MoneyService.method.deposit, deposit);
  }
  await page.goto(`${world.url}?token=${await tokenFor(player.userId, ttlSeconds)}`);
  expect(page.url()).toBe(world.url);
  return player;
}

/** Searches for the game, and presses its button. */
async function open(page: Page, title: string, how: 'Play' | 'For fun'): Promise<void> {
  await page.getByPlaceholder('Search games').fill(title);
  await page.getByRole('button', { name: `${how}: ${title}`, exact: true }).click();
}

const game = (page: Page): FrameLocator => page.frameLocator('#stage iframe');
const balance = (page: Page) => page.locator('#balance');

const booked = async (player: { operatorId: string; userId: string }): Promise<bigint> =>
  (await world.call(MoneyService.method.getBalance, player)).balanceUnits;

test('a guest plays for fun: nobody has to be known, and nothing is asked of the wallet', async () => {
  const { page, errors } = await browser.newPage();
  await page.goto(world.url);
  await open(page, TITLE, 'For fun');
  await game(page).locator('#spin').click();
  await until('the spin is lost', async () => (await game(page).locator('#balance').textContent())?.startsWith('999.'));
  await page.getByText('For fun', { exact: true }).first().waitFor();
  expect(await page.locator('#window-balance').isVisible()).toBe(false);
  await page.getByRole('button', { name: 'Close the game' }).click();
  await page.locator('#stage iframe').waitFor({ state: 'detached' });
  expect(errors).toEqual([]);
});

test('a guest who wants to play for real becomes a demo player, spins, and sees the money move', async () => {
  const { page, errors } = await browser.newPage();
  await page.goto(world.url);
  await open(page, TITLE, 'Play');
  await page.getByRole('heading', { name: 'Log in to play for real' }).waitFor();
  await page.getByRole('button', { name: 'Play as player_17' }).click();
  await balance(page).getByText('100.00 EUR').waitFor();

  await open(page, TITLE, 'Play');
  await page.getByText('Real money').waitFor();
  const frame = game(page);
  await until(
    'the game knows the balance',
    async () => (await frame.locator('#balance').textContent()) === '100.00 EUR',
  );
  await frame.locator('#spin').click();
  await until(
    'the bet is gone from the game',
    async () => (await frame.locator('#balance').textContent()) !== '100.00 EUR',
  );
  const left = (await frame.locator('#balance').textContent()) ?? '';
  await page.locator('#window-balance', { hasText: left }).waitFor();
  await page.getByRole('button', { name: 'Close the game' }).click();
  await balance(page).getByText(left).waitFor();
  const units = await booked({ operatorId: OPERATOR, userId: '17' });
  expect(`${units / 100n}.${String(units % 100n).padStart(2, '0')} EUR`).toBe(left);
  expect(units).toBeLessThan(10_000n);
  expect(errors).toEqual([]);
});

test('money that comes from elsewhere is seen without a click', async () => {
  const { page } = await browser.newPage();
  const player = await enter(page, 123_456n);
  await balance(page).getByText('1,234.56 EUR').waitFor();
  await world.call(MoneyService.method.deposit, { ...player, transactionId: 'more', amountUnits: 100n });
  await balance(page).getByText('1,235.56 EUR').waitFor();
});

test('without enough money the bet is refused, and the balance stays', async () => {
  const { page } = await browser.newPage();
  const player = await enter(page, 5n);
  await open(page, TITLE, 'Play');
  const before = await game(page).locator('#message').textContent();
  await game(page).locator('#spin').click();
  await game(page).locator('#message.bad').waitFor();
  expect(await game(page).locator('#message').textContent()).not.toBe(before);
  await page.locator('#window-balance', { hasText: '0.05 EUR' }).waitFor();
  expect(await booked(player)).toBe(5n);
});

test('a session that ends is told, and leads back', async () => {
  const { page } = await browser.newPage();
  await enter(page, 1_000n, 4);
  await balance(page).getByText('10.00 EUR').waitFor();
  await page.getByRole('heading', { name: 'Your session has ended' }).waitFor();
  await page.getByRole('button', { name: 'Go on as a guest' }).click();
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  expect(await balance(page).count()).toBe(0);
});

test('a player whom the wallet does not know is led out, and not round in circles', async () => {
  const { page } = await browser.newPage();
  await page.goto(`${world.url}?token=${await tokenFor('nobody')}`);
  await page.getByRole('button', { name: 'Go on as a guest' }).click();
  await page.getByRole('button', { name: 'Log in' }).waitFor();
});

test('a link that is too old is told, and leaves a guest', async () => {
  const { page } = await browser.newPage();
  await page.goto(`${world.url}?token=${await tokenFor('17', -5)}`);
  await page.getByText('This link has expired or is not valid').waitFor();
  await page.getByRole('button', { name: 'Log in' }).waitFor();
  expect(page.url()).toBe(world.url);
});

test('only the open game is heard, and only while it is at the origin that was launched', async () => {
  const { page } = await browser.newPage();
  await enter(page, 1_000n);
  await open(page, TITLE, 'Play');
  await game(page).locator('#spin').waitFor();
  const origin = new URL(world.simulator.platformUrl).origin;
  // The same server under another name is another origin.
  const elsewhere = origin.replace('127.0.0.1', 'localhost');
  const frames = () => page.frames().filter((frame) => frame !== page.mainFrame());
  /** Counts what the page has been told, so that what is ignored has arrived before anybody looks. */
  await page.evaluate("window.told = 0; addEventListener('message', () => { window.told += 1; })");
  const told = async (count: number): Promise<void> =>
    void (await until(`${count} messages came`, async () => (await page.evaluate('window.told')) === count));
  const isOpen = (): Promise<boolean> => page.locator('#stage iframe').isVisible();

  await page.evaluate("postMessage({ msg: 'closeGame' }, '*')");
  await told(1);
  expect(await isOpen()).toBe(true);

  // Another frame of the game's own origin.
  await page.evaluate(
    `document.body.append(Object.assign(document.createElement('iframe'), { src: '${origin}/healthz' }))`,
  );
  const other = await until('there is another frame', async () =>
    frames().find((frame) => frame.url().endsWith('/healthz')),
  );
  await other.evaluate("parent.postMessage({ msg: 'closeGame' }, '*')");
  await told(2);
  expect(await isOpen()).toBe(true);

  // The game's frame, at another origin.
  const [frame] = frames();
  const launched = frame?.url() ?? '';
  await frame?.goto(`${elsewhere}/healthz`);
  await frame?.evaluate("parent.postMessage({ msg: 'panic', url: 'https://evil.example/' }, '*')");
  await frame?.evaluate("parent.postMessage({ msg: 'closeGame' }, '*')");
  await told(4);
  expect(await isOpen()).toBe(true);
  expect(page.url()).toBe(world.url);

  await frame?.goto(`${origin}/healthz`);
  await frame?.evaluate("parent.postMessage({ msg: 'closeGame' }, '*')");
  await page.locator('#stage iframe').waitFor({ state: 'detached' });
  expect(launched.startsWith(origin)).toBe(true);
});

test("StarGame's closeGame closes the game, and its panic shows another page instead, which is never a script", async () => {
  const { page } = await browser.newPage();
  await page.goto(`${world.url}?token=${await tokenFor('117')}`);
  const category = page.getByRole('combobox', { name: 'Provider' });
  await until(
    'there are StarGame’s games',
    async () => (await category.locator('option', { hasText: 'StarGame' }).count()) > 0,
  );
  const say = async (message: string): Promise<void> => {
    await category.selectOption('vendor:StarGame');
    await page
      .getByRole('button', { name: /^Play: / })
      .first()
      .click();
    await game(page).locator('#spin').waitFor();
    await page.frames().at(-1)?.evaluate(`parent.postMessage(${message}, '*')`);
  };
  await say("{ msg: 'closeGame' }");
  await page.locator('#stage iframe').waitFor({ state: 'detached' });
  await say("{ msg: 'panic', url: 'javascript:document.title=1' }");
  await page.locator('#stage iframe').waitFor({ state: 'detached' });
  expect(await page.title()).toBe('Example Casino · Games');
  const elsewhere = `${new URL(world.simulator.platformUrl).origin}/healthz`;
  await say(`{ msg: 'panic', url: '${elsewhere}' }`);
  await page.waitForURL(elsewhere);
});

test("a game's way home closes it, in its frame as in a window of its own", async () => {
  const { page } = await browser.newPage();
  await enter(page, 1_000n);
  await open(page, TITLE, 'Play');
  await game(page).locator('#home').click();
  await page.locator('#stage iframe').waitFor({ state: 'detached' });
  // As a game would do that knows of no messages.
  await open(page, TITLE, 'Play');
  await game(page).locator('#spin').waitFor();
  await page
    .frames()
    .at(-1)
    ?.goto(`${world.url}/home`)
    .catch(() => null);
  await page.locator('#stage iframe').waitFor({ state: 'detached' });
  await page.goto(`${world.url}/home`);
  await page.waitForURL(world.url);
});

test('on a phone a game is never framed', async () => {
  const { page, errors } = await browser.newPage(PHONE);
  await enter(page, 1_000n);
  await open(page, TITLE, 'Play');
  await page.waitForURL(/mode=real/);
  const launched = new URL(page.url());
  expect(launched.origin).toBe(new URL(world.simulator.platformUrl).origin);
  expect(launched.searchParams.get('device')).toBe('mobile');
  await page.locator('#home').click();
  await page.waitForURL(world.url);
  await balance(page).getByText('10.00 EUR').waitFor();
  expect(errors).toEqual([]);
});

test('live168 opens in a tab of its own, which knows nothing of the lobby', async () => {
  const { page, context } = await browser.newPage();
  await enter(page, 1_000n);
  const opened = context.waitForEvent('page');
  await open(page, 'Live168 lobby', 'Play');
  const tab = await opened;
  await tab.waitForURL(/lobby_id=live168/);
  expect(await tab.evaluate('window.opener')).toBe(null);
  expect(await page.locator('#stage iframe').count()).toBe(0);
});

test('5,000 games: little is sent before the pictures, and those alone that come into view', async () => {
  const { page, requests, errors } = await browser.newPage();
  await page.goto(world.url);
  await page.locator('.card .about').first().waitFor();
  await page.getByText(/^5,\d{3} games$/).waitFor();
  const pictures = (): string[] => requests.filter(isPicture);
  await until('the pictures in view are there', async () => (await page.locator('.tile img.here').count()) > 0);
  const bytes = await page.evaluate(
    `performance.getEntries().filter(({ name }) => !/pictures|icon/.test(name)).reduce((sum, { transferSize = 0 }) => sum + transferSize, 0)`,
  );
  expect(bytes).toBeGreaterThan(10_000);
  expect(bytes).toBeLessThan(PAGE_MAX_BYTES);
  expect(await page.evaluate("performance.getEntriesByName('first-contentful-paint').length")).toBe(1);

  const cards = await page.locator('.card').count();
  expect(pictures().length).toBeLessThan(cards);
  const inView = pictures().length;
  const far = page.locator('.card').nth(58);
  const missing = far.locator('img:not([src])');
  expect(await missing.count()).toBe(1);
  await far.scrollIntoViewIfNeeded();
  await until('its picture is asked for', async () => (await missing.count()) === 0 && pictures().length > inView);
  await until('the next page is there', async () => (await page.locator('.card').count()) > 100);
  expect(requests.filter((url) => !url.startsWith(world.url) && !isPicture(url))).toEqual([]);
  expect(errors).toEqual([]);
});

test.each([
  ['a phone', { ...PHONE }],
  ['a small phone', { ...PHONE, viewport: { width: 320, height: 640 } }],
  ['a desktop', { viewport: { width: 1280, height: 900 } }],
])('nothing is pushed sideways on %s', async (_, options) => {
  const { page } = await browser.newPage(options);
  await enter(page, 123_456_789n);
  await page.locator('.card .about').first().waitFor();
  await balance(page).getByText('1,234,567.89 EUR').waitFor();
  expect(
    await page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth'),
  ).toBeLessThanOrEqual(0);
});

test('by keyboard alone: a category, a game, and out of it with the focus where it was', async () => {
  const { page } = await browser.newPage();
  await enter(page, 1_000n);
  const chip = page.getByRole('button', { name: /^Slots/ });
  await chip.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Slots' }).waitFor();
  expect(await chip.getAttribute('aria-pressed')).toBe('true');
  await page.getByPlaceholder('Search games').fill(TITLE);
  await page.getByText(/^1 game$/).waitFor();
  const play = page.getByRole('button', { name: `For fun: ${TITLE}` });
  await play.focus();
  await page.keyboard.press('Enter');
  await page.locator('#stage iframe').waitFor();
  expect(await page.evaluate("document.activeElement?.closest('dialog')?.id")).toBe('window');
  await page.keyboard.press('Escape');
  await page.locator('#stage iframe').waitFor({ state: 'detached' });
  expect(await page.evaluate("document.activeElement?.getAttribute('aria-label')")).toBe(`For fun: ${TITLE}`);
});

test('on a phone nothing is wider than the screen, however much there is to say', async () => {
  const { page, errors } = await browser.newPage(PHONE);
  const player = { operatorId: OPERATOR, userId: 'rich' };
  const displayName = 'Maximiliane Alexandra von und zu Hohenstein-Sigmaringen';
  await world.call(PlayerService.method.createPlayer, {
    ...player,
    userName: 'rich',
    displayName,
    country: 'Malta',
    currencyCode: 'EUR',
  });
  await world.call(MoneyService.method.deposit, { ...player, transactionId: 'rich', amountUnits: 123_456_789_012n });
  const ways = { homeUrl: 'https://casino.example/', depositUrl: 'https://casino.example/pay' };
  await page.goto(`${world.url}?token=${await tokenFor('rich', 600, ways)}`);
  await balance(page).getByText('1,234,567,890.12 EUR').waitFor();
  const width = (): Promise<number> => page.evaluate<number>('document.documentElement.scrollWidth');
  expect(await width()).toBe(PHONE.viewport.width);
  await page.getByPlaceholder('Search games').fill('x'.repeat(80));
  await page.getByText('No game matches').waitFor();
  expect(await width()).toBe(PHONE.viewport.width);
  expect(errors).toEqual([]);
});

test('who chooses a category with the keyboard stays where they are', async () => {
  const { page } = await browser.newPage();
  await page.goto(world.url);
  const chip = page.locator('.chip[data-category="lobbies"]');
  await chip.focus();
  await page.keyboard.press('Enter');
  await page.getByRole('heading', { name: 'Live lobbies' }).waitFor();
  expect(await page.locator('.chip[data-category="lobbies"]:focus').count()).toBe(1);
});
