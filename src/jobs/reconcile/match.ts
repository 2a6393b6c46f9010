import { settleAt } from './accept.ts';
import { judge, judgeAlone, matchOf, spinsOf } from './findings.ts';
import { createTimeline, type Timeline } from './timeline.ts';
import type { Cut, LedgerRow, LogRecord, Reconciled, ReconcileInput, ReconcileOptions } from './types.ts';
import { type Pairing, pairUp, type Stretch } from './window.ts';

/** Records and rows that are looked at together, first; twice as many each time while no place is found to go on from. */
const WINDOW = 64;
/** A window is settled then as well as can be: what two sides that have nothing in common may cost is bounded. */
const WINDOW_AT_MOST = 2_048;

/** Where the run is: everything before is settled, and nothing of it is looked at again, so it could as well have begun here. */
type Run = {
  timeline: Timeline;
  options: ReconcileOptions;
  recordAt: number;
  rowAt: number;
  balanceUnits: bigint | null;
  result: Pick<Reconciled, 'matches' | 'findings'> & { settledBets: number };
};

/**
 * Matches the game log of one terminal to its rows in our ledger. Pure: the same input gives the same result, and going on from the cut of
 * a result with what came since gives what one run over all of it gives.
 *
 * Where all agrees it walks down both sides, spin by spin. Where it stumbles it takes a window of both and looks for the cheapest way to
 * pair them (see COST), and goes on behind some spins that are exact again. Near the horizon it stops: what it would have to look
 * at to be sure isn't known yet.
 */
export function reconcile(input: ReconcileInput, options: ReconcileOptions): Reconciled {
  const run: Run = {
    timeline: createTimeline(input, options),
    options,
    recordAt: 0,
    rowAt: 0,
    balanceUnits: input.from?.balanceUnits ?? null,
    result: { matches: [], findings: [], settledBets: 0 },
  };
  do {
    if (options.balances === 'check') walk(run);
  } while (settleWindow(run));
  return { ...run.result, cut: cutOf(run, input.from), settledUntilMs: settledUntilMs(run) };
}

/** Settles spin after spin as long as one and the next are exact: an exact one alone may be another's. */
function walk(run: Run): void {
  const { records } = run.timeline;
  let rowCount = exactRows(run, run.recordAt, run.rowAt, run.balanceUnits);
  while (rowCount !== -1) {
    const record = records[run.recordAt];
    if (record === undefined) return;
    const nextRow = run.rowAt + rowCount;
    const nextRowCount = exactRows(run, run.recordAt + 1, nextRow, record.balanceUnits);
    if (nextRowCount === -1 && !isQuiet(run, run.recordAt + 1, nextRow)) return;
    settleExact(run, record, rowCount);
    rowCount = nextRowCount;
  }
}

/** How many rows a record has, where all of them are there, next and as they should be; else -1. */
function exactRows(run: Run, recordAt: number, rowAt: number, balanceUnits: bigint | null): number {
  const { records, rows, credits } = run.timeline;
  const record = records[recordAt];
  if (record === undefined || (credits.size > 0 && credits.has(record.dataId))) return -1;
  const bet = record.betUnits === 0n ? null : rows[rowAt];
  if (bet === undefined || (bet !== null && !isExactBet(record, bet, run.options))) return -1;
  const betCount = bet === null ? 0 : 1;
  if (record.winUnits === 0n) return betCount;
  const win = rows[rowAt + betCount];
  return win !== undefined && isExactWin(record, bet, win, balanceUnits, run.options) ? betCount + 1 : -1;
}

function isExactBet(record: LogRecord, row: LedgerRow, { clockToleranceMs }: ReconcileOptions): boolean {
  return (
    row.kind === 'bet' &&
    !row.isCanceled &&
    row.amountUnits === record.betUnits &&
    row.balanceAfterUnits + record.winUnits === record.balanceUnits &&
    Math.abs(record.playedAtMs - row.atMs) <= clockToleranceMs
  );
}

function isExactWin(
  record: LogRecord,
  bet: LedgerRow | null,
  row: LedgerRow,
  balanceUnits: bigint | null,
  { clockToleranceMs }: ReconcileOptions,
): boolean {
  if (row.kind !== 'win' || row.isCanceled || row.amountUnits !== record.winUnits) return false;
  const isNear = Math.abs(record.playedAtMs - row.atMs) <= clockToleranceMs;
  if (bet !== null) return isNear || row.atMs - bet.atMs <= clockToleranceMs;
  const isBalanceSame =
    row.balanceAfterUnits === record.balanceUnits ||
    (balanceUnits !== null && balanceUnits + record.winUnits === record.balanceUnits);
  return isNear && isBalanceSame;
}

