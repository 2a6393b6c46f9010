import { create, type MessageInitShape } from '@bufbuild/protobuf';
import fc from 'fast-check';
import type mysql from 'mysql2/promise';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  BookkeepingService,
  ExplainPlayedDayRequestSchema,
  ListPlayedTransactionsRequestSchema,
  PlayClass,
  type SumPlayedDaysRequestSchema,
} from '../../../src/gen/wallet/v1/bookkeeping_pb.ts';
import { explainPlayedDay, listPlayedTransactions } from '../../../src/wallet/services/played-transactions.ts';
import { refusal } from '../services/fixture.ts';
import { type Books, fromBooks, fromLedger, startBooks } from './fixture.ts';

const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const DAY = 20_400;
const DAY_TEXT = '2025-11-08';
const START_MS = DAY * DAY_MS;
const END_MS = START_MS + DAY_MS;
const VENDORS: Record<string, string> = { 200: 'acme', 201: 'acme', 202: 'beta' };

let books: Books;
let sql: mysql.Connection;

beforeAll(async () => {
  books = await startBooks();
  sql = books.sql;
  await sql.query('INSERT INTO games (provider, game_id, enabled, vendor, title, updated_at_ms) VALUES ?', [
    Object.entries(VENDORS).map(([gameId, vendor]) => ['platform', gameId, 1, vendor, 'Game', 0]),
  ]);
});
afterAll(() => books.stop());

/** Each test begins with an empty ledger that was never swept. */
async function clear(): Promise<void> {
  const tables = ['day_totals', 'anomalies', 'rounds', 'round_totals', 'watermarks', 'transactions', 'outbox'];
  for (const table of tables) await sql.query(`DELETE FROM ${table}`);
}
beforeEach(clear);

type Row = {
  transactionId: string;
  kind: 'bet' | 'win' | 'refund' | 'tombstone';
  status: 'ok' | 'error' | 'canceled';
  amountUnits: bigint;
  roundId: string;
  gameId: string;
  context: string;
  occurredAtMs: number;
  createdAtMs: number;
  canceledAtMs: number | null;
};

const row = (changed: Partial<Row> & { transactionId: string }): Row => ({
  kind: 'bet',
  status: 'ok',
  amountUnits: 100n,
  roundId: `round-${changed.transactionId}`,
  gameId: '200',
  context: '',
  occurredAtMs: 0,
  createdAtMs: START_MS + HOUR_MS,
  canceledAtMs: null,
  ...changed,
});

/** Writes rows, and the reversals of those that were canceled. */
async function write(rows: readonly Row[]): Promise<void> {
  let seq = 1_000_000;
  const values = rows.flatMap((each) => {
    const { transactionId, kind, status, amountUnits, roundId, gameId, context, occurredAtMs, createdAtMs } = each;
    const columns = (is: { reversal: boolean; occurredAtMs: number; createdAtMs: number }) => [
      ...[books.playerId, ++seq, 'casino', 'platform', transactionId, is.reversal ? 1 : 0],
      ...[is.reversal ? 'reversal' : kind, is.reversal ? 'ok' : status, '', amountUnits, 'EUR', 'player', 'games', 0],
      ...[roundId, gameId, context === '' ? null : context, '', is.occurredAtMs, is.createdAtMs],
    ];
    const original = columns({ reversal: false, occurredAtMs, createdAtMs });
    if (each.canceledAtMs === null) return [original];
    return [original, columns({ reversal: true, occurredAtMs: 0, createdAtMs: each.canceledAtMs })];
  });
  if (values.length > 0) await sql.query('INSERT INTO transactions VALUES ?', [values]);
}

/** Long after: everything is booked. */
async function bookAll(): Promise<void> {
  books.clock.nowMs = START_MS + 30 * DAY_MS;
  await books.sweepAll();
}

const sumDays = (request: MessageInitShape<typeof SumPlayedDaysRequestSchema> = {}) =>
  books.fixture.call(BookkeepingService.method.sumPlayedDays, { fromDay: DAY_TEXT, provider: 'platform', ...request });

const SUM = { day: DAY_TEXT, operatorId: 'casino', provider: 'platform', vendor: 'acme', currencyCode: 'EUR' };

