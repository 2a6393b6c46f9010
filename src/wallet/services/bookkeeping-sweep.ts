import { change, inTransaction, type Queryable, selectRow, selectRows } from '../../common/db.ts';
import { bookAlone, changesOf, type DayBook } from '../books/day-book.ts';
import { isPlay } from '../books/entry.ts';
import { type SumDeps, sumPlayedRounds } from './bookkeeping-rounds.ts';
import { addToDayTotals, type RoundKey, selectEntries } from './bookkeeping-rows.ts';

/**
 * Longer than a transaction takes from the time it writes into its rows to its COMMIT: behind this, none is still to come. A row that
 * came behind the watermark would be missing from the books for good, so this is far longer than statements are waited for: a COMMIT
 * may hang on a stalled server, and be done after its wallet has given it up; and the wallets' clocks may differ.
 */
export const SETTLED_MS = 600_000;

/** Names in the table of watermarks: of what is booked as soon as it is settled, and of overdue rounds. */
export const WATERMARKS = { settled: 'ledger', overdue: 'ledger-overdue' } as const;

const ROUNDS_AT_ONCE = 100;

export type Swept = { untilMs: number; rows: number; caughtUp: boolean };

/** Part of the ledger by the time its rows were written: from `fromMs` to before `toMs`, and how many rows that was when it was cut out. */
type Window = { fromMs: number; toMs: number; rows: number; caughtUp: boolean };

/** One reading of the ledger, with its own watermark. */
type Sweep = {
  watermark: string;
  endMs: number;
  /** Rounds that changed in the window and are to be summed. */
  roundsOf: (on: Queryable, window: Window) => Promise<RoundKey[]>;
  /** What changes the books with the watermark, in its transaction. */
  book: (on: Queryable, window: Window) => Promise<void>;
};

/**
 * Reads the ledger on, by at most about `rowsMax` rows of each of two readings. As soon as it is settled: what belongs to no round is
 * booked. And when it is as old as a round may be: rounds that nobody closed are summed all the same, so that the days miss nothing, and a
 * bet without a result is found. Rounds that are finished or closed are summed on their messages; those that never were, as in a database
 * from before there were days' totals, here.
 */
export async function sweepLedger(deps: SumDeps, rowsMax: number): Promise<Swept> {
  const settledMs = deps.nowMs - SETTLED_MS;
  const settled = await advance(deps, rowsMax, {
    watermark: WATERMARKS.settled,
    endMs: settledMs,
    roundsOf: async () => [],
    book: bookRoundless,
  });
  const overdue = await advance(deps, rowsMax, {
    watermark: WATERMARKS.overdue,
    endMs: Math.min(settledMs, deps.rules.overdueBeforeMs),
    roundsOf: unsummedRounds,
    book: async () => {},
  });
  return { untilMs: settled.toMs, rows: settled.rows, caughtUp: settled.caughtUp && overdue.caughtUp };
}

/**
 * Rounds are summed first: twice is as good as once, whoever dies in between. What is not so moves the watermark in the transaction
 * that writes it: of several that sweep at once, one does.
 */
async function advance(deps: SumDeps, rowsMax: number, sweep: Sweep): Promise<Window> {
  const { pool, nowMs } = deps;
  const fromMs = await readWatermark(pool, sweep.watermark);
  const window = await nextWindow(pool, fromMs, sweep.endMs, rowsMax);
  if (window.toMs === fromMs) return window;
  await sumAll(deps, await sweep.roundsOf(pool, window));
  await inTransaction(pool, async (connection) => {
    await lockWatermark(connection, sweep.watermark, nowMs);
    if ((await readWatermark(connection, sweep.watermark)) !== fromMs) return;
    await sweep.book(connection, window);
    await change(connection, 'UPDATE watermarks SET until_ms = ?, updated_at_ms = ? WHERE name = ?', [
      window.toMs,
      nowMs,
      sweep.watermark,
    ]);
  });
  return window;
}

/** All before this was swept; 0: nothing yet. */
export async function readWatermark(on: Queryable, name: string): Promise<number> {
  const row = await selectRow<{ until_ms: bigint }>(on, 'SELECT until_ms FROM watermarks WHERE name = ?', [name]);
  return Number(row?.until_ms ?? 0);
}

