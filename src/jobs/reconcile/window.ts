import { align, type Costs } from './align.ts';
import type { Timeline } from './timeline.ts';
import type { LedgerRow, LogRecord, ReconcileOptions } from './types.ts';

/** A stretch of both sides, from one place to before another. */
export type Stretch = { recordFrom: number; recordTo: number; rowFrom: number; rowTo: number };

/** Who belongs to whom: the arrays are by the record's place in the stretch, and hold the place of the row in the timeline, or -1. */
export type Pairing = {
  stretch: Stretch;
  betOf: Int32Array;
  winOf: Int32Array;
  /** 1 where all that a record should have is there, and as it should be. */
  isExact: Uint8Array;
};

/**
 * What makes two unlikely to be of one spin. Leaving both alone costs 2,000. Two that differ in amount and balance are still taken for one
 * spin where nothing else fits: people then look at it, while an unplayed spin and a missing one would move money. Where a spin between
 * two errors is exact, shifting it to hide them must cost more than the errors: so more than a half for each that is shifted.
 */
const COST = {
  alone: 1_000,
  balanceDiffers: 1_400,
  amountDiffers: 1_200,
  bothDiffer: 1_900,
  /** Besides, where the time is not what the clocks have it. */
  astray: 450,
  canceled: 600,
  canceledBalanceDiffers: 900,
  winAmountDiffers: 1_400,
  lateWinAmountDiffers: 1_700,
  winElsewhere: 250,
  winBalanceDiffers: 150,
} as const;

/** Time decides only where nothing else does: all of it in a window must weigh less than the smallest step above. */
const TIME_COST = 0.04;
/** What costs less than this is right in everything but, maybe, the second. */
const EXACT_BELOW = 1;
/** So many exact pairs tell how far the clocks are apart. */
const OFFSET_PAIRS = 4;
/** Whole seconds, and what a spin takes: what is farther from where the clocks have it is likely another spin. */
const ASTRAY_MS = 2_000;
/** A win that comes after the next bet is that soon behind it, or it is that bet's. */
const WIN_LAG_MS = 1_000;

/** Pairs a stretch, the debits first: each win then has its place between two debits. */
export function pairUp(timeline: Timeline, stretch: Stretch, options: ReconcileOptions): Pairing {
  const count = stretch.recordTo - stretch.recordFrom;
  const isExact = new Uint8Array(count).fill(1);
  const betOf = pairBets(timeline, stretch, options, isExact);
  const winOf = pairWins(timeline, stretch, options, betOf, isExact);
  return { stretch, betOf, winOf, isExact };
}

/**
 * Twice: the pairs that are exact tell how far the clocks are apart just then, and that tells two apart that are equal in everything else.
 */
function pairBets(timeline: Timeline, stretch: Stretch, options: ReconcileOptions, isExact: Uint8Array): Int32Array {
  const records = recordPlaces(timeline, stretch, (record) => record.betUnits !== 0n);
  const rows = rowPlaces(timeline, stretch, 'bet');
  const costsAt = (offsetMs: number | null): Costs => ({
    pair: (a, b) => betCost(recordAt(timeline, records, a), rowAt(timeline, rows, b), offsetMs, options),
    skipA: () => COST.alone,
    skipB: (b) => aloneCost(rowAt(timeline, rows, b)),
  });
  let costs = costsAt(null);
  let partnerOf = align(records.length, rows.length, costs);
  const apartMs: number[] = [];
  partnerOf.forEach((b, a) => {
    if (b === -1 || costs.pair(a, b) >= EXACT_BELOW) return;
    apartMs.push(recordAt(timeline, records, a).playedAtMs - rowAt(timeline, rows, b).atMs);
  });
  if (apartMs.length >= OFFSET_PAIRS && apartMs.length < Math.max(records.length, rows.length)) {
    costs = costsAt(median(apartMs));
    partnerOf = align(records.length, rows.length, costs);
  }
  return placed(stretch, records, rows, partnerOf, isExact, costs.pair);
}

function betCost(record: LogRecord, row: LedgerRow, offsetMs: number | null, options: ReconcileOptions): number {
  const apartMs = record.playedAtMs - row.atMs;
  if (Math.abs(apartMs) > options.clockToleranceMs) return Number.POSITIVE_INFINITY;
  const isAmountSame = record.betUnits === row.amountUnits;
  const isBalanceSame =
    options.balances === 'ignore' || record.balanceUnits === row.balanceAfterUnits + record.winUnits;
  const strayMs = Math.abs(apartMs - (offsetMs ?? 0));
  const isAstray = offsetMs !== null && strayMs > ASTRAY_MS;
  const cost = row.isCanceled
    ? canceledBetCost(isAmountSame, isBalanceSame, isAstray)
    : standingBetCost(isAmountSame, isBalanceSame, isAstray);
  return cost + timeCost(strayMs, options);
}

function standingBetCost(isAmountSame: boolean, isBalanceSame: boolean, isAstray: boolean): number {
  const astray = isAstray ? COST.astray : 0;
  if (isAmountSame) return (isBalanceSame ? 0 : COST.balanceDiffers) + astray;
  return (isBalanceSame ? COST.amountDiffers : COST.bothDiffer) + astray;
}

