import type mysql from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createPool } from '../../../src/common/db.ts';
import { BookkeepingService } from '../../../src/gen/wallet/v1/bookkeeping_pb.ts';
import { MoneyService } from '../../../src/gen/wallet/v1/money_pb.ts';
import { SETTLED_MS, sweepLedger } from '../../../src/wallet/services/bookkeeping-sweep.ts';
import { createDatabaseProxy } from '../lanes/database-proxy.ts';
import { connect, until } from '../lanes/fixture.ts';
import { refusal } from '../services/fixture.ts';
import { type Books, fromBooks, fromLedger, ROUND_OPEN_MAX_MS, startBooks } from './fixture.ts';

let books: Books;
let sql: mysql.Connection;

beforeAll(async () => {
  books = await startBooks();
  sql = books.sql;
});
afterAll(() => books.stop());

const SPIN = { provider: 'stargame', gameId: '' };
const HOUR_MS = 3_600_000;

/** Each test begins with an empty ledger that was never swept. */
beforeEach(async () => {
  const tables = ['day_totals', 'anomalies', 'rounds', 'round_totals', 'watermarks', 'transactions', 'outbox'];
  for (const table of tables) await sql.query(`DELETE FROM ${table}`);
});

/** Takes the books to the time at which all that was written so far is settled, and nothing that is written from here on. */
const settle = async (): Promise<void> => {
  const untilMs = Date.now() + 1;
  books.clock.nowMs = untilMs + SETTLED_MS;
  await until('the next millisecond has begun', async () => Date.now() >= untilMs);
};

const setTimes = (atMs: number, ids: readonly string[]) =>
  sql.query('UPDATE transactions SET created_at_ms = ? WHERE transaction_id IN (?)', [atMs, ids]);

const agree = async (): Promise<void> => expect(await fromBooks(sql)).toEqual(await fromLedger(sql));

/** As if nothing had been swept. */
const unsweep = () => sql.query('DELETE FROM watermarks');

