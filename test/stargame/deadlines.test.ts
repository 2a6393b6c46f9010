import { setTimeout as sleep } from 'node:timers/promises';
import mysql from 'mysql2/promise';
import { expect, test } from 'vitest';
import { startCuttableLine } from '../crash/cuttable-line.ts';
import { createTestDatabase } from '../harness/database.ts';
import { canceledBets, checkMoney } from './check-money.ts';
import { type Dam, startDam } from './dam.ts';
import { startHall } from './hall.ts';
import { betsOf, play } from './play.ts';

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
