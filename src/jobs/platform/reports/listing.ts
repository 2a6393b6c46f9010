import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Pool, type SqlValue, selectRows } from '../../../common/db.ts';
import { invalidArgument } from '../../../common/fault.ts';
import type { ReportDaySchema, ReportFiguresSchema, ReportPullSchema } from '../../../gen/jobs/v1/reports_pb.ts';
import { type Figures, parseFigures } from './figures.ts';
import { PROVIDER } from './play.ts';
import type { ReportSpan } from './reports.ts';

const ROWS_AT_MOST = 10_000;
const PULLS_AT_MOST = 1_000;

type ReportDay = MessageInitShape<typeof ReportDaySchema>;

type DayRow = {
  operator_id: string;
  report_day: string;
  vendor: string;
  currency_code: string;
  state: string;
  ours: string;
  theirs: string;
  cause: string;
  reconciled_at_ms: bigint;
  discrepancy_id: bigint | null;
  discrepancy_state: string | null;
  done_at_ms: bigint | null;
  changed_at_ms: bigint | null;
};

/** Newest day first. Throws INVALID_ARGUMENT where there are too many. */
export async function listReportDays(
  pool: Pool,
  span: ReportSpan,
  only: { vendor: string; currencyCode: string; state: string },
): Promise<ReportDay[]> {
  const conditions: [string, SqlValue][] = [
    ['c.report_day >= ?', span.fromDay],
    ['c.report_day <= ?', span.toDay],
  ];
  if (span.operatorId !== '') conditions.push(['c.operator_id = ?', span.operatorId]);
  if (only.vendor !== '') conditions.push(['c.vendor = ?', only.vendor]);
  if (only.currencyCode !== '') conditions.push(['c.currency_code = ?', only.currencyCode]);
  if (only.state !== '') conditions.push(['c.state = ?', only.state]);
  const days = await selectDays(pool, conditions);
  if (days.length <= ROWS_AT_MOST) return days;
  throw invalidArgument('to_day', `more than ${ROWS_AT_MOST} of them: ask for fewer days`);
}

/** Null where nothing is compared. */
export async function findReportDay(
  pool: Pool,
  key: { operatorId: string; day: string; vendor: string; currencyCode: string },
): Promise<ReportDay | null> {
  const [found] = await selectDays(pool, [
    ['c.operator_id = ?', key.operatorId],
    ['c.report_day = ?', key.day],
    ['c.vendor = ?', key.vendor],
    ['c.currency_code = ?', key.currencyCode],
  ]);
  return found ?? null;
}

async function selectDays(pool: Pool, conditions: readonly [string, SqlValue][]): Promise<ReportDay[]> {
  const rows = await selectRows<DayRow>(
    pool,
    `SELECT c.operator_id, c.report_day, c.vendor, c.currency_code, c.state, c.ours, c.theirs, c.cause, c.reconciled_at_ms,
       d.discrepancy_id, d.state AS discrepancy_state, p.done_at_ms,
       (SELECT MAX(b.changed_at_ms) FROM business_reports b WHERE b.operator_id = c.operator_id AND b.report_day = c.report_day
         AND b.vendor = c.vendor AND b.currency_code = c.currency_code) AS changed_at_ms
     FROM report_comparisons c
     LEFT JOIN discrepancies d ON d.provider = '${PROVIDER}' AND d.finding_key = c.finding_key
     LEFT JOIN platform_pulls p ON p.operator_id = c.operator_id AND p.kind = 'report' AND p.item = c.report_day
     WHERE ${conditions.map(([condition]) => condition).join(' AND ')}
     ORDER BY c.report_day DESC, c.operator_id, c.vendor, c.currency_code LIMIT ${ROWS_AT_MOST + 1}`,
    conditions.map(([, value]) => value),
  );
  return rows.map(toDay);
}

function toDay(row: DayRow): ReportDay {
  const [ours, theirs] = [parseFigures(row.ours), parseFigures(row.theirs)];
  return {
    operatorId: row.operator_id,
    reportDay: row.report_day,
    vendor: row.vendor,
    currencyCode: row.currency_code,
    state: row.state,
    ...(ours === null ? {} : { ours: toFigures(ours) }),
    ...(theirs === null ? {} : { theirs: toFigures(theirs) }),
    cause: row.cause,
    discrepancyId: row.discrepancy_id ?? 0n,
    discrepancyState: row.discrepancy_state ?? '',
    pulledAtMs: row.done_at_ms ?? 0n,
    changedAtMs: row.changed_at_ms ?? 0n,
    reconciledAtMs: row.reconciled_at_ms,
  };
}

const toFigures = ({ freespinsCount, ...figures }: Figures): MessageInitShape<typeof ReportFiguresSchema> => ({
  ...figures,
  freespinsCount: freespinsCount ?? 0n,
});

/** Of the newest days. */
export async function listPulls(pool: Pool): Promise<MessageInitShape<typeof ReportPullSchema>[]> {
  const rows = await selectRows<{
    operator_id: string;
    item: string;
    done_at_ms: bigint | null;
    due_at_ms: bigint | null;
    pulls: number;
    failures: number;
    error: string;
  }>(
    pool,
    `SELECT operator_id, item, done_at_ms, due_at_ms, pulls, failures, error FROM platform_pulls WHERE kind = 'report'
     ORDER BY item DESC, operator_id LIMIT ?`,
    [PULLS_AT_MOST],
  );
  return rows.map((row) => ({
    operatorId: row.operator_id,
    reportDay: row.item,
    pulledAtMs: row.done_at_ms ?? 0n,
    dueAtMs: row.due_at_ms ?? 0n,
    pulls: row.pulls,
    failures: row.failures,
    error: row.error,
  }));
}