async function idsOf(wanted: PlayClass, vendor = 'acme', pageSize = 7): Promise<string[]> {
  const ids: string[] = [];
  for (let pageToken = ''; ; ) {
    const request = create(ListPlayedTransactionsRequestSchema, { ...SUM, vendor, class: wanted, pageSize, pageToken });
    const { transactions = [], nextPageToken = '' } = await listPlayedTransactions(books.pool, request);
    ids.push(...transactions.map((each) => each.transactionId ?? ''));
    expect(transactions.length).toBeLessThanOrEqual(pageSize);
    if (nextPageToken === '') return ids;
    pageToken = nextPageToken;
  }
}

async function explain(vendor = 'acme') {
  const request = create(ExplainPlayedDayRequestSchema, { ...SUM, vendor });
  const answer = await explainPlayedDay(books.pool, request);
  const { classes } = create(BookkeepingService.method.explainPlayedDay.output, answer);
  return new Map(classes.map((each) => [each.class, each]));
}

const CLASSES = [
  PlayClass.COUNTED,
  PlayClass.CANCELED_LATER,
  PlayClass.CANCELED,
  PlayClass.WRITTEN_ANOTHER_DAY,
  PlayClass.MADE_ANOTHER_DAY,
  PlayClass.UNRESOLVED,
  PlayClass.REFUSED,
  PlayClass.TOMBSTONE,
];

async function classesOf(vendor = 'acme'): Promise<Record<string, string[]>> {
  const entries = await Promise.all(CLASSES.map(async (each) => [String(each), await idsOf(each, vendor)] as const));
  return Object.fromEntries(entries.filter(([, ids]) => ids.length > 0));
}