describe('what belongs to no round', () => {
  test('is booked on its own day once it is settled, and only once', async () => {
    await books.play('bet', '', 200n, SPIN);
    await books.play('win', '', 50n, SPIN);
    await books.play('refund', '', 5n, SPIN);
    books.clock.nowMs = Date.now();
    await books.sweepAll();
    expect(await fromBooks(sql)).toEqual([]);
    await settle();
    for (let times = 0; times < 3; times += 1) await books.sweepAll();
    expect(await fromBooks(sql)).toHaveLength(1);
    await agree();
    expect(await books.dayTotals()).toMatchObject([
      { provider: 'stargame', gameId: '', vendor: '', betUnits: 200n, roundCount: 0n, grossGamingRevenueUnits: 145n },
    ]);
  });

  test('leaves out transfers, refusals, tombstones and what is in rounds', async () => {
    const { operatorId, userId } = { operatorId: 'casino', userId: 'u1' };
    const transfer = { operatorId, userId, amountUnits: 5n };
    await books.fixture.call(MoneyService.method.deposit, { ...transfer, transactionId: 'sweep-d' });
    await books.fixture.call(MoneyService.method.withdraw, { ...transfer, transactionId: 'sweep-w' });
    await books.fixture.call(MoneyService.method.correct, { ...transfer, transactionId: 'sweep-c' });
    const play = { operatorId, userId, ...SPIN, roundId: '' };
    const tooMuch = { ...play, transactionId: 'sweep-refused', amountUnits: 10n ** 15n };
    expect((await books.fixture.call(MoneyService.method.bet, tooMuch)).reason).not.toBe(0);
    await books.cancel('', 'sweep-refused', SPIN);
    await books.fixture.call(MoneyService.method.cancel, { ...play, transactionId: 'sweep-never' });
    await books.play('bet', 'in-a-round', 7n);
    await settle();
    await books.sweepAll();
    const [rows] = await sql.query('SELECT * FROM day_totals');
    expect(rows).toEqual([]);
  });

  test('is taken back on the day of the original when it is canceled, in the same sweep or days later', async () => {
    const [canceledAtOnce, canceledLater] = ['at-once', 'later'];
    await books.play('bet', '', 100n, { ...SPIN, transactionId: canceledAtOnce });
    await books.cancel('', canceledAtOnce, SPIN);
    await books.play('bet', '', 40n, { ...SPIN, transactionId: canceledLater });
    await setTimes(Date.now() - 72 * HOUR_MS, [canceledLater]);
    await settle();
    await books.sweepAll();
    await agree();
    expect(await fromBooks(sql)).toHaveLength(1);
    await books.cancel('', canceledLater, SPIN);
    await settle();
    await books.sweepAll();
    expect(await fromBooks(sql)).toEqual([]);
    await agree();
  });

  test('a reversal whose clock was ahead of its original’s ends the same', async () => {
    const id = await books.play('win', '', 40n, SPIN);
    await books.cancel('', id, SPIN);
    await sql.query('UPDATE transactions SET created_at_ms = ? WHERE transaction_id = ? AND is_reversal = 0', [
      Date.now() + HOUR_MS,
      id,
    ]);
    await settle();
    await books.sweepAll();
    books.clock.nowMs += 2 * HOUR_MS;
    await books.sweepAll();
    expect(await fromBooks(sql)).toEqual([]);
  });

  test('windows of any size end between milliseconds, with nothing twice and nothing left out', async () => {
    const atMs = Date.now() - 48 * HOUR_MS;
    const ids: string[] = [];
    for (let index = 0; index < 40; index += 1) ids.push(await books.play('bet', '', BigInt(index), SPIN));
    // 1, 2, 3 … of one millisecond.
    for (let ms = 0, from = 0; from < ids.length; ms += 1, from += ms)
      await setTimes(atMs + ms, ids.slice(from, from + ms + 1));
    await settle();
    for (const rows of [1, 2, 3, 7, 1_000]) {
      await sql.query('DELETE FROM day_totals');
      await unsweep();
      let swept = 0;
      for (let caughtUp = false; !caughtUp; ) {
        const answer = await books.sweep(rows);
        expect(answer.rows).toBeLessThanOrEqual(Math.max(rows, 10));
        swept += answer.rows;
        caughtUp = answer.caughtUp;
      }
      const [[all] = []] = await sql.query<mysql.RowDataPacket[]>('SELECT COUNT(*) AS count FROM transactions');
      expect(swept).toBe(Number(all?.count));
      await agree();
    }
  });

  test('several sweeps at once take turns', async () => {
    for (let index = 0; index < 10; index += 1) await books.play('bet', '', 1n, SPIN);
    await settle();
    await Promise.all(Array.from({ length: 40 }, () => books.sweep(2)));
    await books.sweepAll();
    await agree();
  });

  test('a sweep whose COMMIT got no answer is gone on from where it really is', async () => {
    await books.play('bet', '', 100n, SPIN);
    await settle();
    for (const fate of ['lost after', 'lost before'] as const) {
      const proxy = await createDatabaseProxy(books.fixture.databaseUrl);
      const pool = createPool(proxy.url, { connectionLimit: 1 });
      const reached = proxy.nextCommit(fate);
      const deps = { pool, nowMs: books.clock.nowMs, rules: { promotional: new Set<string>(), overdueBeforeMs: 0 } };
      const told = sweepLedger(deps, 100).catch((error: Error) => error.message);
      (await reached).cut();
      expect(await told).toMatch(/not known/);
      await pool.end();
      await proxy.close();
      await books.sweepAll();
      await agree();
      await books.play('bet', '', 1n, SPIN);
      await settle();
    }
  });
});

