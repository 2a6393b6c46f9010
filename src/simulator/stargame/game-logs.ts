/** One record of a terminal's game log. StarGame, Receiving a list of game logs. Amounts in units of 1/100. */
export type GameRecord = {
  dataId: bigint;
  gameId: number;
  /** The hall's clock, in seconds: see times.ts. */
  wallSeconds: number;
  betUnits: bigint;
  winUnits: bigint;
  lines: number;
  /** The player's, after bet and win. */
  balanceUnits: bigint;
};

export const LOGS_KEPT_SECONDS = 7 * 24 * 60 * 60;

const FIRST_CAPACITY = 8;
/** In a record's row of `#big`: dataId, betUnits, winUnits, balanceUnits. */
const BIG = 4;
/** In its row of `#small`: wallSeconds, gameId, lines. */
const SMALL = 3;

/**
 * A terminal's game log, in the order of time. Rows of numbers and not objects: a simulated casino holds a million of them, at 44 bytes
 * each, and listing is a binary search.
 */
export class GameLogs {
  #big = new BigInt64Array(0);
  #small = new Uint32Array(0);
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** Room for `count` records in all. */
  reserve(count: number): void {
    if (count * BIG > this.#big.length) this.#resize(count);
  }

  /** Also takes a record that is older than others: clocks drift, and summer time ends. */
  add(record: GameRecord): void {
    if (this.#isFull()) this.forgetBefore(record.wallSeconds - LOGS_KEPT_SECONDS);
    if (this.#isFull()) this.#resize(Math.max(FIRST_CAPACITY, this.#length * 2));
    const at = this.#firstAfter(record.wallSeconds);
    if (at < this.#length) this.#move(at + 1, at);
    this.#length++;
    const { dataId, betUnits, winUnits, balanceUnits, wallSeconds, gameId, lines } = record;
    this.#big.set([dataId, betUnits, winUnits, balanceUnits], at * BIG);
    this.#small.set([wallSeconds, gameId, lines], at * SMALL);
  }

  /** Both ends included. */
  between(fromSeconds: number, toSeconds: number): GameRecord[] {
    const records: GameRecord[] = [];
    const end = this.#firstAfter(toSeconds);
    for (let at = this.#firstAfter(fromSeconds - 1); at < end; at++) records.push(this.#read(at));
    return records;
  }

  /** The newest that satisfies `wanted`. */
  latest(wanted: (record: GameRecord) => boolean): GameRecord | undefined {
    for (let at = this.#length - 1; at >= 0; at--) {
      const record = this.#read(at);
      if (wanted(record)) return record;
    }
    return undefined;
  }

  forgetBefore(seconds: number): void {
    const first = this.#firstAfter(seconds - 1);
    if (first === 0) return;
    this.#move(0, first);
    this.#length -= first;
  }

  #read(at: number): GameRecord {
    const big = (column: number): bigint => this.#big[at * BIG + column] ?? 0n;
    const small = (column: number): number => this.#small[at * SMALL + column] ?? 0;
    return {
      dataId: big(0),
      betUnits: big(1),
      winUnits: big(2),
      balanceUnits: big(3),
      wallSeconds: small(0),
      gameId: small(1),
      lines: small(2),
    };
  }

  /** Moves what begins at `from` to begin at `to`. */
  #move(to: number, from: number): void {
    this.#big.copyWithin(to * BIG, from * BIG, this.#length * BIG);
    this.#small.copyWithin(to * SMALL, from * SMALL, this.#length * SMALL);
  }

  #firstAfter(seconds: number): number {
    let low = 0;
    let high = this.#length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#small[middle * SMALL] ?? 0) <= seconds) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isFull(): boolean {
    return this.#length * BIG === this.#big.length;
  }

  #resize(capacity: number): void {
    const big = new BigInt64Array(capacity * BIG);
    const small = new Uint32Array(capacity * SMALL);
    big.set(this.#big);
    small.set(this.#small);
    this.#big = big;
    this.#small = small;
  }
}
