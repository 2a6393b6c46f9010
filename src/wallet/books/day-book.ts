import { type Entry, playedDayOf, writtenDayOf } from './entry.ts';
import { addEntry, noTotals, TOTALS, type Totals } from './totals.ts';

/** One row of the days' totals, or what changes in one. */
export type DayTotals = Totals & {
  /** The written day, in days since 1970-01-01 UTC. */
  day: number;
  operatorId: string;
  provider: string;
  gameId: string;
  currencyCode: string;
  vendor: string;
  playedDay: number;
  /** Rounds that have a counted entry on the written day; in one of its played days only, so that the written day's sum counts each once. */
  roundCount: bigint;
};

/** Days' totals by their key. */
export type DayBook = Map<string, DayTotals>;

export const DAY_TOTALS = [...TOTALS, 'roundCount'] as const;

/** What a game's vendor is; empty where none is known. */
export type VendorOf = (provider: string, gameId: string) => string;

/** What the counted entries of one round come to. */
export function roundBook(counted: readonly Entry[], vendorOf: VendorOf): DayBook {
  const book: DayBook = new Map();
  const counting = new Set<string>();
  for (const entry of counted) {
    const totals = totalsFor(book, entry, vendorOf(entry.provider, entry.gameId));
    addEntry(totals, entry);
    const written = writtenKeyOf(totals);
    if (!counting.has(written)) totals.roundCount = 1n;
    counting.add(written);
  }
  return book;
}

/**
 * Adds what belongs to no round, or with -1n takes it back, on its own day. It is booked under no vendor, and as played on the day it was
 * written: whoever takes it back must find the same row, whatever the catalogue says by then, and whether or not it was booked by a version
 * that knew of played days. Providers with vendors and reports by played day play in rounds.
 */
export function bookAlone(book: DayBook, entry: Entry, sign: 1n | -1n): void {
  addEntry(totalsFor(book, entry, ''), entry, sign);
}

/** Adds to `into` what turns what is booked into what is so. */
export function bookDifference(into: DayBook, booked: DayBook, actual: DayBook): void {
  addBook(into, actual, 1n);
  addBook(into, booked, -1n);
}

/** What of a book isn't nothing, in the order of its keys: the order in which everybody locks the rows of day_totals. */
export function changesOf(book: DayBook): DayTotals[] {
  return [...book.entries()]
    .filter(([, totals]) => DAY_TOTALS.some((name) => totals[name] !== 0n))
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, totals]) => totals);
}

/** The sums of a stored row, in their order. */
const STORED = [
  'betCount',
  'betUnits',
  'winCount',
  'winUnits',
  'refundCount',
  'refundUnits',
  'freeSpinCount',
  'freeSpinWinUnits',
  'rakeTenThousandths',
  'roundCount',
  'jackpotCount',
  'jackpotUnits',
  'freeSpinBetCount',
] as const satisfies readonly (typeof DAY_TOTALS)[number][];

/** Those that came later, at the end of STORED. */
const LATER = [
  'jackpotCount',
  'jackpotUnits',
  'freeSpinBetCount',
] as const satisfies readonly (typeof STORED)[number][];

/**
 * A round's book as its row keeps it: arrays, because a round may have played many games. What came later stands last, the played day too, and
 * only where there is something to say: so a row from before it was kept reads as what was booked of it, none of it and played on its
 * written day.
 */
export function formatBook(book: DayBook): string {
  return JSON.stringify(
    changesOf(book).map((row) => [
      row.day,
      row.operatorId,
      row.provider,
      row.gameId,
      row.currencyCode,
      row.vendor,
      ...storedSums(row),
    ]),
  );
}

/** The last is how many days after the written one the played day is. */
function storedSums(row: DayTotals): string[] {
  const sums = [...STORED.map((name) => String(row[name])), String(row.playedDay - row.day)];
  const isPlain = LATER.every((name) => row[name] === 0n) && row.playedDay === row.day;
  return isPlain ? sums.slice(0, STORED.length - LATER.length) : sums;
}

type StoredRow = [number, string, string, string, string, string, ...string[]];

/** The opposite of `formatBook`; of null, an empty book. */
export function parseBook(text: string | null): DayBook {
  const book: DayBook = new Map();
  const rows: StoredRow[] = text === null ? [] : JSON.parse(text);
  for (const [day, operatorId, provider, gameId, currencyCode, vendor, ...sums] of rows) {
    const playedDay = day + Number(sums[STORED.length] ?? 0);
    const row = emptyRow({ day, operatorId, provider, gameId, currencyCode, vendor, playedDay });
    for (const [index, name] of STORED.entries()) row[name] = BigInt(sums[index] ?? 0);
    book.set(keyOf(row), row);
  }
  return book;
}

type Key = Pick<DayTotals, 'day' | 'operatorId' | 'provider' | 'gameId' | 'currencyCode' | 'vendor' | 'playedDay'>;

const emptyRow = (key: Key): DayTotals => ({ ...key, ...noTotals(), roundCount: 0n });

/** No part but the vendor can hold a space. */
const writtenKeyOf = (key: Omit<Key, 'playedDay'>): string =>
  `${key.day} ${key.operatorId} ${key.provider} ${key.gameId} ${key.currencyCode} ${key.vendor}`;

const keyOf = (key: Key): string => `${writtenKeyOf(key)} ${key.playedDay}`;

function totalsFor(book: DayBook, entry: Entry, vendor: string): DayTotals {
  const { operatorId, provider, gameId, currencyCode } = entry;
  const days = { day: writtenDayOf(entry), playedDay: playedDayOf(entry) };
  return rowFor(book, { ...days, operatorId, provider, gameId, currencyCode, vendor });
}

function rowFor(book: DayBook, key: Key): DayTotals {
  const text = keyOf(key);
  const found = book.get(text);
  if (found !== undefined) return found;
  const row = emptyRow(key);
  book.set(text, row);
  return row;
}

function addBook(into: DayBook, from: DayBook, sign: 1n | -1n): void {
  for (const { day, operatorId, provider, gameId, currencyCode, vendor, playedDay, ...sums } of from.values()) {
    const row = rowFor(into, { day, operatorId, provider, gameId, currencyCode, vendor, playedDay });
    for (const name of DAY_TOTALS) row[name] += sign * sums[name];
  }
}
