import type mysql from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { createPool } from '../../../src/common/db.ts';
import { BookkeepingService } from '../../../src/gen/wallet/v1/bookkeeping_pb.ts';
import { GameService } from '../../../src/gen/wallet/v1/games_pb.ts';
import { MoneyService, Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import { sumRounds } from '../../../src/wallet/services/bookkeeping-rounds.ts';
import { createDatabaseProxy } from '../lanes/database-proxy.ts';
import { connect, until } from '../lanes/fixture.ts';
import { refusal } from '../services/fixture.ts';
import { type Books, fromBooks, fromLedger, startBooks } from './fixture.ts';

let books: Books;
let sql: mysql.Connection;

beforeAll(async () => {
  books = await startBooks();
  sql = books.sql;
});
afterAll(() => books.stop());

const DAY_MS = 86_400_000;
/** In the statement that writes what a sum found, after everything was read. */
const WRITES_TOTALS = 'INSERT INTO round_totals (player_id, provider, round_id, bet_count';
const RULES = { promotional: new Set<string>(), overdueBeforeMs: 0 };

beforeEach(async () => {
  const tables = ['day_totals', 'anomalies', 'outbox', 'rounds', 'round_totals'];
  for (const table of tables) await sql.query(`DELETE FROM ${table}`);
});

const storedTotals = async (roundId: string): Promise<mysql.RowDataPacket | undefined> => {
  const [rows] = await sql.query<mysql.RowDataPacket[]>('SELECT * FROM round_totals WHERE round_id = ?', [roundId]);
  return rows[0];
};

const owed = async (): Promise<bigint[]> => {
  const [rows] = await sql.query<mysql.RowDataPacket[]>('SELECT message_id FROM outbox ORDER BY message_id');
  return rows.map((row) => BigInt(row.message_id));
};

/** What earlier tests have played is no play any more: the comparison with the ledger is of this test's alone. */
const forgetLedger = () => sql.query("UPDATE transactions SET kind = 'deposit' WHERE kind <> 'reversal'");

describe('SumRounds', () => {
  test('writes the totals, the day and the end of the message, and may come again', async () => {
    const context = '{"reason":"PROMO-FREESPIN","rake":0.0328}';
    await books.fixture.call(GameService.method.setGame, {
      provider: 'platform',
      gameId: '200',
      enabled: true,
      vendor: 'acme',
      title: 'Game',
    });
    await books.play('bet', 'r1', 200n);
    const canceled = await books.play('bet', 'r1', 700n);
    await books.play('win', 'r1', 150n, { context });
    await books.play('refund', 'r1', 25n);
    await books.cancel('r1', canceled);
    await books.finish('r1');
    const [messageId] = await owed();
    const expected = {
      vendor: 'acme',
      gameId: '200',
      currencyCode: 'EUR',
      betCount: 1n,
      betUnits: 200n,
      winCount: 1n,
      winUnits: 150n,
      refundCount: 1n,
      refundUnits: 25n,
      freeSpinCount: 1n,
      freeSpinWinUnits: 150n,
      rakeTenThousandths: 328n,
      roundCount: 1n,
      grossGamingRevenueUnits: 25n,
    };
    for (const again of [false, true]) {
      const message = again ? {} : { messageId: messageId ?? 0n };
      expect(await books.sum({ roundId: 'r1', ...message })).toEqual([true]);
      expect(await books.dayTotals({ fromDay: '2020-01-01', toDay: '2020-01-01' })).toEqual([]);
      expect(await books.dayTotals()).toMatchObject([expected]);
      expect(await owed()).toEqual([]);
    }
    expect(await storedTotals('r1')).toMatchObject({
      bet_count: 1,
      bet_units: '200',
      win_count: 1,
      win_units: '150',
      refund_count: 1,
      refund_units: '25',
      transaction_count: 3,
      rake_ten_thousandths: '328',
      summed_at_ms: String(books.clock.nowMs),
    });
    expect(await books.anomalies()).toEqual([]);
  });

  test('what comes after the sum changes the day that it belongs to, and the day alone', async () => {
    await forgetLedger();
    const bet = await books.play('bet', 'late', 100n);
    await books.play('win', 'late', 30n);
    await books.finish('late');
    await sql.query("UPDATE transactions SET created_at_ms = created_at_ms - ? WHERE round_id = 'late'", [3 * DAY_MS]);
    await books.sum('late');
    await books.play('win', 'late', 60n);
    await books.sum('late');
    expect(await fromBooks(sql)).toEqual(await fromLedger(sql));
    await books.cancel('late', bet);
    await books.sum('late');
    expect(await fromBooks(sql)).toEqual(await fromLedger(sql));
    expect(await storedTotals('late')).toMatchObject({ bet_units: '0', win_units: '90', transaction_count: 2 });
  });

  test('says which are there; what is not there keeps its message', async () => {
    await books.play('bet', 'here', 1n);
    await books.finish('here');
    await books.play('bet', 'open', 1n);
    await sql.query('UPDATE outbox SET message_id = 11');
    await sql.query("INSERT INTO outbox VALUES (12, 1, 'round-close', '{}', 0, 0), (13, 1, 'round-close', '{}', 0, 0)");
    const found = await books.sum(
      { roundId: 'never', messageId: 12n },
      { roundId: 'here', messageId: 11n },
      'open',
      { roundId: 'here', messageId: 13n },
      { roundId: 'here', provider: 'other' },
    );
    expect(found).toEqual([false, true, false, true, false]);
    expect([await storedTotals('never'), await storedTotals('open')]).toEqual([undefined, undefined]);
    expect(await owed()).toEqual([12n]);
    expect(await books.dayTotals()).toMatchObject([{ betCount: 1n, roundCount: 1n }]);
  });

  test('many at once, in any order and again, from several callers', async () => {
    await forgetLedger();
    const rounds = Array.from({ length: 60 }, (_, index) => `many-${index}`);
    for (const roundId of rounds) {
      await books.play('bet', roundId, 10n, { gameId: String(200 + (Number(roundId.slice(5)) % 3)) });
      await books.play('win', roundId, 4n);
      await books.finish(roundId);
    }
    const calls = Array.from({ length: 8 }, (_, index) =>
      books.sum(...(index % 2 === 0 ? rounds : [...rounds].reverse()).slice(index)),
    );
    expect((await Promise.all(calls)).flat()).not.toContain(false);
    expect(await fromBooks(sql)).toEqual(await fromLedger(sql));
    const [[sums] = []] = await sql.query<mysql.RowDataPacket[]>('SELECT SUM(round_count) AS rounds FROM day_totals');
    // A round of two games stands in both.
    expect(Number(sums?.rounds)).toBe(100);
  });

  test('of two sums of a round at once the later sees what the earlier did, whichever is the slower', async () => {
    await forgetLedger();
    await books.play('bet', 'raced', 100n);
    await books.finish('raced');
    const proxy = await createDatabaseProxy(books.fixture.databaseUrl);
    const slowPool = createPool(proxy.url, { connectionLimit: 1 });
    const request = [{ playerId: books.playerId, provider: 'platform', roundId: 'raced', messageId: 0n }];

    const held = proxy.holdNext(WRITES_TOTALS);
    const slow = sumRounds({ pool: slowPool, nowMs: 1, rules: RULES }, request);
    const release = await held;
    await books.play('win', 'raced', 60n);
    let done = false;
    const fast = books.sum('raced').finally(() => {
      done = true;
    });
    await until('the second has written, or waits for the first', async () => done || (await waitsForLock('raced')));
    release();
    await Promise.all([slow, fast]);
    await slowPool.end();
    await proxy.close();
    expect(await storedTotals('raced')).toMatchObject({ bet_units: '100', win_units: '60' });
    expect(await fromBooks(sql)).toEqual(await fromLedger(sql));
  });

  const waitsForLock = async (roundId: string): Promise<boolean> => {
    const [rows] = await sql.query<mysql.RowDataPacket[]>(
      // Not innodb_trx: MariaDB answers from a cache there, which is never made anew while it is asked often.
      'SELECT 1 FROM information_schema.processlist WHERE info LIKE ? AND id <> CONNECTION_ID()',
      [`%INSERT INTO round_totals%${roundId}%`],
    );
    return rows.length > 0;
  };

  test('money in a round does not wait while the round is summed, and is in its next sum', async () => {
    await forgetLedger();
    await books.play('bet', 'moving', 100n);
    await books.finish('moving');
    const proxy = await createDatabaseProxy(books.fixture.databaseUrl);
    const slowPool = createPool(proxy.url, { connectionLimit: 1 });
    const held = proxy.holdNext(WRITES_TOTALS);
    const request = [{ playerId: books.playerId, provider: 'platform', roundId: 'moving', messageId: 0n }];
    const slow = sumRounds({ pool: slowPool, nowMs: 1, rules: RULES }, request);
    const release = await held;
    // It writes into rounds, as finishround does.
    const win = { operatorId: 'casino', userId: 'u1', provider: 'platform', gameId: '200', roundId: 'moving' };
    const finishing = { ...win, transactionId: 'moving-win', amountUnits: 60n, roundFinished: true };
    expect((await books.fixture.call(MoneyService.method.win, finishing)).reason).toBe(Reason.UNSPECIFIED);
    release();
    await slow;
    await slowPool.end();
    await proxy.close();
    expect(await storedTotals('moving')).toMatchObject({ bet_units: '100', win_units: '0' });
    expect(await owed()).toHaveLength(2);
    await books.sum('moving');
    expect(await storedTotals('moving')).toMatchObject({ bet_units: '100', win_units: '60' });
    expect(await fromBooks(sql)).toEqual(await fromLedger(sql));
  });

  test('does not wait for money: not for its rounds, and not for the message that it is just writing', async () => {
    await books.play('bet', 'held', 100n);
    await books.finish('held');
    const [messageId = 0n] = await owed();
    const lane = await connect(books.fixture.databaseUrl);
    onTestFinished(() => lane.end());
    await lane.beginTransaction();
    await lane.query("UPDATE rounds SET finished_at_ms = 1 WHERE round_id = 'held'");
    await lane.query('INSERT INTO outbox VALUES ?', [
      [messageId - 1n, messageId + 1n].map((id) => [id, 1, 'round-close', '{}', 0, 0]),
    ]);
    expect(await books.sum({ roundId: 'held', messageId })).toEqual([true]);
    await lane.rollback();
    expect(await owed()).toEqual([]);
    expect(await storedTotals('held')).toMatchObject({ bet_units: '100' });
  });

  test('a COMMIT whose answer is lost is told as unknown, and asked again changes nothing twice', async () => {
    await forgetLedger();
    await books.play('bet', 'lost', 100n);
    await books.finish('lost');
    const proxy = await createDatabaseProxy(books.fixture.databaseUrl);
    const pool = createPool(proxy.url, { connectionLimit: 1 });
    const request = [{ playerId: books.playerId, provider: 'platform', roundId: 'lost', messageId: 0n }];
    const reached = proxy.nextCommit('lost after');
    const told = sumRounds({ pool, nowMs: 1, rules: RULES }, request).catch((error: Error) => error.message);
    (await reached).cut();
    expect(await told).toMatch(/not known/);
    await until('it was committed all the same', async () => (await storedTotals('lost'))?.summed_at_ms === '1');
    await books.sum('lost');
    expect(await fromBooks(sql)).toEqual(await fromLedger(sql));
    await pool.end();
    await proxy.close();
  });

  test.each([
    ['rounds', { rounds: [] }],
    ['rounds', { rounds: Array.from({ length: 101 }, () => ({ provider: 'platform', roundId: 'r' })) }],
    ['provider', { rounds: [{ provider: 'ä', roundId: 'r' }] }],
    ['round_id', { rounds: [{ provider: 'platform', roundId: 'ä' }] }],
    ['round_id', { rounds: [{ provider: 'platform', roundId: '' }] }],
  ])('is INVALID_ARGUMENT and names %s', async (field, request) => {
    expect(await refusal(books.fixture.call(BookkeepingService.method.sumRounds, request))).toEqual({
      code: 'INVALID_ARGUMENT',
      details: expect.stringMatching(`^${field}: `),
    });
  });
});

describe('anomalies', () => {
  test('are found, stand, are told with their player, and are resolved by what happens later', async () => {
    await books.play('win', 'odd', 500n);
    await books.finish('odd');
    await books.play('win', 'prize', 500n, { gameId: '400' });
    await books.finish('prize');
    const bet = await books.play('bet', 'unresolved', 1n);
    await books.finish('unresolved');
    const foundAtMs = books.clock.nowMs;
    await books.sum('odd', 'prize', 'unresolved');
    expect(await books.standing()).toEqual(['bet_unresolved unresolved', 'win_without_bet odd']);
    expect((await books.anomalies({ limit: 1 })).length).toBe(1);
    expect(await books.anomalies()).toMatchObject([
      { userId: 'u1', operatorId: 'casino', foundAtMs: BigInt(foundAtMs), resolvedAtMs: 0n },
      {},
    ]);

    books.clock.nowMs += 1_000;
    await books.sum('odd', 'prize', 'unresolved');
    for (const { foundAtMs: stillAtMs } of await books.anomalies()) expect(stillAtMs).toBe(BigInt(foundAtMs));

    await until('the closing lies before what comes now', async () => Date.now() > foundAtMs + 5);
    await books.cancel('unresolved', bet);
    await books.sum('odd', 'unresolved');
    expect(await books.standing()).toEqual(['money_after_close unresolved', 'win_without_bet odd']);
    const resolved = (await books.anomalies({ includeResolved: true })).filter(
      ({ resolvedAtMs }) => resolvedAtMs !== 0n,
    );
    expect(resolved).toMatchObject([{ kind: 'bet_unresolved', resolvedAtMs: BigInt(books.clock.nowMs) }]);
    const { standing } = await books.fixture.call(BookkeepingService.method.listAnomalies, {});
    expect(standing).toBe(2);
  });

  test.each([['limit', 1_001]])('is INVALID_ARGUMENT and names %s', async (field, limit) => {
    expect(await refusal(books.fixture.call(BookkeepingService.method.listAnomalies, { limit }))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: expect.stringMatching(`^${field}: `),
    });
  });
});

