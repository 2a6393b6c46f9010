import { status } from '@grpc/grpc-js';
import { change, type Pool, selectRow, selectRows } from '../../common/db.ts';
import type { Logger } from '../../common/log.ts';
import { reasonText } from '../../common/reason-names.ts';
import { WIN_SUFFIX } from '../../common/unconfirmed-payload.ts';
import { MoneyService, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { codeOf, type Wallet } from '../wallet.ts';
import { type DiscrepancyRow, isOfReport, SELECT_DISCREPANCIES } from './discrepancies.ts';
import type { ReconcileMetrics } from './metrics.ts';
import { creditId } from './types.ts';

export type CorrectDeps = {
  pool: Pool;
  wallet: Wallet;
  metrics: Pick<ReconcileMetrics, 'corrections'>;
  log: Logger;
  now: () => number;
  requestId: string;
};

const APPROVED_A_PAGE = 100;

/** Carries out all that is approved; one that fails doesn't keep the others. Throws the first failure, when all were tried. */
export async function correctApproved(deps: CorrectDeps): Promise<number> {
  let made = 0;
  const failures: unknown[] = [];
  for (let afterId = 0n; ; ) {
    const page = await selectRows<{ discrepancy_id: bigint }>(
      deps.pool,
      "SELECT discrepancy_id FROM discrepancies WHERE state = 'approved' AND discrepancy_id > ? ORDER BY discrepancy_id LIMIT ?",
      [afterId, APPROVED_A_PAGE],
    );
    for (const { discrepancy_id: id } of page) {
      afterId = id;
      try {
        if (await correct(deps, id)) made += 1;
      } catch (error) {
        failures.push(error);
      }
    }
    if (page.length < APPROVED_A_PAGE) break;
  }
  if (failures.length > 0) throw failures[0];
  return made;
}

/**
 * Carries out one approved correction. The wallet knows it by its transaction id: dying anywhere in here, and doing it again, also at
 * the same time, moves the money once. True: it is done now. Throws what `wallet.call` throws; it stays approved then.
 */
export async function correct(deps: CorrectDeps, discrepancyId: bigint): Promise<boolean> {
  const row = await selectRow<DiscrepancyRow>(deps.pool, `${SELECT_DISCREPANCIES} WHERE discrepancy_id = ?`, [
    discrepancyId,
  ]);
  if (row?.state !== 'approved') return false;
  const { reason, transactionId } = await move(deps, row);
  const isDone = reason === Reason.UNSPECIFIED;
  const changed = await change(
    deps.pool,
    `UPDATE discrepancies SET state = ?, correction_transaction_id = ?, resolved_at_ms = ?,
       note = IF(?, note, LEFT(CONCAT(?, note), 255)) WHERE discrepancy_id = ? AND state = 'approved'`,
    [
      isDone ? 'corrected' : 'refused',
      isDone ? transactionId : '',
      deps.now(),
      isDone,
      `refused: ${reasonText(reason)}. `,
      discrepancyId,
    ],
  );
  if (changed === 0) return false;
  const fields = {
    discrepancy: String(discrepancyId),
    kind: row.kind,
    resolution: row.resolution,
    operator: row.operator_id,
    player: row.user_id,
    transaction: transactionId,
    amountUnits: String(row.amount_units),
  };
  if (isDone) {
    deps.metrics.corrections.inc({ kind: row.kind });
    deps.log.info({ ...fields, outcome: 'corrected' }, 'correction');
  } else {
    deps.log.error({ ...fields, outcome: 'refused', reason: reasonText(reason) }, 'correction');
  }
  return isDone;
}

async function move(deps: CorrectDeps, row: DiscrepancyRow): Promise<{ reason: Reason; transactionId: string }> {
  const { wallet, requestId } = deps;
  const names = { operatorId: row.operator_id, userId: row.user_id, provider: row.provider };
  if (row.resolution === 'cancel' && isOfReport(row)) return cancelPlayed(deps, row);
  if (row.resolution === 'cancel') {
    const transactionId = row.transaction_id;
    const context = contextOf(row, {
      reason: `no log record until ${new Date(Number(row.found_at_ms)).toISOString()}`,
    });
    const { reason } = await wallet.call(MoneyService.method.cancel, { ...names, transactionId, context }, requestId);
    const reasons = [reason, ...(await cancelWinWith(deps, { ...names, transactionId, context }))];
    return { reason: reasons.find((each) => each !== Reason.UNSPECIFIED) ?? Reason.UNSPECIFIED, transactionId };
  }
  if (row.resolution === 'credit') {
    const transactionId = creditId(row.hall_id, row.uid, row.data_id);
    const context = contextOf(row, { game_log: String(row.data_id) });
    const occurredAtMs = row.occurred_at_ms;
    const request = { ...names, transactionId, amountUnits: row.amount_units, context, occurredAtMs };
    return { ...(await wallet.call(MoneyService.method.win, request, requestId)), transactionId };
  }
  throw new Error(`discrepancy ${row.discrepancy_id} is approved with the resolution ${row.resolution || 'none'}`);
}

/** One transaction in its round; what PLATFORM did beside it has transactions of its own. */
async function cancelPlayed({ wallet, requestId }: CorrectDeps, row: DiscrepancyRow) {
  const { operator_id: operatorId, user_id: userId, provider, transaction_id: transactionId } = row;
  const key = { operatorId, provider, transactionId };
  const { roundId, gameId } = await wallet.call(MoneyService.method.getTransaction, key, requestId);
  const context = JSON.stringify({ reconciliation: String(row.discrepancy_id), report: row.report_day });
  const request = { ...key, userId, roundId, gameId, context };
  const { reason } = await wallet.call(MoneyService.method.cancel, request, requestId);
  return { reason, transactionId };
}

type CancelRequest = { operatorId: string; userId: string; provider: string; transactionId: string; context: string };

/** The win that came in the same notification goes with the stake. An id that isn't known is left alone: canceling it would be kept. */
async function cancelWinWith({ wallet, requestId }: CorrectDeps, bet: CancelRequest): Promise<Reason[]> {
  const { operatorId, provider } = bet;
  const transactionId = bet.transactionId + WIN_SUFFIX;
  try {
    await wallet.call(MoneyService.method.getTransaction, { operatorId, provider, transactionId }, requestId);
  } catch (error) {
    if (codeOf(error) === status.NOT_FOUND) return [];
    throw error;
  }
  const { reason } = await wallet.call(MoneyService.method.cancel, { ...bet, transactionId }, requestId);
  return [reason];
}

const contextOf = (row: DiscrepancyRow, more: Record<string, string>): string =>
  JSON.stringify({ reconciliation: String(row.discrepancy_id), hall: row.hall_id, terminal: row.uid, ...more });