function canceledBetCost(isAmountSame: boolean, isBalanceSame: boolean, isAstray: boolean): number {
  if (!isAmountSame || isAstray) return Number.POSITIVE_INFINITY;
  return isBalanceSame ? COST.canceled : COST.canceledBalanceDiffers;
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function pairWins(
  timeline: Timeline,
  stretch: Stretch,
  options: ReconcileOptions,
  betOf: Int32Array,
  isExact: Uint8Array,
): Int32Array {
  const records = recordPlaces(timeline, stretch, (record) => record.winUnits !== 0n);
  const rows = rowPlaces(timeline, stretch, 'win');
  const slots = winSlots(stretch, betOf);
  const pair = (a: number, b: number): number => {
    const place = placeAt(records, a);
    const rowPlace = placeAt(rows, b);
    const record = recordAt(timeline, records, a);
    const row = rowAt(timeline, rows, b);
    const index = place - stretch.recordFrom;
    const after = slots.after[index] ?? -1;
    const before = slots.before[index] ?? -1;
    // The game server asks for the stake before it knows of a win, so a win may be late, and never early.
    if (rowPlace <= after) return Number.POSITIVE_INFINITY;
    const apartMs = Math.abs(record.playedAtMs - row.atMs);
    const isNear = apartMs <= options.clockToleranceMs || isSoonAfter(timeline.rows[betOf[index] ?? -1], row, options);
    if (!isNear) return Number.POSITIVE_INFINITY;
    const isInSlot = before === -1 || rowPlace < before;
    if (row.amountUnits !== record.winUnits) {
      if (row.isCanceled) return Number.POSITIVE_INFINITY;
      if (isInSlot) return COST.winAmountDiffers + timeCost(apartMs, options);
      return lagMs(timeline, before, row) <= WIN_LAG_MS
        ? COST.lateWinAmountDiffers + timeCost(apartMs, options)
        : Number.POSITIVE_INFINITY;
    }
    const isBalanceSame = options.balances === 'ignore' || row.balanceAfterUnits === record.balanceUnits;
    return (
      (isInSlot ? 0 : COST.winElsewhere) +
      (isBalanceSame ? 0 : COST.winBalanceDiffers) +
      (row.isCanceled ? COST.canceled : 0) +
      timeCost(apartMs, options)
    );
  };
  const partnerOf = align(records.length, rows.length, {
    pair,
    // What has been credited already lacks nothing.
    skipA: (a) => (isCredited(timeline, recordAt(timeline, records, a)) ? 0 : COST.alone),
    skipB: (b) => aloneCost(rowAt(timeline, rows, b)),
  });
  return placed(stretch, records, rows, partnerOf, isExact, pair);
}

/** For each record the places of the debits between which its win belongs: its own or the last one before, and the next one. */
function winSlots(stretch: Stretch, betOf: Int32Array): { after: Int32Array; before: Int32Array } {
  const after = new Int32Array(betOf.length);
  const before = new Int32Array(betOf.length);
  let last = stretch.rowFrom - 1;
  betOf.forEach((row, index) => {
    if (row !== -1) last = row;
    after[index] = last;
  });
  let next = -1;
  for (let index = betOf.length - 1; index >= 0; index -= 1) {
    before[index] = next;
    const row = betOf[index] ?? -1;
    if (row !== -1) next = row;
  }
  return { after, before };
}

function placed(
  stretch: Stretch,
  records: readonly number[],
  rows: readonly number[],
  partnerOf: Int32Array,
  isExact: Uint8Array,
  pair: (a: number, b: number) => number,
): Int32Array {
  const rowOf = new Int32Array(stretch.recordTo - stretch.recordFrom).fill(-1);
  partnerOf.forEach((b, a) => {
    const index = placeAt(records, a) - stretch.recordFrom;
    if (b !== -1) rowOf[index] = placeAt(rows, b);
    if (b === -1 || pair(a, b) >= EXACT_BELOW) isExact[index] = 0;
  });
  return rowOf;
}

/** Also a win much later than its record, where the spin took its time, is near its debit. */
function isSoonAfter(bet: LedgerRow | undefined, win: LedgerRow, options: ReconcileOptions): boolean {
  return bet !== undefined && win.atMs >= bet.atMs && win.atMs - bet.atMs <= options.clockToleranceMs;
}

function lagMs(timeline: Timeline, nextBet: number, win: LedgerRow): number {
  return win.atMs - (timeline.rows[nextBet]?.atMs ?? win.atMs);
}

function isCredited(timeline: Timeline, record: LogRecord): boolean {
  const credit = timeline.credits.get(record.dataId);
  return credit !== undefined && !credit.isCanceled && credit.amountUnits === record.winUnits;
}

function aloneCost(row: LedgerRow): number {
  return row.isCanceled ? 0 : COST.alone;
}

function timeCost(apartMs: number, options: ReconcileOptions): number {
  return options.clockToleranceMs === 0 ? 0 : Math.min(1, apartMs / options.clockToleranceMs) * TIME_COST;
}

function recordPlaces(timeline: Timeline, stretch: Stretch, isWanted: (record: LogRecord) => boolean): number[] {
  const places: number[] = [];
  for (let place = stretch.recordFrom; place < stretch.recordTo; place += 1) {
    const record = timeline.records[place];
    if (record !== undefined && isWanted(record)) places.push(place);
  }
  return places;
}

function rowPlaces(timeline: Timeline, stretch: Stretch, kind: LedgerRow['kind']): number[] {
  const places: number[] = [];
  for (let place = stretch.rowFrom; place < stretch.rowTo; place += 1) {
    if (timeline.rows[place]?.kind === kind) places.push(place);
  }
  return places;
}

function placeAt(places: readonly number[], index: number): number {
  const place = places[index];
  if (place === undefined) throw new Error(`no place ${index}`);
  return place;
}

function recordAt(timeline: Timeline, places: readonly number[], index: number): LogRecord {
  const record = timeline.records[placeAt(places, index)];
  if (record === undefined) throw new Error(`no record at ${index}`);
  return record;
}

function rowAt(timeline: Timeline, places: readonly number[], index: number): LedgerRow {
  const row = timeline.rows[placeAt(places, index)];
  if (row === undefined) throw new Error(`no row at ${index}`);
  return row;
}