/** The upsert locks the row, there or not, until the end of the transaction. */
async function lockWatermark(on: Queryable, name: string, nowMs: number): Promise<void> {
  await change(
    on,
    'INSERT INTO watermarks (name, until_ms, updated_at_ms) VALUES (?) ON DUPLICATE KEY UPDATE name = VALUES(name)',
    [[name, 0, nowMs]],
  );
}

/**
 * Ends a window between two milliseconds, never within one: rows of the same millisecond stay together. It has at most `rowsMax` rows,
 * except where a single millisecond has more.
 */
async function nextWindow(on: Queryable, fromMs: number, endMs: number, rowsMax: number): Promise<Window> {
  if (endMs <= fromMs) return { fromMs, toMs: fromMs, rows: 0, caughtUp: true };
  const behind = await selectRow<{ created_at_ms: bigint }>(
    on,
    `SELECT created_at_ms FROM transactions WHERE created_at_ms >= ? AND created_at_ms < ?
     ORDER BY created_at_ms LIMIT 1 OFFSET ?`,
    [fromMs, endMs, rowsMax],
  );
  const toMs = behind === null ? endMs : Math.max(Number(behind.created_at_ms), fromMs + 1);
  const counted = await selectRow<{ count: bigint }>(
    on,
    'SELECT COUNT(*) AS count FROM transactions WHERE created_at_ms >= ? AND created_at_ms < ?',
    [fromMs, toMs],
  );
  return { fromMs, toMs, rows: Number(counted?.count ?? 0), caughtUp: behind === null };
}

/**
 * Books play outside of rounds, and takes back, on the day of the original, what was canceled. Each row changes the totals once, when
 * it is read: so it doesn't matter whether an original comes before its reversal, with it or after it.
 */
async function bookRoundless(on: Queryable, { fromMs, toMs }: Window): Promise<void> {
  const played = await selectEntries(
    on,
    `transactions t WHERE t.created_at_ms >= ? AND t.created_at_ms < ? AND t.round_id = '' AND t.is_reversal = 0
       AND t.status = 'ok' AND t.kind IN ('bet', 'win', 'refund')`,
    [fromMs, toMs],
  );
  const canceled = await selectEntries(
    on,
    `transactions r JOIN transactions t ON t.operator_id = r.operator_id AND t.provider = r.provider
       AND t.transaction_id = r.transaction_id AND t.is_reversal = 0
     WHERE r.created_at_ms >= ? AND r.created_at_ms < ? AND r.is_reversal = 1 AND t.round_id = ''`,
    [fromMs, toMs],
  );
  const changes: DayBook = new Map();
  for (const entry of played) bookAlone(changes, entry, 1n);
  // What was refused, or is no play, was never booked.
  for (const entry of canceled.filter(isPlay)) bookAlone(changes, entry, -1n);
  await addToDayTotals(on, changesOf(changes));
}

type RoundRow = { player_id: bigint; provider: string; round_id: string };

/**
 * Rounds in which something moved in the window and that nobody has closed (`finishround` is optional: PLATFORM v2.49, Operator API), or
 * that weren't summed since: their message may still be owed, or lost. So everything before the window is in the books, whatever became of
 * messages. The rows of `r` and `s` are all NULL where there is none.
 */
async function unsummedRounds(on: Queryable, { fromMs, toMs }: Window): Promise<RoundKey[]> {
  const rows = await selectRows<RoundRow>(
    on,
    `SELECT DISTINCT t.player_id, t.provider, t.round_id FROM transactions t
     LEFT JOIN rounds r ON r.player_id = t.player_id AND r.provider = t.provider AND r.round_id = t.round_id
     LEFT JOIN round_totals s ON s.player_id = t.player_id AND s.provider = t.provider AND s.round_id = t.round_id
     WHERE t.created_at_ms >= ? AND t.created_at_ms < ? AND t.round_id <> '' AND t.status = 'ok'
       AND (r.closed_at_ms IS NULL OR s.summed_at_ms IS NULL OR s.summed_at_ms <= t.created_at_ms)`,
    [fromMs, toMs],
  );
  return rows.map((row) => ({ playerId: row.player_id, provider: row.provider, roundId: row.round_id }));
}

async function sumAll(deps: SumDeps, rounds: readonly RoundKey[]): Promise<void> {
  for (let at = 0; at < rounds.length; at += ROUNDS_AT_ONCE) {
    await sumPlayedRounds(deps, rounds.slice(at, at + ROUNDS_AT_ONCE));
  }
}
