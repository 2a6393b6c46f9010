import fc from 'fast-check';
import { expect, test } from 'vitest';
import {
  bookAlone,
  bookDifference,
  changesOf,
  type DayBook,
  type DayTotals,
  formatBook,
  parseBook,
  roundBook,
} from './day-book.ts';
import { countedOf, type Entry, isPlay, PLAYED_WITHIN_MS, playedDayOf } from './entry.ts';
import { DAY_MS, entry, reversalOf, win } from './test-entry.ts';
import { noTotals, TOTALS, type Totals, totalsOf } from './totals.ts';

const vendorOf = (_provider: string, gameId: string): string => (gameId === '200' ? 'acme' : '');

test('a round over midnight, with a free spin, a rake and a canceled bet', () => {
  const canceled = entry({ transactionId: 't9', amountUnits: 700n });
  const nextDay = { createdAtMs: 20_001 * DAY_MS };
  const book = roundBook(
    countedOf([
      entry(),
      canceled,
      reversalOf(canceled),
      entry({ transactionId: 't3', amountUnits: 0n, context: '{"reason":"PROMO-FREESPIN","rake":5}' }),
      win({ ...nextDay, amountUnits: 60n, context: '{"reason":"PROMO-FREESPIN","rake":0.0328}' }),
      win({ ...nextDay, transactionId: 't4', kind: 'refund', amountUnits: 5n, gameId: '201' }),
    ]),
    vendorOf,
  );
  const key = { operatorId: 'casino', provider: 'platform', currencyCode: 'EUR', roundCount: 1n };
  const first = { betCount: 2n, betUnits: 100n, freeSpinCount: 1n, freeSpinBetCount: 1n };
  const second = {
    winCount: 1n,
    winUnits: 60n,
    freeSpinCount: 1n,
    freeSpinWinUnits: 60n,
    rakeTenThousandths: 328n,
  };
  expect(changesOf(book)).toEqual([
    { ...noTotals(), ...key, day: 20_000, playedDay: 20_000, gameId: '200', vendor: 'acme', ...first },
    { ...noTotals(), ...key, day: 20_001, playedDay: 20_001, gameId: '200', vendor: 'acme', ...second },
    {
      ...noTotals(),
      ...key,
      day: 20_001,
      playedDay: 20_001,
      gameId: '201',
      vendor: '',
      refundCount: 1n,
      refundUnits: 5n,
    },
  ]);
});

const NOON_MS = 20_000.5 * DAY_MS;
const MIDNIGHT_MS = 20_001 * DAY_MS;

test.each<[string, number, number, number]>([
  ['the day that the provider names', MIDNIGHT_MS - 100, MIDNIGHT_MS + 100, 20_000],
  ['also where its clock is ahead', MIDNIGHT_MS + 100, MIDNIGHT_MS - 100, 20_001],
  ['the written day where it names none', 0, NOON_MS, 20_000],
  ['up to two days before', NOON_MS - PLAYED_WITHIN_MS, NOON_MS, 19_998],
  ['up to two days after', NOON_MS + PLAYED_WITHIN_MS, NOON_MS, 20_002],
  ['not longer before', NOON_MS - PLAYED_WITHIN_MS - 1, NOON_MS, 20_000],
  ['not longer after', NOON_MS + PLAYED_WITHIN_MS + 1, NOON_MS, 20_000],
  ['whatever a wrong clock says', Number(2n ** 63n - 1n), NOON_MS, 20_000],
])('the played day is %s', (_, occurredAtMs, createdAtMs, day) => {
  expect(playedDayOf(entry({ occurredAtMs, createdAtMs }))).toBe(day);
  expect(playedDayOf(entry({ occurredAtMs, createdAtMs, roundId: '' }))).toBe(Math.floor(createdAtMs / DAY_MS));
});

test('a round over midnight stands under both of its days, and counts once on the one that it was written on', () => {
  const written = { createdAtMs: MIDNIGHT_MS + 100 };
  const bet = entry({ ...written, occurredAtMs: MIDNIGHT_MS - 100 });
  const jackpot = win({ ...written, occurredAtMs: MIDNIGHT_MS + 50, context: '{"reason":"grand_Jackpot"}' });
  const round = { day: 20_001, gameId: '200', vendor: 'acme' };
  expect(changesOf(roundBook([bet, jackpot], vendorOf))).toMatchObject([
    { ...round, playedDay: 20_000, betCount: 1n, winCount: 0n, jackpotCount: 0n, roundCount: 1n },
    { ...round, playedDay: 20_001, betCount: 0n, winUnits: 100n, jackpotCount: 1n, jackpotUnits: 100n, roundCount: 0n },
  ]);
});

