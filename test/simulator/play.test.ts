import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { createRandom } from '../../src/simulator/random.ts';
import type { GameRecord } from '../../src/simulator/stargame/game-logs.ts';
import { drawWin, type Round } from '../../src/simulator/stargame/play.ts';
import type { Terminal } from '../../src/simulator/stargame/state.ts';
import { type Listener, listen, NOON_MS, startWorld, type World } from './world.ts';

/** Long enough that a busy machine is not taken for a silent casino; what is to be late says so itself. */
const NOTIFY_TIMEOUT_MS = 5_000;

let world: World;
let casino: Listener;
let terminal: Terminal;
/** The casino's books: the player's money, and how the next notifications are answered. */
let cash: number;
let answers: ('honest' | 'fail' | 'silence' | 'garbage')[];
/** What `random` gives next; 0.999 where there is nothing left: no win, and no question after the balance. */
let drawn: number[];

const WIN_TWICE = 0.15;

beforeEach(async () => {
  cash = 1000;
  answers = [];
  drawn = [];
  casino = await listen(({ url }, response) => answerNotification(url, response));
  world = await startWorld({ random: () => drawn.shift() ?? 0.999, notifyTimeoutMs: NOTIFY_TIMEOUT_MS });
  terminal = seamlessTerminal(world);
});
afterEach(async () => {
  await world.stop();
  await casino.stop();
});

function seamlessTerminal({ simulator }: World): Terminal {
  const { state } = simulator.stargame;
  const notifyUrl = `${casino.url}/stargame/1890/notify`;
  const hall = state.addHall({ agentId: '12345678', name: 'seamless', secret: 's', mode: 'seamless', notifyUrl });
  return state.addTerminal({ hall, uid: '117' });
}

function answerNotification(url: URL, response: ServerResponse): void {
  const answer = answers.shift() ?? 'honest';
  if (answer === 'silence') return;
  if (answer === 'garbage') return void response.end('<html>');
  const [bet, win] = ['bet', 'win'].map((name) => Number(url.searchParams.get(name)));
  const isShort = (bet ?? 0) > cash;
  if (answer === 'fail' || isShort) return void response.end('{"status":"fail"}');
  cash += (win ?? 0) - (bet ?? 0);
  const body = { status: 'success', error: '', userLogin: '117', cash, currencyname: 'RUB', currencyiso: '643' };
  return void response.end(JSON.stringify(body));
}

const spin = { betUnits: 100n, gameId: 206, lines: 5 };
const play = (): Promise<Round> => world.simulator.stargame.play.playRound(terminal, spin);
const fault = (kind: 'skip_spin' | 'lose_win' | 'spin_despite_fail' | 'duplicate'): void => {
  world.simulator.stargame.faults.add({ operation: 'play', kind, count: 1 });
};
const asked = (): string[] =>
  casino.requests.map(({ url }) => {
    url.searchParams.delete('foo');
    return url.search;
  });
const logged = (): GameRecord[] => terminal.logs.between(0, 0xffff_ffff);

const BALANCE = '?cmd=getBalance&uid=117';
const BET = '?cmd=writeBet&uid=117&bet=100&win=0';
const WIN = '?cmd=writeBet&uid=117&bet=0&win=200';

/** The first random number of a first round is `foo`; the next decides the win. */
const winNext = (): void => void drawn.push(0.5, WIN_TWICE);

describe('a seamless hall', () => {
  test('balance, bet, win, record', async () => {
    winNext();
    expect((await play()).status).toBe('played');
    expect(asked()).toEqual([BALANCE, BET, WIN]);
    expect(cash).toBe(1100);
    const record = { gameId: 206, lines: 5, wallSeconds: NOON_MS / 1000 };
    expect(logged()).toEqual([
      { ...record, dataId: expect.anything(), betUnits: 100n, winUnits: 200n, balanceUnits: 1100n },
    ]);
  });

  test('a loss sends no win, and the balance is not asked for each time', async () => {
    await play();
    await play();
    expect(asked()).toEqual([BALANCE, BET, BET]);
    expect(logged().map(({ balanceUnits }) => balanceUnits)).toEqual([900n, 800n]);
    const [first, second] = logged();
    expect(second?.dataId).toBeGreaterThan(first?.dataId ?? 0n);
  });

  test.each([
    ['fail', 'fail'],
    ['garbage', 'lost'],
  ] as const)('a bet that is answered with %s is not played', async (answer, status) => {
    answers = ['honest', answer];
    expect(await play()).toEqual({ status });
    expect([asked(), logged()]).toEqual([[BALANCE, BET], []]);
  });

  test('a balance that is refused: no game', async () => {
    answers = ['fail'];
    expect(await play()).toEqual({ status: 'fail' });
    expect(asked()).toEqual([BALANCE]);
  });

  test('too little money', async () => {
    cash = 50;
    expect(await play()).toEqual({ status: 'fail' });
    expect(cash).toBe(50);
  });

  test('nobody is there', async () => {
    terminal.hall.notifyUrl = 'http://127.0.0.1:9/stargame/1890/notify';
    expect(await play()).toEqual({ status: 'lost' });
  });

  test('opening a game asks for the balance and shows it', async () => {
    const { sessionId: sid, key1, key2 } = world.simulator.stargame.state.openSession(terminal);
    const page = await fetch(`${world.url}/showgame?gameid=206&sid=${sid}&key1=${key1}&key2=${key2}`);
    expect(await page.text()).toContain('"balance":"10.00"');
    expect(asked()).toEqual([BALANCE]);
  });

  test("the answer to a win doesn't count", async () => {
    winNext();
    answers = ['honest', 'honest', 'garbage'];
    expect((await play()).status).toBe('played');
    expect(logged()[0]?.balanceUnits).toBe(1100n);
  });
});

