import type { MessageInitShape } from '@bufbuild/protobuf';
import type { SideTransactionSchema } from '../../../gen/jobs/v1/reconciliation_pb.ts';
import type { PlayedTransaction } from '../../../gen/wallet/v1/bookkeeping_pb.ts';
import type { DiscrepancyRow } from '../../reconcile/discrepancies.ts';
import { callerFault } from '../../stargame/faults.ts';
import type { Wallet } from '../../wallet.ts';
import type { PlayClassName, ReportCause } from './cause.ts';
import { listPlayed } from './play.ts';

const AT_MOST = 50;

/** Where the transactions are that a difference may be about, those that explain it first. */
const CLASSES: Record<ReportCause | '', readonly PlayClassName[]> = {
  day_boundary: ['written_another_day', 'made_another_day'],
  late_cancel: ['canceled_later', 'canceled'],
  refunds: ['counted'],
  unknown_outcome: ['refused', 'unresolved', 'tombstone'],
  not_reported: ['counted'],
  not_booked: ['refused', 'canceled_later', 'canceled', 'tombstone'],
  unlisted: [],
  '': ['canceled_later', 'refused', 'tombstone', 'unresolved', 'counted'],
};

/** Some of our transactions that a report's difference may be about; ListReportTransactions has all. Throws the wallet's faults. */
export async function readCandidates(
  wallet: Wallet,
  row: DiscrepancyRow,
  requestId: string,
): Promise<MessageInitShape<typeof SideTransactionSchema>[]> {
  const { operator_id: operatorId, report_day: day, vendor, currency_code: currencyCode } = row;
  const candidates = new Map<string, MessageInitShape<typeof SideTransactionSchema>>();
  for (const name of CLASSES[row.cause]) {
    if (candidates.size >= AT_MOST) break;
    const page = { class: name, pageSize: AT_MOST - candidates.size };
    const { transactions } = await listPlayed(wallet, { operatorId, day, vendor, currencyCode }, page, requestId).catch(
      (error: unknown) => {
        throw callerFault(error);
      },
    );
    for (const each of transactions) candidates.set(each.transactionId, toSide(each, name));
  }
  return [...candidates.values()];
}

const toSide = (each: PlayedTransaction, name: PlayClassName) => ({
  transactionId: each.transactionId,
  kind: each.kind,
  status: name === 'refused' ? 'refused' : 'ok',
  amountUnits: each.amountUnits,
  atMs: each.occurredAtMs === 0n ? each.createdAtMs : each.occurredAtMs,
  isCanceled: each.canceledAtMs > 0n,
});
