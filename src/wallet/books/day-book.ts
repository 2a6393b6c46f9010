import { dayOfEntry, type Entry } from './entry.ts';
import { addEntry, noTotals, TOTALS, type Totals } from './totals.ts';

/** One row of the days' totals, or what changes in one. */
export type DayTotals = Totals & {
  /** Days since 1970-01-01 UTC. */
  day: number;
  operatorId: string;
  provider: string;
  gameId: string;
  currencyCode: string;
  vendor: string;
  /** Rounds that have a counted entry here. */
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
  for (const entry of counted) {
    const totals = totalsFor(book, entry, vendorOf(entry.provider, entry.gameId));
    addEntry(totals, entry);
    totals.roundCount = 1n;
  }
  return book;
}

/**
 * Adds what belongs to no round, or with -1n takes it back, on its own day. It is booked under no vendor: whoever takes it back must
 * find the same row, whatever the catalogue says by then, and providers with vendors play in rounds.
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

/** A round's book as its row keeps it: arrays, because a round may have played many games. */
export function formatBook(book: DayBook): string {
  return JSON.stringify(
    changesOf(book).map((row) => [
      row.day,
      row.operatorId,
      row.provider,
      row.gameId,
      row.currencyCode,
      row.vendor,
      ...DAY_TOTALS.map((name) => String(row[name])),
    ]),
  );
}

type StoredRow = [number, string, string, string, string, string, ...string[]];

/** The opposite of `formatBook`; of null, an empty book. */
export function parseBook(text: string | null): DayBook {
  const book: DayBook = new Map();
  const rows: StoredRow[] = text === null ? [] : JSON.parse(text);
  for (const [day, operatorId, provider, gameId, currencyCode, vendor, ...sums] of rows) {
    const row = emptyRow({ day, operatorId, provider, gameId, currencyCode, vendor });
    for (const [index, name] of DAY_TOTALS.entries()) row[name] = BigInt(sums[index] ?? 0);
    book.set(keyOf(row), row);
  }
  return book;
}

type Key = Pick<DayTotals, 'day' | 'operatorId' | 'provider' | 'gameId' | 'currencyCode' | 'vendor'>;

const emptyRow = (key: Key): DayTotals => ({ ...key, ...noTotals(), roundCount: 0n });

/** No part but the last can hold a space. */
const keyOf = (key: Key): string =>
  `${key.day} ${key.operatorId} ${key.provider} ${key.gameId} ${key.currencyCode} ${key.vendor}`;

function totalsFor(book: DayBook, entry: Entry, vendor: string): DayTotals {
  const { operatorId, provider, gameId, currencyCode } = entry;
  return rowFor(book, { day: dayOfEntry(entry), operatorId, provider, gameId, currencyCode, vendor });
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
  for (const { day, operatorId, provider, gameId, currencyCode, vendor, ...sums } of from.values()) {
    const row = rowFor(into, { day, operatorId, provider, gameId, currencyCode, vendor });
    for (const name of DAY_TOTALS) row[name] += sign * sums[name];
  }
}