describe('a played day', () => {
  test('has what was made just before midnight and written just after it', async () => {
    const late = { occurredAtMs: END_MS - 100, createdAtMs: END_MS + 100 };
    await write([
      row({ transactionId: 'bet', ...late }),
      row({ transactionId: 'win', roundId: 'round-bet', kind: 'win', occurredAtMs: END_MS, createdAtMs: END_MS + 200 }),
      row({ transactionId: 'early', occurredAtMs: START_MS - 1, createdAtMs: START_MS }),
      row({ transactionId: 'clock', occurredAtMs: START_MS - 60 * DAY_MS, amountUnits: 7n }),
    ]);
    await bookAll();
    const { days } = await sumDays({ toDay: '2025-11-09' });
    const key = { operatorId: 'casino', vendor: 'acme', currencyCode: 'EUR' };
    expect(days).toMatchObject([
      { ...key, day: DAY_TEXT, played: { betCount: 2n, betUnits: 107n }, written: { betCount: 2n, betUnits: 107n } },
      {
        ...key,
        day: '2025-11-09',
        played: { betCount: 0n, winCount: 1n },
        written: { betCount: 1n, winCount: 1n },
      },
    ]);
    expect(await classesOf()).toEqual({
      [PlayClass.COUNTED]: ['clock', 'bet'],
      [PlayClass.WRITTEN_ANOTHER_DAY]: ['bet'],
      [PlayClass.MADE_ANOTHER_DAY]: ['early'],
      [PlayClass.UNRESOLVED]: ['clock'],
    });
    expect(await fromBooks(sql)).toEqual(await fromLedger(sql));
    expect(await books.dayTotals({ fromDay: '2025-11-09' })).toMatchObject([{ betCount: 1n, roundCount: 1n }]);
  });

  test('tells what was canceled while it lasted from what was canceled later, also across midnight', async () => {
    const edge = { occurredAtMs: END_MS - 100, createdAtMs: END_MS + 100 };
    await write([
      row({ transactionId: 'at-once', canceledAtMs: START_MS + HOUR_MS + 5 }),
      row({ transactionId: 'at-the-end', canceledAtMs: END_MS - 1 }),
      row({ transactionId: 'later', canceledAtMs: END_MS }),
      row({ transactionId: 'days-later', canceledAtMs: END_MS + 3 * DAY_MS }),
      row({ transactionId: 'edge', ...edge, canceledAtMs: END_MS + 5_000 }),
    ]);
    await bookAll();
    expect((await sumDays()).days).toEqual([]);
    expect(await classesOf()).toEqual({
      [PlayClass.CANCELED_LATER]: ['later', 'days-later', 'edge'],
      [PlayClass.CANCELED]: ['at-once', 'at-the-end'],
    });
    const request = { ...SUM, class: PlayClass.CANCELED_LATER, pageSize: 1 };
    const page = await books.fixture.call(BookkeepingService.method.listPlayedTransactions, request);
    expect(page.transactions).toMatchObject([
      { transactionId: 'later', userId: 'u1', kind: 'bet', amountUnits: 100n, canceledAtMs: BigInt(END_MS) },
    ]);
  });

  test('tells free spins and jackpots, whatever else a context says', async () => {
    const contexts = ['{"reason":"PROMO-FREESPIN"}', '{"reason":"promo-freespin"}', '{"reason":"Mini-Jackpot"}'];
    const odd = ['no JACKPOT json', '["JACKPOT"]', '{"reason":["JACKPOT"]}', '{"campaign_code":"PROMO-FREESPIN"}'];
    const rows = [...contexts, ...odd].flatMap((context, index) => [
      row({ transactionId: `bet-${index}`, roundId: `r${index}`, context, amountUnits: 0n }),
      row({ transactionId: `win-${index}`, roundId: `r${index}`, context, kind: 'win', amountUnits: 10n }),
      row({ transactionId: `refund-${index}`, roundId: `r${index}`, context, kind: 'refund', amountUnits: 1n }),
    ]);
    await write(rows);
    await bookAll();
    const expected = {
      betCount: 7n,
      winCount: 7n,
      winUnits: 70n,
      refundUnits: 7n,
      freeSpinCount: 2n,
      freeSpinWinUnits: 10n,
      jackpotCount: 1n,
      jackpotUnits: 10n,
    };
    expect((await sumDays()).days).toMatchObject([{ played: expected, written: expected }]);
    expect((await explain()).get(PlayClass.COUNTED)).toMatchObject({ transactionCount: 21n, totals: expected });
  });

  test('keeps to the vendor that the games were booked under', async () => {
    await write([row({ transactionId: 'moved' }), row({ transactionId: 'stayed', gameId: '202' })]);
    await bookAll();
    await sql.query("UPDATE games SET vendor = 'beta' WHERE game_id = '200'");
    expect(await idsOf(PlayClass.COUNTED, 'acme')).toEqual(['moved']);
    expect(await idsOf(PlayClass.COUNTED, 'beta')).toEqual(['stayed']);
    await sql.query("UPDATE games SET vendor = 'acme' WHERE game_id = '200'");
  });

  test('has no other operator, provider or currency', async () => {
    await write([row({ transactionId: 'here' })]);
    await bookAll();
    expect((await sumDays({ operatorId: 'other' })).days).toEqual([]);
    expect((await sumDays({ provider: 'stargame' })).days).toEqual([]);
    const none = { ...SUM, class: PlayClass.COUNTED };
    for (const other of [{ operatorId: 'other' }, { provider: 'stargame' }, { currencyCode: 'USD' }]) {
      const page = await books.fixture.call(BookkeepingService.method.listPlayedTransactions, { ...none, ...other });
      expect(page.transactions).toEqual([]);
    }
    expect(await idsOf(PlayClass.COUNTED)).toEqual(['here']);
  });

  test('written by a wallet that knows of no played days is that of the written day', async () => {
    await sql.query(`INSERT INTO day_totals VALUES
      (${DAY}, 'casino', 'platform', '200', 'EUR', 'acme', 5, 500, 0, 0, 0, 0, 0, 0, 0, 1, ${DAY}, 0, 0, 0),
      (${DAY}, 'casino', 'platform', '200', 'EUR', 'acme', 1, 100, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0)`);
    const both = { betCount: 6n, betUnits: 600n };
    expect((await sumDays()).days).toMatchObject([{ day: DAY_TEXT, played: both, written: both }]);
  });
});