test.each([
  ['{"reason":"JACKPOT"}', 1n],
  ['{"reason":"mystery-jackpot-2"}', 1n],
  ['{"reason":"JACK POT"}', 0n],
  ['{"reason":["JACKPOT"]}', 0n],
  ['{"other":"JACKPOT"}', 0n],
])('a win of %s is %s jackpots', (context, count) => {
  expect(totalsOf([win({ context })])).toMatchObject({ jackpotCount: count, jackpotUnits: 100n * count });
  expect(totalsOf([entry({ context }), win({ kind: 'refund', context })]).jackpotCount).toBe(0n);
});

test('a book survives its text; none is an empty one', () => {
  const jackpot = { context: '{"reason":"JACKPOT"}', occurredAtMs: 19_999 * DAY_MS };
  const entries = [entry({ amountUnits: 2n ** 62n }), win({ gameId: '201' }), win({ gameId: '202', ...jackpot })];
  const book = roundBook(entries, () => 'a "b" c');
  expect(changesOf(parseBook(formatBook(book)))).toEqual(changesOf(book));
  expect(parseBook(null).size).toBe(0);
});

test('a book from before played days is one of its written days; such a book is still written so', () => {
  const text = '[[20000,"casino","platform","200","EUR","acme","1","100","0","0","0","0","0","0","0","1"]]';
  expect(changesOf(parseBook(text))).toMatchObject([
    { day: 20_000, playedDay: 20_000, betCount: 1n, betUnits: 100n, jackpotCount: 0n, roundCount: 1n },
  ]);
  expect(formatBook(roundBook([entry()], vendorOf))).toBe(text);
  const changes: DayBook = new Map();
  bookDifference(changes, parseBook(text), roundBook([entry({ occurredAtMs: 19_999.9 * DAY_MS })], vendorOf));
  expect(changesOf(changes)).toMatchObject([
    { day: 20_000, playedDay: 19_999, betUnits: 100n, roundCount: 1n },
    { day: 20_000, playedDay: 20_000, betUnits: -100n, roundCount: -1n },
  ]);
});

test('a vendor that changed takes the round with it', () => {
  const booked = roundBook([entry()], () => '');
  const changes: DayBook = new Map();
  bookDifference(
    changes,
    booked,
    roundBook([entry()], () => 'acme'),
  );
  expect(changesOf(changes)).toMatchObject([
    { vendor: '', betUnits: -100n, roundCount: -1n },
    { vendor: 'acme', betUnits: 100n, roundCount: 1n },
  ]);
});

const CONTEXTS = ['', '{"reason":"Jackpot"}', '{"rake":0.0328}', '{"reason":"PROMO-FREESPIN","rake":"1.5"}', 'no json'];

/** A ledger in the order of its rows: movements in a few rounds, or in none, and reversals of some of them, each at most once. */
const ledger: fc.Arbitrary<Entry[]> = fc
  .array(
    fc.record({
      kind: fc.constantFrom('bet', 'win', 'refund'),
      status: fc.constantFrom<Entry['status']>('ok', 'ok', 'ok', 'error'),
      roundId: fc.constantFrom('', 'r1', 'r2', 'r3'),
      gameId: fc.constantFrom('200', '201'),
      day: fc.integer({ min: 20_000, max: 20_002 }),
      playedLater: fc.constantFrom(null, 0, -0.7, 1, -2, 2, -2.1, 2.1),
      amountUnits: fc.bigInt({ min: 0n, max: 10n ** 18n }),
      context: fc.constantFrom(...CONTEXTS),
      canceledAfter: fc.option(fc.nat({ max: 5 }), { nil: null, freq: 2 }),
    }),
    { maxLength: 25 },
  )
  .map((moves) => {
    const at = moves.map(({ canceledAfter, day, playedLater, ...move }, index) => {
      const createdAtMs = day * DAY_MS + index;
      const occurredAtMs = playedLater === null ? 0 : createdAtMs + playedLater * DAY_MS;
      const original = entry({ ...move, transactionId: `t${index}`, createdAtMs, occurredAtMs });
      const reversals =
        canceledAfter === null ? [] : [{ order: index + canceledAfter + 0.5, row: reversalOf(original, DAY_MS) }];
      return [{ order: index, row: original }, ...reversals];
    });
    return at
      .flat()
      .sort((a, b) => a.order - b.order)
      .map(({ row }) => row);
  });