test('a casino that does not answer within the 50 ms: no spin', async () => {
  const impatient = await startWorld({ random: createRandom(1) });
  const silent = seamlessTerminal(impatient);
  answers = ['silence'];
  expect(await impatient.simulator.stargame.play.playRound(silent, spin)).toEqual({ status: 'lost' });
  expect(silent.logs.length).toBe(0);
  await impatient.stop();
});

describe('faults', () => {
  test('a debit whose spin was never played', async () => {
    winNext();
    fault('skip_spin');
    expect(await play()).toEqual({ status: 'skipped' });
    expect([asked(), logged(), cash]).toEqual([[BALANCE, BET], [], 900]);
  });

  test('a win whose notification is lost', async () => {
    winNext();
    fault('lose_win');
    await play();
    expect(asked()).toEqual([BALANCE, BET]);
    expect(logged().map(({ winUnits, balanceUnits }) => [winUnits, balanceUnits])).toEqual([[200n, 1100n]]);
  });

  test('a spin that was played although the bet was refused', async () => {
    answers = ['honest', 'fail'];
    fault('spin_despite_fail');
    expect((await play()).status).toBe('played');
    expect(logged().map(({ betUnits, balanceUnits }) => [betUnits, balanceUnits])).toEqual([[100n, 900n]]);
    expect(cash).toBe(1000);
  });

  test('a bet that is notified twice', async () => {
    fault('duplicate');
    await play();
    expect(asked()).toEqual([BALANCE, BET, BET]);
    expect(logged()).toHaveLength(1);
  });

  test('amounts that are logged wrongly, at a time that is wrong', async () => {
    const { faults } = world.simulator.stargame;
    faults.add({ operation: 'play', kind: 'alter_log', betUnits: '-10', winUnits: '5', balanceUnits: '1', count: 1 });
    faults.add({ operation: 'play', kind: 'clock_drift', ms: 120_000, count: 1 });
    await play();
    expect(logged()).toEqual([
      expect.objectContaining({
        betUnits: 90n,
        winUnits: 5n,
        balanceUnits: 901n,
        wallSeconds: NOON_MS / 1000 + 120,
      }),
    ]);
    expect(cash).toBe(900);
  });
});

test("a transfer hall: the terminal's own money, and nobody is notified", async () => {
  drawn = [WIN_TWICE];
  const { playRound } = world.simulator.stargame.play;
  expect((await playRound(world.terminal, spin)).status).toBe('played');
  expect(world.terminal.balanceUnits).toBe(5100n);
  expect(await playRound(world.terminal, { ...spin, betUnits: 5101n })).toEqual({ status: 'fail' });
  expect([world.terminal.logs.length, casino.requests.length]).toEqual([1, 0]);
});

test('the loop plays at its terminal until it is stopped', async () => {
  const loop = world.simulator.stargame.startPlaying(terminal, 600);
  await expect.poll(() => terminal.logs.length, { timeout: 10_000 }).toBeGreaterThan(1);
  await loop.stop();
  const played = terminal.logs.length;
  expect(asked().filter((query) => query.includes('win=0'))).toHaveLength(played);
});

test('wins: the same seed draws the same, and over many spins the house wins a little', () => {
  const draw = (seed: number): bigint[] => {
    const random = createRandom(seed);
    return Array.from({ length: 20_000 }, () => drawWin(random, 100n));
  };
  expect(draw(3)).toEqual(draw(3));
  const won = Number(draw(3).reduce((sum, win) => sum + win, 0n)) / (20_000 * 100);
  expect(won).toBeGreaterThan(0.8);
  expect(won).toBeLessThan(1);
});