function settleExact(run: Run, record: LogRecord, rowCount: number): void {
  const first = run.timeline.rows[run.rowAt];
  const hasBet = record.betUnits !== 0n;
  const win = record.winUnits === 0n ? undefined : run.timeline.rows[run.rowAt + rowCount - 1];
  run.result.matches.push({
    dataId: record.dataId,
    betTransactionId: hasBet ? (first?.transactionId ?? null) : null,
    winTransactionId: win?.transactionId ?? null,
    isInOrder: true,
  });
  if (hasBet) run.result.settledBets += 1;
  run.recordAt += 1;
  run.rowAt += rowCount;
  run.balanceUnits = record.balanceUnits;
}

/**
 * Whether nothing follows on either side within the tolerance of what comes next up to there: nothing behind can belong to it then.
 * What is settled doesn't count: a run that begins here doesn't know it.
 */
function isQuiet({ timeline, options, recordAt, rowAt }: Run, recordTo: number, rowTo: number): boolean {
  const { records, rows } = timeline;
  const lastRecordMs = recordTo > recordAt ? records[recordTo - 1]?.playedAtMs : undefined;
  const lastRowMs = rowTo > rowAt ? rows[rowTo - 1]?.atMs : undefined;
  const quietUntilMs = Math.max(lastRecordMs ?? -Infinity, lastRowMs ?? -Infinity) + options.clockToleranceMs;
  const nextMs = Math.min(records[recordTo]?.playedAtMs ?? Infinity, rows[rowTo]?.atMs ?? Infinity);
  return nextMs > quietUntilMs && (nextMs !== Infinity || quietUntilMs <= options.untilMs);
}

/** Settles a window, or the beginning of it. False: nothing is left, or not enough is known to settle more. */
function settleWindow(run: Run): boolean {
  for (let size = WINDOW; size <= WINDOW_AT_MOST; size *= 2) {
    const window = openWindow(run, size);
    if (window === null) return false;
    const pairing = pairUp(run.timeline, window.stretch, run.options);
    const end = window.isWhole
      ? window.stretch
      : settleAt(run.timeline, pairing, run.options, size * 2 > WINDOW_AT_MOST);
    if (end === null) continue;
    settlePairing(run, pairing, end.recordTo, end.rowTo);
    return true;
  }
  return false;
}

/**
 * The next records and rows, in order of time, until nothing follows within the tolerance (`isWhole`) or `size` of them are in it; null
 * where neither is so before the horizon.
 */
function openWindow(run: Run, size: number): { stretch: Stretch; isWhole: boolean } | null {
  const { records, rows } = run.timeline;
  const stretch = { recordFrom: run.recordAt, recordTo: run.recordAt, rowFrom: run.rowAt, rowTo: run.rowAt };
  for (let count = 0; count < size; count += 1) {
    if (count > 0 && isQuiet(run, stretch.recordTo, stretch.rowTo)) return { stretch, isWhole: true };
    const recordMs = records[stretch.recordTo]?.playedAtMs ?? Infinity;
    const rowMs = rows[stretch.rowTo]?.atMs ?? Infinity;
    if (recordMs === Infinity && rowMs === Infinity) return null;
    if (rowMs <= recordMs) stretch.rowTo += 1;
    else stretch.recordTo += 1;
  }
  return { stretch, isWhole: false };
}

function settlePairing(run: Run, pairing: Pairing, recordTo: number, rowTo: number): void {
  const { timeline, options, result } = run;
  for (const spin of spinsOf(timeline, pairing, recordTo, run.balanceUnits)) {
    const findings = judge(spin, options);
    result.findings.push(...findings);
    result.matches.push(matchOf(spin, findings.length === 0));
  }
  const taken = new Set([...pairing.betOf, ...pairing.winOf]);
  const alone: number[] = [];
  for (let place = run.rowAt; place < rowTo; place += 1) {
    const row = timeline.rows[place];
    if (row?.kind === 'bet' && !row.isCanceled) result.settledBets += 1;
    if (!taken.has(place)) alone.push(place);
  }
  result.findings.push(...judgeAlone(timeline, alone, options));
  run.recordAt = recordTo;
  run.rowAt = rowTo;
  run.balanceUnits = timeline.records[recordTo - 1]?.balanceUnits ?? run.balanceUnits;
}

function cutOf({ timeline, options, recordAt, rowAt, balanceUnits }: Run, from: Cut | null): Cut {
  const record = timeline.records[recordAt - 1];
  const row = timeline.rows[rowAt - 1];
  return {
    log: record === undefined ? (from?.log ?? null) : { playedAtMs: record.playedAtMs, dataId: record.dataId },
    ledger: row === undefined ? (from?.ledger ?? null) : { atMs: row.atMs, seq: row.seq },
    balanceUnits,
    untilMs: options.untilMs,
  };
}

function settledUntilMs({ timeline, options, recordAt, rowAt }: Run): number {
  const record = timeline.records[recordAt];
  const row = timeline.rows[rowAt];
  if (record === undefined && row === undefined) return options.untilMs;
  return Math.min(record?.playedAtMs ?? Infinity, row?.atMs ?? Infinity) - 1;
}