describe('a random ledger', () => {
  const contexts = ['', '{"reason":"PROMO-FREESPIN"}', '{"reason":"Jackpot"}', '{"reason":"SPIN"}', 'no json'];
  /** Within the day, or about midnight; in few milliseconds, so that several rows share one. */
  const nearMs = fc.oneof(
    fc.integer({ min: 0, max: 11 }).map((hour) => START_MS + 2 * hour * HOUR_MS),
    fc.constantFrom(START_MS - 1, START_MS, END_MS - 1, END_MS, END_MS + 100),
  );
  const awayMs = fc.integer({ min: -2, max: 2 }).map((days) => START_MS + days * DAY_MS + 5 * HOUR_MS);
  const common = {
    amountUnits: fc.bigInt({ min: 0n, max: 10n ** 12n }),
    gameId: fc.constantFrom('200', '201', '202', '999'),
    context: fc.constantFrom(...contexts),
    occurredLater: fc.constantFrom(null, 0, -150, -150, 3, -DAY_MS, DAY_MS, -2 * DAY_MS, 3 * DAY_MS),
  };
  const attempt = fc.record({
    ...common,
    kind: fc.constantFrom<Row['kind']>('bet', 'bet', 'win', 'refund'),
    status: fc.constantFrom<Row['status']>('ok', 'ok', 'error'),
    roundId: fc.constantFrom('r1', 'r2', 'r3', 'r4', 'r5', 'r6'),
    createdAtMs: nearMs,
    canceledAfter: fc.constantFrom(null, null, 1, HOUR_MS, DAY_MS, 5 * DAY_MS),
  });
  const elsewhere = fc.record({
    ...common,
    kind: fc.constantFrom<Row['kind']>('bet', 'win'),
    status: fc.constant<Row['status']>('ok'),
    roundId: fc.constantFrom('r1', 'r7'),
    createdAtMs: awayMs,
    canceledAfter: fc.constant(null),
  });
  const tombstone = fc.record({
    ...common,
    kind: fc.constant<Row['kind']>('tombstone'),
    status: fc.constant<Row['status']>('canceled'),
    roundId: fc.constant('r1'),
    createdAtMs: nearMs,
    canceledAfter: fc.constant(null),
  });
  const alone = attempt.map((each) => ({ ...each, roundId: '', gameId: each.gameId === '999' ? '999' : '' }));
  const ledger: fc.Arbitrary<Row[]> = fc
    .array(fc.oneof({ arbitrary: attempt, weight: 6 }, elsewhere, tombstone, alone), { minLength: 40, maxLength: 120 })
    .map((all) =>
      all.map(({ occurredLater, canceledAfter, ...each }, index) => ({
        ...each,
        transactionId: `t${String(index).padStart(3, '0')}`,
        occurredAtMs: occurredLater === null ? 0 : each.createdAtMs + occurredLater,
        canceledAtMs: canceledAfter === null || each.status !== 'ok' ? null : each.createdAtMs + canceledAfter,
      })),
    );

  const vendorOf = (each: Row): string => (each.roundId === '' ? '' : (VENDORS[each.gameId] ?? ''));
  const writtenDay = (each: Row): number => Math.floor(each.createdAtMs / DAY_MS);
  const playedDay = (each: Row): number => {
    const told = each.roundId !== '' && each.occurredAtMs !== 0;
    const apartMs = Math.abs(each.occurredAtMs - each.createdAtMs);
    return told && apartMs <= 2 * DAY_MS ? Math.floor(each.occurredAtMs / DAY_MS) : writtenDay(each);
  };
  const isCounted = (each: Row): boolean => each.status === 'ok' && each.canceledAtMs === null;

  /** By another way than the wallet's: row by row. */
  function classesFromScratch(rows: readonly Row[], each: Row): PlayClass[] {
    const made = playedDay(each) === DAY;
    const written = writtenDay(each) === DAY;
    if (each.kind === 'tombstone') return written ? [PlayClass.TOMBSTONE] : [];
    if (each.status === 'error') return made ? [PlayClass.REFUSED] : [];
    if (each.canceledAtMs !== null) {
      if (!made) return [];
      return [each.canceledAtMs >= END_MS ? PlayClass.CANCELED_LATER : PlayClass.CANCELED];
    }
    if (!made) return written ? [PlayClass.MADE_ANOTHER_DAY] : [];
    const ofRound = rows.filter((other) => other.roundId === each.roundId && isCounted(other));
    const unresolved = each.roundId !== '' && ofRound.every((other) => other.kind === 'bet');
    return [
      PlayClass.COUNTED,
      ...(written ? [] : [PlayClass.WRITTEN_ANOTHER_DAY]),
      ...(unresolved ? [PlayClass.UNRESOLVED] : []),
    ];
  }

  const inOrder = (rows: readonly Row[]): string[] =>
    rows
      .map((each, index) => ({ each, index }))
      .sort(
        (a, b) =>
          a.each.createdAtMs - b.each.createdAtMs ||
          (a.each.gameId === b.each.gameId ? a.index - b.index : a.each.gameId < b.each.gameId ? -1 : 1),
      )
      .map(({ each }) => each.transactionId);

  const unitsOf = (rows: readonly Row[], kind: Row['kind']): bigint =>
    rows.filter((each) => each.kind === kind).reduce((sum, each) => sum + each.amountUnits, 0n);

  test('is listed and explained as it is row by row, and as it was summed', async () => {
    await fc.assert(
      fc.asyncProperty(ledger, async (rows) => {
        await clear();
        await write(rows);
        await bookAll();
        expect(await fromBooks(sql)).toEqual(await fromLedger(sql));
        const { days } = await sumDays();
        for (const vendor of ['acme', 'beta', '']) {
          const ofVendor = rows.filter((each) => vendorOf(each) === vendor);
          const explained = await explain(vendor);
          for (const name of CLASSES) {
            const expected = ofVendor.filter((each) => classesFromScratch(rows, each).includes(name));
            expect(await idsOf(name, vendor, 11), `class ${name} of ${vendor}`).toEqual(inOrder(expected));
            expect(explained.get(name)).toMatchObject({
              transactionCount: BigInt(expected.length),
              totals: { betUnits: unitsOf(expected, 'bet'), winUnits: unitsOf(expected, 'win') },
            });
          }
          const summed = days.find((each) => each.vendor === vendor);
          const counted = explained.get(PlayClass.COUNTED)?.totals;
          if (summed === undefined) expect(counted).toMatchObject({ betCount: 0n, winCount: 0n, refundCount: 0n });
          else expect(summed.played).toEqual(counted);
        }
      }),
      // A ledger is costly to write: the first that fails is told as it is.
      { numRuns: 4, endOnFailure: true },
    );
  });
});

