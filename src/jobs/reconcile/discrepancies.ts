import type { MessageInitShape } from '@bufbuild/protobuf';
import type { DiscrepancySchema } from '../../gen/jobs/v1/reconciliation_pb.ts';
import type { ReportCause } from '../platform/reports/cause.ts';
import { REPORT_KINDS, type ReportKind } from '../platform/reports/compare.ts';
import { FINDING_KINDS, type FindingKind } from './types.ts';

/** Of game logs and the ledger, and of reports and our books. */
export type DiscrepancyKind = FindingKind | ReportKind;
export const DISCREPANCY_KINDS: readonly DiscrepancyKind[] = [...FINDING_KINDS, ...REPORT_KINDS];

/** Whether it is a difference between our books and a report. */
export const isOfReport = ({ kind }: { kind: DiscrepancyKind }): boolean =>
  REPORT_KINDS.some((reportKind) => reportKind === kind);

/**
 * - `open`: nobody has done anything. `proposed`: one person says what should be done; another one has to agree.
 * - `approved`: to be done, and maybe done already. `corrected`: done. `refused`: the wallet would not.
 * - `dismissed`: nothing is to be done. `explained`: a later run no longer found it.
 */
export type DiscrepancyState = (typeof DISCREPANCY_STATES)[number];
export const DISCREPANCY_STATES = [
  'open',
  'proposed',
  'approved',
  'corrected',
  'refused',
  'dismissed',
  'explained',
] as const;

export type Resolution = (typeof RESOLUTIONS)[number];
export const RESOLUTIONS = ['cancel', 'credit', 'dismiss'] as const;

/** What people may decide on: money moves only where there is one movement that would set it right. */
export const FITTING = {
  spin_not_played: ['cancel', 'dismiss'],
  win_missing: ['credit', 'dismiss'],
  bet_missing: ['dismiss'],
  bet_canceled: ['dismiss'],
  bet_amount_differs: ['dismiss'],
  win_amount_differs: ['dismiss'],
  win_unlogged: ['dismiss'],
  win_twice: ['dismiss'],
  balance_differs: ['dismiss'],
  // Which of our transactions is wrong is for people to say.
  report_differs: ['cancel', 'dismiss'],
  report_missing: ['cancel', 'dismiss'],
  ledger_missing: ['dismiss'],
} as const satisfies Record<DiscrepancyKind, readonly Resolution[]>;

export type DiscrepancyRow = {
  discrepancy_id: bigint;
  provider: string;
  finding_key: string;
  hall_id: string;
  uid: string;
  operator_id: string;
  user_id: string;
  currency_code: string;
  kind: DiscrepancyKind;
  data_id: bigint;
  transaction_id: string;
  amount_units: bigint;
  detail: string;
  occurred_at_ms: bigint;
  found_at_ms: bigint;
  state: DiscrepancyState;
  correction: 'cancel' | 'credit' | '';
  is_automatic: number;
  resolution: Resolution | '';
  proposed_by: string;
  proposed_at_ms: bigint | null;
  approved_by: string;
  resolved_at_ms: bigint | null;
  note: string;
  correction_transaction_id: string;
  /** Of a report's: whose games, which day (yyyy-mm-dd), and the likely cause; else empty. */
  vendor: string;
  report_day: string;
  cause: ReportCause | '';
};

export const SELECT_DISCREPANCIES = `SELECT discrepancy_id, provider, finding_key, hall_id, uid, operator_id, user_id, currency_code, kind,
  data_id, transaction_id, amount_units, detail, occurred_at_ms, found_at_ms, state, correction, is_automatic, resolution, proposed_by,
  proposed_at_ms, approved_by, resolved_at_ms, note, correction_transaction_id, vendor, report_day, cause FROM discrepancies`;

export function toDiscrepancy(row: DiscrepancyRow): MessageInitShape<typeof DiscrepancySchema> {
  return {
    discrepancyId: row.discrepancy_id,
    provider: row.provider,
    hallId: row.hall_id,
    uid: row.uid,
    operatorId: row.operator_id,
    userId: row.user_id,
    currencyCode: row.currency_code,
    kind: row.kind,
    dataId: row.data_id,
    transactionId: row.transaction_id,
    amountUnits: row.amount_units,
    detail: row.detail,
    occurredAtMs: row.occurred_at_ms,
    foundAtMs: row.found_at_ms,
    state: row.state,
    correction: row.correction,
    resolution: row.resolution,
    proposedBy: row.proposed_by,
    proposedAtMs: row.proposed_at_ms ?? 0n,
    approvedBy: row.approved_by,
    resolvedAtMs: row.resolved_at_ms ?? 0n,
    note: row.note,
    correctionTransactionId: row.correction_transaction_id,
    vendor: row.vendor,
    reportDay: row.report_day,
    cause: row.cause,
  };
}
