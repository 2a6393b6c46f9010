import { type Pool, selectRows } from '../../../common/db.ts';
import { dayOf } from './due.ts';
import { endOf, isComplete } from './reconcile.ts';
import type { DayKey } from './report-rows.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** As far back a run looks: further back nothing of a day changes any more by itself. */
const LOOKED_BACK_DAYS = 40;
const DAYS_AT_ONCE = 50;
/** What people may be at is compared again so often, without a new report: our books may have changed. */
const AGAIN_MS = HOUR_MS;
/** Where neither side has anything, so long after the day's end our books may still come to have something. */
const EMPTY_MS = 4 * DAY_MS;

export type PulledDay = DayKey & {
  pulledAtMs: number;
  pulls: number;
  /** Groups that are compared. */
  groups: number;
  provisional: number;
  /** Groups with a discrepancy that somebody may be at, or that was just corrected. */
  underWay: number;
  /** Null: never. */
  reconciledAtMs: number | null;
};

/** Days whose report is there and that are to be compared (again), the longest waiting first. */
export async function daysToReconcile(
  pool: Pool,
  options: { nowMs: number; completeUntilMs: number; comparedAtMs: (key: DayKey) => number },
): Promise<DayKey[]> {
  const days = (await readPulled(pool, dayOf(options.nowMs - LOOKED_BACK_DAYS * DAY_MS))).map((day) => ({
    ...day,
    reconciledAtMs: Math.max(day.reconciledAtMs ?? 0, options.comparedAtMs(day)),
  }));
  return days
    .filter((day) => isToBeCompared(day, options))
    .sort((a, b) => a.reconciledAtMs - b.reconciledAtMs)
    .slice(0, DAYS_AT_ONCE)
    .map(({ operatorId, day }) => ({ operatorId, day }));
}

/** A report that came since; books that are complete since; and now and then what is under way, or was empty. */
export function isToBeCompared(
  day: PulledDay,
  { nowMs, completeUntilMs }: { nowMs: number; completeUntilMs: number },
): boolean {
  const reconciledAtMs = day.reconciledAtMs ?? 0;
  if (day.pulledAtMs > reconciledAtMs) return true;
  const pull = { doneAtMs: day.pulledAtMs, pulls: day.pulls };
  if (day.provisional > 0 && isComplete(day.day, pull, completeUntilMs)) return true;
  const mayChange = day.underWay > 0 || (day.groups === 0 && nowMs < endOf(day.day) + EMPTY_MS);
  return mayChange && nowMs - reconciledAtMs >= AGAIN_MS;
}

async function readPulled(pool: Pool, sinceDay: string): Promise<PulledDay[]> {
  const rows = await selectRows<{
    operator_id: string;
    item: string;
    done_at_ms: bigint;
    pulls: number;
    compared: bigint;
    provisional: bigint;
    under_way: bigint;
    reconciled_at_ms: bigint | null;
  }>(
    pool,
    `SELECT p.operator_id, p.item, p.done_at_ms, p.pulls, COUNT(c.vendor) AS compared,
       COUNT(CASE WHEN c.state = 'provisional' THEN 1 END) AS provisional, COUNT(d.discrepancy_id) AS under_way,
       MAX(c.reconciled_at_ms) AS reconciled_at_ms
     FROM platform_pulls p
     LEFT JOIN report_comparisons c ON c.operator_id = p.operator_id AND c.report_day = p.item
     LEFT JOIN discrepancies d ON c.state = 'differs' AND d.provider = 'platform' AND d.finding_key = c.finding_key
       AND d.state IN ('open', 'proposed', 'approved', 'corrected')
     WHERE p.kind = 'report' AND p.done_at_ms IS NOT NULL AND p.item >= ?
     GROUP BY p.operator_id, p.item, p.done_at_ms, p.pulls`,
    [sinceDay],
  );
  return rows.map((row) => ({
    operatorId: row.operator_id,
    day: row.item,
    pulledAtMs: Number(row.done_at_ms),
    pulls: row.pulls,
    groups: Number(row.compared),
    provisional: Number(row.provisional),
    underWay: Number(row.under_way),
    reconciledAtMs: row.reconciled_at_ms === null ? null : Number(row.reconciled_at_ms),
  }));
}
