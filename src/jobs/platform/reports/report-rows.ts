import { type Queryable, selectRow, selectRows } from '../../../common/db.ts';
import type { GroupKey } from './compare.ts';
import type { Figures } from './figures.ts';

export type DayKey = { operatorId: string; day: string };

/** When the report was asked for last, and how often; null: never. */
export type PullMark = { doneAtMs: number; pulls: number };

export type DayReport = { pull: PullMark | null; rows: (GroupKey & { figures: Figures })[] };

type ReportRow = {
  vendor: string;
  currency_code: string;
  bets_count: bigint;
  bets_units: bigint;
  wins_count: bigint;
  wins_units: bigint;
  freespins_count: bigint;
  freespins_units: bigint;
  jackpots_count: bigint;
  jackpots_units: bigint;
  ggr_units: bigint;
};

/** The mark is read first: where it is still the same when the comparison is written, the rows belong to it. */
export async function readReport(on: Queryable, { operatorId, day }: DayKey): Promise<DayReport> {
  const pull = await readMark(on, { operatorId, day });
  const rows = await selectRows<ReportRow>(
    on,
    `SELECT vendor, currency_code, bets_count, bets_units, wins_count, wins_units, freespins_count, freespins_units, jackpots_count,
       jackpots_units, ggr_units FROM business_reports WHERE operator_id = ? AND report_day = ?`,
    [operatorId, day],
  );
  return { pull, rows: rows.map(toRow) };
}

/** With `lock`, nobody else stores or compares the day's report until the end of the transaction. */
export async function readMark(
  on: Queryable,
  { operatorId, day }: DayKey,
  lock: 'FOR UPDATE' | '' = '',
): Promise<PullMark | null> {
  const row = await selectRow<{ done_at_ms: bigint | null; pulls: number }>(
    on,
    `SELECT done_at_ms, pulls FROM platform_pulls WHERE operator_id = ? AND kind = 'report' AND item = ? ${lock}`,
    [operatorId, day],
  );
  return row === null || row.done_at_ms === null ? null : { doneAtMs: Number(row.done_at_ms), pulls: row.pulls };
}

const toRow = (row: ReportRow): GroupKey & { figures: Figures } => ({
  vendor: row.vendor,
  currencyCode: row.currency_code,
  figures: {
    betsCount: row.bets_count,
    betsUnits: row.bets_units,
    winsCount: row.wins_count,
    winsUnits: row.wins_units,
    freespinsCount: row.freespins_count,
    freespinsUnits: row.freespins_units,
    jackpotsCount: row.jackpots_count,
    jackpotsUnits: row.jackpots_units,
    ggrUnits: row.ggr_units,
  },
});
