import { decimal } from '../../common/decimal.ts';
import type { Limit } from '../../gen/jobs/v1/platform_pb.ts';
import type {
  ReportDay,
  ReportDayDetail,
  ReportFigures,
  ReportPull,
  ReportTransaction,
} from '../../gen/jobs/v1/reports_pb.ts';
import type {
  FigureView,
  LimitView,
  PullView,
  ReportDayView,
  ReportDetailView,
  ReportState,
  ReportTransactionsView,
  ReportVendorView,
} from './reports-view.ts';

/** In the order of the document. PLATFORM v2.49, Business report API. */
export const FIGURES = [
  ['bets_count', 'betsCount', String],
  ['bets_sum', 'betsUnits', decimal],
  ['wins_count', 'winsCount', String],
  ['wins_sum', 'winsUnits', decimal],
  ['freespins_count', 'freespinsCount', String],
  ['freespins_sum', 'freespinsUnits', decimal],
  ['jackpots_count', 'jackpotsCount', String],
  ['jackpots_sum', 'jackpotsUnits', decimal],
  ['gross_gaming_revenue', 'ggrUnits', decimal],
] as const satisfies readonly [string, keyof ReportFigures, (value: bigint) => string][];

const PULL_LATE_MS = 3_600_000;

const ggrOf = (figures: ReportFigures | undefined): bigint => figures?.ggrUnits ?? 0n;

/** Vendors put together; the newest day first. */
export function dayViews(rows: readonly ReportDay[]): ReportDayView[] {
  return [...Map.groupBy(rows, ({ reportDay }) => reportDay)]
    .sort(([a], [b]) => (a < b ? 1 : -1))
    .map(([day, groups]) => {
      const ours = groups.reduce((units, group) => units + ggrOf(group.ours), 0n);
      const theirs = groups.reduce((units, group) => units + ggrOf(group.theirs), 0n);
      return {
        day,
        state: worst(groups),
        groups: groups.length,
        differing: groups.filter(({ state }) => state === 'differs').length,
        ours: decimal(ours),
        theirs: decimal(theirs),
        difference: signed(theirs - ours),
      };
    });
}

function worst(groups: readonly ReportDay[]): ReportState {
  const states = new Set(groups.map(({ state }) => state));
  if (states.has('differs')) return 'differs';
  return states.has('provisional') ? 'provisional' : 'agrees';
}

const stateOf = (state: string): ReportState => (state === 'differs' || state === 'agrees' ? state : 'provisional');

const signed = (units: bigint): string => `${units > 0n ? '+' : ''}${decimal(units)}`;

export const vendorView = (row: ReportDay): ReportVendorView => ({
  operatorId: row.operatorId,
  day: row.reportDay,
  vendor: row.vendor,
  currency: row.currencyCode,
  state: stateOf(row.state),
  ours: row.ours === undefined ? '' : decimal(row.ours.ggrUnits),
  theirs: row.theirs === undefined ? '' : decimal(row.theirs.ggrUnits),
  difference: signed(ggrOf(row.theirs) - ggrOf(row.ours)),
  cause: row.cause,
  discrepancyId: row.discrepancyId === 0n ? '' : String(row.discrepancyId),
  discrepancyState: row.discrepancyState,
});

export function detailView({ day, classes }: ReportDayDetail, nowMs: number): ReportDetailView {
  if (day === undefined) throw new Error('a detail without its day');
  return {
    nowMs,
    group: vendorView(day),
    pulledAtMs: Number(day.pulledAtMs),
    changedAtMs: Number(day.changedAtMs),
    reconciledAtMs: Number(day.reconciledAtMs),
    figures: FIGURES.map(([name, key, print]): FigureView => {
      const text = (figures: ReportFigures | undefined): string => (figures === undefined ? '' : print(figures[key]));
      return {
        name,
        ours: text(day.ours),
        theirs: text(day.theirs),
        differs: (day.ours?.[key] ?? 0n) !== (day.theirs?.[key] ?? 0n),
      };
    }),
    classes: classes.map((each) => ({
      name: each.class,
      transactions: Number(each.transactionCount),
      bets: decimal(each.betsUnits),
      wins: decimal(each.winsUnits),
      refunds: decimal(each.refundsUnits),
    })),
  };
}

export const transactionView = (row: ReportTransaction): ReportTransactionsView['transactions'][number] => ({
  userId: row.userId,
  transactionId: row.transactionId,
  kind: row.kind,
  amount: decimal(row.amountUnits),
  roundId: row.roundId,
  gameId: row.gameId,
  occurredAtMs: Number(row.occurredAtMs),
  createdAtMs: Number(row.createdAtMs),
  canceledAtMs: Number(row.canceledAtMs),
  hasHistoryId: row.historyId !== '',
  hasHandHistory: row.hasHandHistory,
});

const orEmpty = (units: bigint | undefined): string => (units === undefined ? '' : decimal(units));

export const limitView = (limit: Limit): LimitView => ({
  operatorId: limit.operatorId,
  kind: limit.kind,
  currency: limit.currencyCode,
  state: limit.enabled || limit.state === 'unknown' ? limit.state : 'none',
  available: orEmpty(limit.availableUnits),
  limit: orEmpty(limit.limitUnits),
  used: orEmpty(limit.usedUnits),
  reachedAtMs: Number(limit.reachedAtMs),
  readAtMs: Number(limit.readAtMs),
  error: limit.error,
});

/** Those that failed, or should have been pulled long ago. */
export function pullViews(pulls: readonly ReportPull[], nowMs: number): PullView[] {
  return pulls
    .filter(({ failures, dueAtMs }) => failures > 0 || (dueAtMs > 0n && Number(dueAtMs) < nowMs - PULL_LATE_MS))
    .map(({ operatorId, reportDay, failures, error, pulledAtMs }) => ({
      operatorId,
      day: reportDay,
      failures,
      error,
      pulledAtMs: Number(pulledAtMs),
    }));
}