describe('rounds that nobody ended', () => {
  const unresolvedAfter = async (ms: number): Promise<string[]> => {
    books.clock.nowMs = Date.now() + ms;
    await books.sweepAll();
    return books.standing();
  };

  test('are anomalies once their bet is older than allowed', async () => {
    await books.play('bet', 'forgotten', 100n);
    expect(await unresolvedAfter(ROUND_OPEN_MAX_MS - HOUR_MS)).toEqual([]);
    expect(await unresolvedAfter(ROUND_OPEN_MAX_MS + 1_000)).toEqual(['bet_unresolved forgotten']);
    expect(await books.anomalies()).toMatchObject([
      { gameId: '200', detail: expect.stringMatching(/^bet .* of 1\.00 EUR, and neither win nor refund$/) },
    ]);
  });

  test('are not those that have a result or were canceled, and nothing outside of rounds', async () => {
    await books.play('bet', 'won', 1n);
    await books.play('win', 'won', 0n);
    await books.play('bet', 'refunded', 1n);
    await books.play('refund', 'refunded', 1n);
    await books.cancel('canceled', await books.play('bet', 'canceled', 1n));
    await books.play('bet', '', 1n, SPIN);
    expect(await unresolvedAfter(ROUND_OPEN_MAX_MS + 1_000)).toEqual([]);
  });

  test('are those whose result was canceled, and those with one bet of two left', async () => {
    await books.play('bet', 'unwon', 1n);
    await books.cancel('unwon', await books.play('win', 'unwon', 5n));
    await books.play('bet', 'half', 1n);
    await books.cancel('half', await books.play('bet', 'half', 1n));
    await books.play('bet', 'retried', 1n);
    await books.cancel('retried', await books.play('win', 'retried', 5n));
    await books.play('win', 'retried', 5n);
    expect(await unresolvedAfter(ROUND_OPEN_MAX_MS + 1_000)).toEqual(['bet_unresolved half', 'bet_unresolved unwon']);
  });

  test('are in the books all the same, also what comes after', async () => {
    await books.play('bet', 'unclosed', 100n);
    await books.play('win', 'unclosed', 30n);
    const canceled = await books.play('bet', 'unclosed', 7n);
    books.clock.nowMs = Date.now() + ROUND_OPEN_MAX_MS - HOUR_MS;
    await books.sweepAll();
    expect(await fromBooks(sql)).toEqual([]);
    expect(await unresolvedAfter(ROUND_OPEN_MAX_MS + 1)).toEqual([]);
    await agree();
    await until('the next millisecond has begun', async () => Date.now() + ROUND_OPEN_MAX_MS >= books.clock.nowMs);
    await books.cancel('unclosed', canceled);
    await books.play('win', 'unclosed', 9n);
    await unresolvedAfter(ROUND_OPEN_MAX_MS + 1_000);
    await agree();
    // The sweep says nothing of the round: it is still open.
    await books.play('bet', 'unclosed', 1n);
  });

  test('and those that were closed and never summed, whose message is gone, are in the books, and are not summed again', async () => {
    await books.play('bet', 'missed', 100n);
    await books.finish('missed');
    await books.play('bet', 'summed', 10n);
    await books.finish('summed');
    books.clock.nowMs = Date.now() + 1_000;
    await books.sum('summed');
    const summedAtMs = books.clock.nowMs;
    expect(await unresolvedAfter(ROUND_OPEN_MAX_MS + 1_000)).toEqual([
      'bet_unresolved missed',
      'bet_unresolved summed',
    ]);
    await agree();
    const [rows] = await sql.query('SELECT round_id, summed_at_ms FROM round_totals ORDER BY round_id');
    expect(rows).toEqual([
      { round_id: 'missed', summed_at_ms: String(books.clock.nowMs) },
      { round_id: 'summed', summed_at_ms: String(summedAtMs) },
    ]);
  });

  test('do not hold up money that is just moving in them, nor wait for it', async () => {
    await books.play('bet', 'busy', 100n);
    const lane = await connect(books.fixture.databaseUrl);
    onTestFinished(() => lane.end());
    await lane.beginTransaction();
    await lane.query("INSERT INTO rounds VALUES (?, 'platform', 'busy', 1, NULL)", [books.playerId]);
    expect(await unresolvedAfter(ROUND_OPEN_MAX_MS + 1_000)).toEqual(['bet_unresolved busy']);
    await lane.commit();
    await agree();
  });

  test('are in the books on their messages where their provider called them finished', async () => {
    const round = { operatorId: 'casino', userId: 'u1', provider: 'platform', gameId: '200', roundId: 'finished' };
    await books.play('bet', 'finished', 100n);
    await books.fixture.call(MoneyService.method.win, {
      ...round,
      transactionId: 'finishing-win',
      amountUnits: 40n,
      roundFinished: true,
    });
    await books.sum('finished');
    expect(await fromBooks(sql)).toHaveLength(1);
    await agree();
    await books.cancel('finished', 'finishing-win');
    await books.sum('finished');
    await agree();
    await books.finish('finished');
    await books.sum('finished');
    await agree();
    expect(await books.standing()).toEqual(['bet_unresolved finished']);
  });

  test('are resolved when the result comes after all', async () => {
    await books.play('bet', 'tardy', 1n);
    expect(await unresolvedAfter(ROUND_OPEN_MAX_MS + 1)).toEqual(['bet_unresolved tardy']);
    await until('the next millisecond has begun', async () => Date.now() + ROUND_OPEN_MAX_MS >= books.clock.nowMs);
    await books.play('win', 'tardy', 0n);
    expect(await unresolvedAfter(ROUND_OPEN_MAX_MS + 1_000)).toEqual([]);
  });

  test('are resolved by the sum of the round, when its end comes after all', async () => {
    await books.play('bet', 'slow', 1n);
    expect(await unresolvedAfter(ROUND_OPEN_MAX_MS + 1_000)).toEqual(['bet_unresolved slow']);
    await books.play('win', 'slow', 1n);
    await books.finish('slow');
    await books.sum('slow');
    expect(await books.standing()).toEqual([]);
  });

  test('more of them than are read at a time', async () => {
    const rounds = Array.from({ length: 230 }, (_, index) => `many-${index}`);
    await Promise.all(rounds.map((roundId) => books.play('bet', roundId, 1n)));
    expect(await unresolvedAfter(ROUND_OPEN_MAX_MS + 1_000)).toHaveLength(rounds.length);
  });
});

