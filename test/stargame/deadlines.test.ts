import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { expect, test } from 'vitest';
import { startCuttableLine } from '../crash/cuttable-line.ts';
import { createTestDatabase } from '../harness/database.ts';
import { until } from '../jobs/until.ts';
import { canceledBets, checkMoney } from './check-money.ts';
import { type Dam, startDam } from './dam.ts';
import type { Hear, Notification } from './game-server.ts';
import { startHall } from './hall.ts';
import { betsOf, play, playOne } from './play.ts';

/** Past the budget every bet is answered `fail`, and costs nothing in the end; every win is there once, whatever was answered. */

const PATIENT = { timeout: 120_000 };
const LOCK_ALL = 'SELECT player_id FROM accounts ORDER BY player_id FOR UPDATE';

test('rows are locked for longer than the budget: bets are refused while they still are', PATIENT, async () => {
  await using database = await createTestDatabase();
  await using hall = await startHall({ databaseUrl: database.url, terminals: 10 });
  await using locker = await holder(database.url);
  await play(hall, 20, 4);

  await locker.lock();
  const answered = await play(hall, 150, 50);
  expect(betsOf(answered).map(({ answer }) => answer)).not.toContain('success');
  await locker.release();

  await hall.settled();
  expect(await checkMoney(hall)).toEqual([]);
  const again = await play(hall, 20, 4);
  expect(again.filter(({ answer }) => answer === 'success').length).toBeGreaterThan(0);
  await hall.settled();
  expect(await checkMoney(hall)).toEqual([]);
});

test('two thousand notifications around the deadline: locks come and go as the budget ends', PATIENT, async () => {
  await using database = await createTestDatabase();
  await using hall = await startHall({ databaseUrl: database.url, terminals: 20 });
  await using locker = await holder(database.url);
  await play(hall, 20, 4);

  let isPlaying = true;
  const locking = (async (): Promise<void> => {
    for (let turn = 0; isPlaying; turn += 1) {
      await locker.lock();
      // 20 to 50 ms: some commit just before their deadline, some just after.
      await sleep(20 + ((turn * 7) % 31));
      await locker.release();
      await sleep(15);
    }
  })();
  const answered = await play(hall, 2_000, 16);
  isPlaying = false;
  await locking;

  const bets = betsOf(answered);
  expect(bets.length).toBeGreaterThanOrEqual(1_000);
  expect(new Set(bets.map(({ answer }) => answer))).toEqual(new Set(['success', 'fail']));
  await hall.settled();
  expect(await checkMoney(hall)).toEqual([]);
});

test('the wallet stands still for longer than the budget', PATIENT, async () => {
  await using database = await createTestDatabase();
  await using hall = await startHall({ databaseUrl: database.url, terminals: 10 });
  await play(hall, 20, 4);

  await hall.wallet.kill('SIGSTOP');
  const answered = await play(hall, 100, 50).finally(() => hall.wallet.kill('SIGCONT'));
  expect(betsOf(answered).map(({ answer }) => answer)).not.toContain('success');

  await hall.settled();
  expect(await checkMoney(hall)).toEqual([]);
});

test('the adapter itself stands still: nobody waits for what it has to say afterwards', PATIENT, async () => {
  const stops = new Stops();
  await using database = await createTestDatabase();
  await using hall = await startHall({ databaseUrl: database.url, terminals: 20, hear: stops.hear });
  await play(hall, 20, 4);

  const underWay: Promise<Notification>[] = [];
  let isPlaying = true;
  const playing = (async (): Promise<void> => {
    // Whatever is answered: who plays does not wait for others.
    while (isPlaying) {
      underWay.push(playOne(hall, 20 + underWay.length));
      await sleep(5);
    }
  })();
  for (let turn = 0; turn < 10; turn += 1) {
    await sleep(100);
    await hall.adapter.kill('SIGSTOP');
    await until('the adapter stands still', () => isStopped(hall.adapter.pid));
    stops.begin();
    await sleep(300);
    stops.end();
    await hall.adapter.kill('SIGCONT');
  }
  isPlaying = false;
  await playing;
  const answers = betsOf(await Promise.all(underWay)).map(({ answer }) => answer);
  expect(answers).toContain('success');
  expect(answers).toContain('fail');
  await hall.settled();
  expect(await checkMoney(hall)).toEqual([]);
  const after = await play(hall, 20, 4);
  expect(after.filter(({ answer }) => answer === 'success').length).toBeGreaterThan(0);
});

test('what the wallet committed does not reach the adapter', PATIENT, async () => {
  await using database = await createTestDatabase();
  let dam: Dam | undefined;
  await using hall = await startHall({
    databaseUrl: database.url,
    terminals: 10,
    toWallet: async (address) => {
      dam = await startDam(address);
      return dam.address;
    },
  });
  await using line = dam;
  await play(hall, 20, 4);

  line?.holdBack();
  const answered = await play(hall, 50, 50);
  expect(betsOf(answered).map(({ answer }) => answer)).not.toContain('success');
  line?.lose();

  await hall.settled();
  expect(await checkMoney(hall)).toEqual([]);
  expect(await canceledBets(hall)).toBeGreaterThan(0);
});

test('the database commits, and its answer is lost', PATIENT, async () => {
  await using database = await createTestDatabase();
  await using line = await startCuttableLine(database.url);
  await using hall = await startHall({ databaseUrl: line.url, terminals: 10 });
  await play(hall, 20, 4);

  for (let cut = 0; cut < 4; cut += 1) {
    const wasCut = line.cutAtCommit({ thenDown: cut % 2 === 0 });
    await Promise.all([play(hall, 40, 20), wasCut]);
    line.restore();
    await hall.settled();
  }
  expect(await checkMoney(hall)).toEqual([]);
});

/**
 * When the adapter stood still, and what the game server makes of a `success` then. It waits 50 ms. But the times are this process's own,
 * which may stand still as well, so only facts count: what lay in the kernel for three times as long while the adapter certainly stood
 * still, was given up for certain. Everything else that is heard late may have been answered in time, or in the very moment when
 * the adapter was stopped, between its look at the clock and its answer, which no program can help.
 */
class Stops {
  readonly #stops: { beganAtMs: number; endedAtMs: number }[] = [];
  #begunAtMs = 0;

  begin(): void {
    this.#begunAtMs = performance.now();
  }

  /** To be called before the adapter goes on. */
  end(): void {
    this.#stops.push({ beganAtMs: this.#begunAtMs, endedAtMs: performance.now() });
  }

  readonly hear: Hear = ({ askedAtMs, writtenAtMs, heardAtMs }) => {
    if (heardAtMs - askedAtMs <= 50) return 'success';
    const isGivenUp = this.#stops.some(
      ({ beganAtMs, endedAtMs }) => askedAtMs >= beganAtMs && writtenAtMs <= endedAtMs - 150,
    );
    return isGivenUp ? 'none' : 'doubtful';
  };
}

/** Stopped by a signal, as the kernel says; in /proc the state stands behind the name. */
async function isStopped(pid: number): Promise<boolean> {
  return / T /.test(await readFile(`/proc/${pid}/stat`, 'utf8'));
}

/** Somebody who holds all accounts. */
async function holder(databaseUrl: string) {
  const connection = await mysql.createConnection(databaseUrl);
  return {
    lock: async () => {
      await connection.query('START TRANSACTION');
      await connection.query(LOCK_ALL);
    },
    release: async () => {
      await connection.query('ROLLBACK');
    },
    [Symbol.asyncDispose]: () => connection.end(),
  };
}
