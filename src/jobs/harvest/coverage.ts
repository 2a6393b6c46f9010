import { type Pool, selectRow, selectRows } from '../../common/db.ts';
import type { HarvestConfig } from './config.ts';

export type Coverage = {
  /** All before it is read, of all that should be; null: nothing was looked at yet. */
  harvestedUntilMs: number | null;
  /** Up to where the wallet was asked which terminals were played at; null: never. */
  seenUntilMs: number | null;
  terminals: number;
  behind: number;
  failing: number;
  records: bigint;
  gaps: number;
  /** When any terminal was tried last. */
  triedAtMs: number | null;
};

export type BehindTerminal = { hallId: string; uid: string; harvestedUntilMs: number; error: string };

/** Who is played at is read every hour: this is one that was missed. */
export const BEHIND_MS = 2 * 3_600_000;

type Sums = {
  terminals: bigint;
  owed_until_ms: bigint | null;
  behind: string | null;
  failing: string | null;
  records: string | null;
  tried_at_ms: bigint | null;
};

/** A terminal is owed until its log is read up to HARVEST_QUIET_MS after its last activity. */
const OWED = 'due_at_ms IS NOT NULL AND harvested_until_ms < active_until_ms + ?';
const OF_HALL = "(? = '' OR hall_id = ?)";

/** `hallId` empty: of all halls. */
export async function readCoverage(
  pool: Pool,
  config: HarvestConfig,
  hallId: string,
  nowMs: number,
): Promise<Coverage> {
  const quietMs = config.HARVEST_QUIET_MS;
  const [sums, gaps, activity] = await Promise.all([
    selectRow<Sums>(
      pool,
      `SELECT COUNT(*) AS terminals, MIN(CASE WHEN ${OWED} THEN harvested_until_ms END) AS owed_until_ms,
         SUM(${OWED} AND harvested_until_ms < ?) AS behind, SUM(failures > 0) AS failing, SUM(record_count) AS records,
         MAX(tried_at_ms) AS tried_at_ms FROM harvests WHERE ${OF_HALL}`,
      [quietMs, quietMs, nowMs - BEHIND_MS, hallId, hallId],
    ),
    selectRow<{ gaps: bigint }>(pool, `SELECT COUNT(*) AS gaps FROM harvest_gaps WHERE ${OF_HALL}`, [hallId, hallId]),
    selectRow<{ seen_until_ms: bigint }>(pool, 'SELECT seen_until_ms FROM harvest_activity WHERE id = 1'),
  ]);
  const seenUntilMs = activity === null ? null : Number(activity.seen_until_ms);
  const owedUntilMs = Number(sums?.owed_until_ms ?? Number.MAX_SAFE_INTEGER);
  return {
    harvestedUntilMs: seenUntilMs === null ? null : Math.min(seenUntilMs, owedUntilMs),
    seenUntilMs,
    terminals: Number(sums?.terminals ?? 0n),
    behind: Number(sums?.behind ?? 0),
    failing: Number(sums?.failing ?? 0),
    records: BigInt(sums?.records ?? 0),
    gaps: Number(gaps?.gaps ?? 0n),
    triedAtMs: sums?.tried_at_ms === null || sums === null ? null : Number(sums.tried_at_ms),
  };
}

/** Those that are behind, or fail, the furthest behind first. */
export async function listBehind(
  pool: Pool,
  config: HarvestConfig,
  options: { hallId: string; nowMs: number; limit: number },
): Promise<BehindTerminal[]> {
  const rows = await selectRows<{ hall_id: string; uid: string; harvested_until_ms: bigint; error: string }>(
    pool,
    `SELECT hall_id, uid, harvested_until_ms, error FROM harvests
     WHERE ${OF_HALL} AND (failures > 0 OR (${OWED} AND harvested_until_ms < ?))
     ORDER BY harvested_until_ms, hall_id, uid LIMIT ?`,
    [options.hallId, options.hallId, config.HARVEST_QUIET_MS, options.nowMs - BEHIND_MS, options.limit],
  );
  return rows.map((row) => ({
    hallId: row.hall_id,
    uid: row.uid,
    harvestedUntilMs: Number(row.harvested_until_ms),
    error: row.error,
  }));
}