test('whatever is summed when, the days end as they are from scratch', () => {
  fc.assert(
    fc.property(ledger, fc.array(fc.tuple(fc.constantFrom('r1', 'r2', 'r3'), fc.nat({ max: 50 }))), (rows, sums) => {
      const days: DayBook = new Map();
      const booked = new Map<string, string>();
      const sum = (roundId: string, until: number): void => {
        const entries = rows.slice(0, until).filter((row) => row.roundId === roundId);
        const book = roundBook(countedOf(entries), vendorOf);
        bookDifference(days, parseBook(booked.get(roundId) ?? null), book);
        booked.set(roundId, formatBook(book));
      };
      // Also of an earlier state of the ledger than the last sum saw: what the last one sees is what counts.
      for (const [roundId, until] of sums) sum(roundId, until);
      for (const roundId of ['r1', 'r2', 'r3']) sum(roundId, rows.length);
      expect(withoutRoundCount(changesOf(days))).toEqual(fromScratch(rows.filter((row) => row.roundId !== '')));
    }),
  );
});

test('by either day, the books come to what counts, and to each round once', () => {
  fc.assert(
    fc.property(ledger, (rows) => {
      const counted = countedOf(rows.filter((row) => row.roundId === 'r1'));
      const book = changesOf(roundBook(counted, vendorOf));
      for (const day of ['day', 'playedDay'] as const) {
        const sums = [...Map.groupBy(book, (row) => row[day]).values()].map(sumOf);
        expect(sumOf(sums)).toEqual(totalsOf(counted));
      }
      const written = Map.groupBy(book, (row) => `${row.day} ${row.gameId}`);
      for (const rowsOfDay of written.values()) {
        expect(rowsOfDay.reduce((sum, row) => sum + row.roundCount, 0n)).toBe(1n);
      }
    }),
  );
});

function sumOf(all: readonly Totals[]): Totals {
  const sum = noTotals();
  for (const each of all) for (const name of TOTALS) sum[name] += each[name];
  return sum;
}

test('whatever windows the ledger is swept in, and in whatever order, the days end as they are from scratch', () => {
  fc.assert(
    fc.property(ledger, fc.infiniteStream(fc.nat()), (rows, order) => {
      const alone = rows.filter((row) => row.roundId === '');
      const originals = new Map(alone.filter((row) => !row.isReversal).map((row) => [row.transactionId, row]));
      const shuffled = alone
        .map((row) => ({ row, order: order.next().value ?? 0 }))
        .sort((a, b) => a.order - b.order)
        .map(({ row }) => row);
      const days: DayBook = new Map();
      for (const row of shuffled) {
        const original = originals.get(row.transactionId);
        if (original !== undefined && isPlay(original)) bookAlone(days, original, row.isReversal ? -1n : 1n);
      }
      expect(withoutRoundCount(changesOf(days))).toEqual(fromScratch(alone));
    }),
  );
});

const withoutRoundCount = (changes: DayTotals[]) => changes.map(({ roundCount: _, ...row }) => row);

/** By grouping, without any book. */
function fromScratch(rows: readonly Entry[]) {
  const canceled = new Set(rows.filter((row) => row.isReversal).map((row) => row.transactionId));
  const counted = rows.filter((row) => row.status === 'ok' && !row.isReversal && !canceled.has(row.transactionId));
  const groups = Map.groupBy(
    counted,
    (row) => `${Math.floor(row.createdAtMs / DAY_MS)} ${row.gameId} ${playedDayFromScratch(row)}`,
  );
  return [...groups.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, ofDay]) => ({
      day: Number(key.split(' ')[0]),
      operatorId: 'casino',
      provider: 'platform',
      gameId: key.split(' ')[1],
      playedDay: Number(key.split(' ')[2]),
      currencyCode: 'EUR',
      vendor: ofDay[0]?.roundId === '' ? '' : vendorOf('', key.split(' ')[1] ?? ''),
      ...totalsOf(ofDay),
    }));
}

function playedDayFromScratch({ roundId, occurredAtMs, createdAtMs }: Entry): number {
  const near = [-2, -1, 0, 1, 2].map((days) => Math.floor(createdAtMs / DAY_MS) + days);
  const day = Math.floor(occurredAtMs / DAY_MS);
  const within = Math.max(occurredAtMs, createdAtMs) - Math.min(occurredAtMs, createdAtMs) <= 2 * DAY_MS;
  return roundId !== '' && within && near.includes(day) ? day : Math.floor(createdAtMs / DAY_MS);
}