describe('the answer', () => {
  test('says how far it got, and whether anything is left', async () => {
    const [first, second] = [await books.play('bet', '', 1n, SPIN), await books.play('bet', '', 1n, SPIN)];
    const atMs = Date.now() - HOUR_MS;
    await setTimes(atMs, [first]);
    await setTimes(atMs + 10, [second]);
    await settle();
    await until('the second is reached', async () => (await books.sweep(1)).sweptUntilMs === BigInt(atMs + 10));
    const last = await books.sweep();
    expect(last).toMatchObject({ caughtUp: true, sweptUntilMs: BigInt(books.clock.nowMs - SETTLED_MS) });
    expect(await books.sweep()).toMatchObject({ caughtUp: true, rows: 0, sweptUntilMs: last.sweptUntilMs });
  });

  test('a clock that goes back moves no watermark', async () => {
    await settle();
    const { sweptUntilMs } = await books.sweep();
    books.clock.nowMs -= HOUR_MS;
    expect(await books.sweep()).toMatchObject({ caughtUp: true, rows: 0, sweptUntilMs });
  });

  test('rows out of bounds are INVALID_ARGUMENT', async () => {
    const asked = books.fixture.call(BookkeepingService.method.sweepLedger, { rows: 100_001 });
    expect(await refusal(asked)).toMatchObject({ code: 'INVALID_ARGUMENT', details: expect.stringMatching(/^rows: /) });
  });
});
