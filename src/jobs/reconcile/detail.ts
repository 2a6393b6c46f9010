import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Pool, selectRows } from '../../common/db.ts';
import type {
  DiscrepancyDetailSchema,
  SideLogSchema,
  SideTransactionSchema,
} from '../../gen/jobs/v1/reconciliation_pb.ts';
import { MoneyService, type Transaction, TransactionStatus } from '../../gen/wallet/v1/money_pb.ts';
import { readCandidates } from '../platform/reports/candidates.ts';
import { callerFault } from '../stargame/faults.ts';
import type { Wallet } from '../wallet.ts';
import { type DiscrepancyRow, isOfReport, toDiscrepancy } from './discrepancies.ts';
import { PROVIDER, timeOf } from './ledger.ts';
import { readDiscrepancy } from './resolve.ts';

type Deps = { pool: Pool; wallet: Wallet };

const AROUND_MS = 120_000;
const LOGS_AT_MOST = 500;
const ROWS_AT_MOST = 2_000;

/**
 * A discrepancy and both sides around it: the terminal's log, and all that the provider did to the player's balance; of a report's, the
 * transactions that it may be about.
 */
export async function readDetail(
  { pool, wallet }: Deps,
  discrepancyId: bigint,
  requestId: string,
): Promise<MessageInitShape<typeof DiscrepancyDetailSchema>> {
  const row = await readDiscrepancy(pool, discrepancyId);
  if (isOfReport(row)) {
    return { discrepancy: toDiscrepancy(row), logs: [], transactions: await readCandidates(wallet, row, requestId) };
  }
  const fromMs = Number(row.occurred_at_ms) - AROUND_MS;
  const untilMs = Number(row.occurred_at_ms) + AROUND_MS;
  const request = {
    operatorId: row.operator_id,
    userId: row.user_id,
    provider: PROVIDER,
    // What was queued is written later than it happened, never before.
    fromMs: BigInt(Math.max(0, fromMs)),
    limit: ROWS_AT_MOST,
  };
  const { transactions } = await wallet
    .call(MoneyService.method.listPlay, request, requestId)
    .catch((error: unknown) => {
      throw callerFault(error);
    });
  const near = transactions.filter(
    (each) => (timeOf(each) >= fromMs && timeOf(each) <= untilMs) || isOf(row, each.transactionId),
  );
  return {
    discrepancy: toDiscrepancy(row),
    logs: await readLogs(pool, row, fromMs, untilMs),
    transactions: near.map(toSide),
  };
}

const isOf = (row: DiscrepancyRow, transactionId: string): boolean =>
  transactionId === row.transaction_id || transactionId === row.correction_transaction_id;

type LogRow = {
  data_id: bigint;
  played_at_ms: bigint;
  game_name: string;
  bet_units: bigint;
  win_units: bigint;
  balance_units: bigint;
  bet_transaction_id: string;
  win_transaction_id: string;
};

async function readLogs(
  pool: Pool,
  { hall_id, uid }: DiscrepancyRow,
  fromMs: number,
  untilMs: number,
): Promise<MessageInitShape<typeof SideLogSchema>[]> {
  const found = await selectRows<LogRow>(
    pool,
    `SELECT data_id, played_at_ms, game_name, bet_units, win_units, balance_units, bet_transaction_id, win_transaction_id
     FROM game_logs WHERE hall_id = ? AND uid = ? AND played_at_ms BETWEEN ? AND ? ORDER BY played_at_ms, data_id LIMIT ?`,
    [hall_id, uid, fromMs, untilMs, LOGS_AT_MOST],
  );
  return found.map((row) => ({
    dataId: row.data_id,
    playedAtMs: row.played_at_ms,
    gameName: row.game_name,
    betUnits: row.bet_units,
    winUnits: row.win_units,
    balanceUnits: row.balance_units,
    betTransactionId: row.bet_transaction_id,
    winTransactionId: row.win_transaction_id,
  }));
}

function toSide(row: Transaction): MessageInitShape<typeof SideTransactionSchema> {
  return {
    seq: row.seq,
    transactionId: row.transactionId,
    kind: row.kind,
    status: row.status === TransactionStatus.ERROR ? 'refused' : 'ok',
    amountUnits: row.amountUnits,
    balanceAfterUnits: row.balanceAfterUnits,
    atMs: BigInt(timeOf(row)),
    isCanceled: row.status === TransactionStatus.CANCELED,
  };
}