describe('complete_until_ms', () => {
  const completeUntilMs = async (): Promise<number> => Number((await sumDays()).completeUntilMs);

  test('is how far overdue rounds are swept, and no further than what is owed', async () => {
    expect(await completeUntilMs()).toBe(0);
    await write([row({ transactionId: 'bet' })]);
    await bookAll();
    const overdueMs = books.clock.nowMs - DAY_MS;
    expect(await completeUntilMs()).toBe(overdueMs);
    await sql.query("INSERT INTO outbox VALUES (9, 1, 'round-close', '{}', 0, ?), (5, 1, 'other', '{}', 0, 1)", [
      overdueMs - 5,
    ]);
    expect(await completeUntilMs()).toBe(overdueMs - 5);
    await sql.query('UPDATE outbox SET created_at_ms = ?', [overdueMs + 5]);
    expect(await completeUntilMs()).toBe(overdueMs);
  });

  test('counts on rounds that were summed, moved and closed, whose message was never done', async () => {
    await write([row({ transactionId: 'bet', roundId: 'r1' })]);
    books.clock.nowMs = START_MS + 12 * HOUR_MS;
    await sql.query("INSERT INTO rounds VALUES (?, 'platform', 'r1', NULL, ?)", [books.playerId, START_MS + HOUR_MS]);
    await books.sum('r1');
    const win = row({ transactionId: 'win', kind: 'win', roundId: 'r1', createdAtMs: START_MS + 20 * HOUR_MS });
    await sql.query("UPDATE transactions SET seq = 1 WHERE transaction_id = 'bet'");
    await write([win]);
    await bookAll();
    expect(await completeUntilMs()).toBeGreaterThan(win.createdAtMs);
    expect((await sumDays()).days).toMatchObject([{ played: { betCount: 1n, winCount: 1n } }]);
  });
});

describe('is INVALID_ARGUMENT', () => {
  test.each([
    ['from_day', { fromDay: '' }],
    ['to_day', { toDay: '2026-11-08' }],
    ['to_day', { toDay: '2025-11-07' }],
    ['operator_id', { operatorId: 'ä' }],
    ['provider', { provider: '' }],
  ])('and names %s', async (field, request) => {
    expect(await refusal(sumDays(request))).toEqual({
      code: 'INVALID_ARGUMENT',
      details: expect.stringMatching(`^${field}: `),
    });
  });

  test.each([
    ['day', { day: '2025-02-30' }],
    ['operator_id', { operatorId: '' }],
    ['provider', { provider: 'ä' }],
    ['vendor', { vendor: 'a\n' }],
    ['currency_code', { currencyCode: '' }],
    ['class', { class: 99 as PlayClass }],
    ['page_size', { pageSize: 1_001 }],
    ['page_token', { pageToken: 'x' }],
    ['page_token', { pageToken: Buffer.from('["1","ä","1","1"]').toString('base64url') }],
  ])('and names %s of a list', async (field, request) => {
    const list = books.fixture.call(BookkeepingService.method.listPlayedTransactions, { ...SUM, ...request });
    expect(await refusal(list)).toEqual({ code: 'INVALID_ARGUMENT', details: expect.stringMatching(`^${field}: `) });
  });
});
