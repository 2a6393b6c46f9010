import type { Timeline } from './timeline.ts';
import type { ReconcileOptions } from './types.ts';
import type { Pairing } from './window.ts';

type Place = { recordTo: number; rowTo: number };

/** So many spins in a row that are exact can't be others': what is behind them doesn't change what is before them. */
const EXACT_SPINS = { check: 4, ignore: 16 } as const;

/**
 * Where a pairing that goes on behind its window may be settled up to: behind the last exact spins that are clear of the window's end,
 * where partners may be missing. null: nowhere; with `isForced` somewhere, whatever it takes.
 */
export function settleAt(
  timeline: Timeline,
  pairing: Pairing,
  options: ReconcileOptions,
  isForced: boolean,
): Place | null {
  const { recordTo, rowTo } = pairing.stretch;
  const endMs = Math.max(
    timeline.records[recordTo - 1]?.playedAtMs ?? -Infinity,
    timeline.rows[rowTo - 1]?.atMs ?? -Infinity,
  );
  const clearMs = endMs - 2 * options.clockToleranceMs;
  return (
    behindExactSpins(timeline, pairing, clearMs, EXACT_SPINS[options.balances]) ??
    (isForced ? anywhere(timeline, pairing, clearMs) : null)
  );
}

function behindExactSpins(
  timeline: Timeline,
  { stretch, betOf, winOf, isExact }: Pairing,
  clearMs: number,
  wanted: number,
): Place | null {
  let found: Place | null = null;
  let spins = 0;
  let nextRow = stretch.rowFrom;
  for (let index = 0; index < isExact.length; index += 1) {
    const record = timeline.records[stretch.recordFrom + index];
    if (record === undefined || record.playedAtMs > clearMs) break;
    const rows = rowsOf(betOf, winOf, index);
    const isGood = isExact[index] === 1;
    // Neither for nor against: nothing moved.
    if (isGood && rows.length === 0) continue;
    const first = rows[0] ?? -1;
    const isInOneGo = isGood && rows.every((row, count) => row === first + count);
    if (!isInOneGo) spins = 0;
    else spins = first === nextRow ? spins + 1 : 1;
    nextRow = Math.max(nextRow, ...rows.map((row) => row + 1));
    const isClear = (timeline.rows[nextRow - 1]?.atMs ?? clearMs) <= clearMs;
    if (spins >= wanted && isClear) found = { recordTo: stretch.recordFrom + index + 1, rowTo: nextRow };
  }
  return found;
}

/** The last place clear of the end that no pair crosses; all of the window where there is none. */
function anywhere(timeline: Timeline, { stretch, betOf, winOf }: Pairing, clearMs: number): Place {
  let { recordTo, rowTo } = stretch;
  while (recordTo > stretch.recordFrom && (timeline.records[recordTo - 1]?.playedAtMs ?? 0) > clearMs) recordTo -= 1;
  while (rowTo > stretch.rowFrom && (timeline.rows[rowTo - 1]?.atMs ?? 0) > clearMs) rowTo -= 1;
  for (let before = -1; before !== recordTo + rowTo; ) {
    before = recordTo + rowTo;
    for (let index = 0; index < betOf.length; index += 1) {
      const place = stretch.recordFrom + index;
      const rows = rowsOf(betOf, winOf, index);
      if (place >= recordTo) rowTo = Math.min(rowTo, ...rows);
      else if (rows.some((row) => row >= rowTo)) recordTo = place;
    }
  }
  const isEmpty = recordTo === stretch.recordFrom && rowTo === stretch.rowFrom;
  return isEmpty ? stretch : { recordTo, rowTo };
}

function rowsOf(betOf: Int32Array, winOf: Int32Array, index: number): number[] {
  return [betOf[index] ?? -1, winOf[index] ?? -1].filter((row) => row !== -1);
}