describe('ListDayTotals', () => {
  test('gives a span of days, of one operator or all', async () => {
    await sql.query(`INSERT INTO day_totals VALUES
      (20000, 'a', 'platform', '1', 'EUR', '', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20000, 11, 12, 13),
      (20000, 'b', 'platform', '1', 'EUR', '', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20000, 11, 12, 13),
      (20001, 'a', 'platform', '1', 'EUR', '', 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 20001, 11, 12, 13),
      (20001, 'a', 'platform', '1', 'EUR', '', 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 20000, 0, 0, 0)`);
    const days = async (request: object) =>
      (await books.dayTotals(request)).map((row) => `${row.day} ${row.operatorId}`);
    expect(await days({ fromDay: '2024-10-04' })).toEqual(['2024-10-04 a', '2024-10-04 b']);
    expect(await days({ fromDay: '2024-10-04', toDay: '2024-10-05', operatorId: 'a' })).toEqual([
      '2024-10-04 a',
      '2024-10-05 a',
    ]);
    expect(await books.dayTotals({ fromDay: '2024-10-05' })).toMatchObject([
      {
        betCount: 2n,
        freeSpinWinUnits: 8n,
        rakeTenThousandths: 9n,
        roundCount: 10n,
        grossGamingRevenueUnits: -8n,
        jackpotCount: 11n,
        jackpotUnits: 12n,
      },
    ]);
  });

  test.each([
    ['from_day', { fromDay: '2024-02-30' }],
    ['from_day', { fromDay: 'today' }],
    ['to_day', { fromDay: '2024-01-02', toDay: '2024-01-01' }],
    ['to_day', { fromDay: '2024-01-01', toDay: '2026-01-01' }],
    ['operator_id', { operatorId: 'ä' }],
  ])('is INVALID_ARGUMENT and names %s', async (field, request) => {
    expect(await refusal(books.fixture.call(BookkeepingService.method.listDayTotals, request))).toEqual({
      code: 'INVALID_ARGUMENT',
      details: expect.stringMatching(`^${field}: `),
    });
  });
});
