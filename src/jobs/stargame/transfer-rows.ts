import { change, isDuplicateKey, type Pool, type SqlValue, selectRow, selectRows } from '../../common/db.ts';
import { ENDS, type Saga, type TransferState } from './transfer-saga.ts';

/** A row of `transfers`. */
export type Transfer = Saga & {
  operatorId: string;
  transferId: string;
  hallId: string;
  uid: string;
  userId: string;
  /** What was asked for; 0: all there is. */
  requestedUnits: bigint;
  operationId: bigint;
  attempts: number;
  createdAtMs: number;
  updatedAtMs: number;
};

type Row = {
  operator_id: string;
  transfer_id: string;
  hall_id: string;
  uid: string;
  user_id: string;
  direction: 'in' | 'out';
  requested_units: bigint;
  amount_units: bigint;
  operation_id: bigint;
  state: TransferState;
  detail: string;
  doubted_at_ms: bigint | null;
  is_stuck: number;
  failures: number;
  attempts: number;
  due_at_ms: bigint | null;
  created_at_ms: bigint;
  updated_at_ms: bigint;
};

const SELECT = `SELECT operator_id, transfer_id, hall_id, uid, user_id, direction, requested_units, amount_units, operation_id, state,
  detail, doubted_at_ms, is_stuck, failures, attempts, due_at_ms, created_at_ms, updated_at_ms FROM transfers`;

export type TransferKey = Pick<Transfer, 'operatorId' | 'transferId'>;

/** False where there is one under its key, or its operation id. */
export async function insertTransfer(pool: Pool, transfer: Transfer): Promise<boolean> {
  const { operatorId, transferId, hallId, uid, userId, direction, requestedUnits, operationId } = transfer;
  const { createdAtMs, updatedAtMs } = transfer;
  try {
    await change(
      pool,
      `INSERT INTO transfers (operator_id, transfer_id, hall_id, uid, user_id, direction, requested_units, operation_id, created_at_ms,
        updated_at_ms, attempts, state, amount_units, doubted_at_ms, is_stuck, failures, detail, due_at_ms) VALUES (?)`,
      [
        [
          ...[operatorId, transferId, hallId, uid, userId, direction, requestedUnits, operationId, createdAtMs],
          ...[updatedAtMs, transfer.attempts, ...sagaValues(transfer)],
        ],
      ],
    );
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

export async function findTransfer(pool: Pool, { operatorId, transferId }: TransferKey): Promise<Transfer | null> {
  const row = await selectRow<Row>(pool, `${SELECT} WHERE operator_id = ? AND transfer_id = ?`, [
    operatorId,
    transferId,
  ]);
  return row === null ? null : fromRow(row);
}

/** Takes it up until `untilMs`, where nobody else has it; null where somebody has, or nothing is to be done. */
export async function claimTransfer(
  pool: Pool,
  key: TransferKey,
  nowMs: number,
  untilMs: number,
): Promise<Transfer | null> {
  const found = await findTransfer(pool, key);
  if (found === null || found.dueAtMs === null || found.dueAtMs > nowMs) return null;
  const claimed = await change(
    pool,
    `UPDATE transfers SET attempts = attempts + 1, due_at_ms = ?
      WHERE operator_id = ? AND transfer_id = ? AND attempts = ? AND due_at_ms <= ?`,
    [untilMs, key.operatorId, key.transferId, found.attempts, nowMs],
  );
  return claimed === 1 ? { ...found, attempts: found.attempts + 1, dueAtMs: untilMs } : null;
}

/** Writes how far it is. False where another process has taken it up meanwhile: then nothing is written. */
export async function saveTransfer(pool: Pool, transfer: Transfer, nowMs: number): Promise<boolean> {
  const matched = await change(
    pool,
    `UPDATE transfers SET state = ?, amount_units = ?, doubted_at_ms = ?, is_stuck = ?, failures = ?, detail = ?, due_at_ms = ?,
      updated_at_ms = ? WHERE operator_id = ? AND transfer_id = ? AND attempts = ?`,
    [...sagaValues(transfer), nowMs, transfer.operatorId, transfer.transferId, transfer.attempts],
  );
  return matched === 1;
}

/** Writes what a person decided on it as it was then. False where a process, or somebody else, has had it since: then nothing is written. */
export async function settleTransfer(pool: Pool, before: Transfer, after: Saga, nowMs: number): Promise<boolean> {
  const matched = await change(
    pool,
    `UPDATE transfers SET state = ?, amount_units = ?, doubted_at_ms = ?, is_stuck = ?, failures = ?, detail = ?, due_at_ms = ?,
      updated_at_ms = ?, attempts = attempts + 1
      WHERE operator_id = ? AND transfer_id = ? AND attempts = ? AND state = ? AND is_stuck = 1`,
    [...sagaValues(after), nowMs, before.operatorId, before.transferId, before.attempts, before.state],
  );
  return matched === 1;
}

/** Those that are due, the longest due first. */
export async function dueTransfers(pool: Pool, nowMs: number, limit: number): Promise<TransferKey[]> {
  const rows = await selectRows<Pick<Row, 'operator_id' | 'transfer_id'>>(
    pool,
    'SELECT operator_id, transfer_id FROM transfers WHERE due_at_ms <= ? ORDER BY due_at_ms LIMIT ?',
    [nowMs, limit],
  );
  return rows.map((row) => ({ operatorId: row.operator_id, transferId: row.transfer_id }));
}

/** Newest first. `state`: as people see it, "stuck" among them; empty: any. */
export async function listTransfers(
  pool: Pool,
  filter: { state: string; unfinished: boolean; limit: number },
): Promise<Transfer[]> {
  const conditions: string[] = [];
  const values: SqlValue[] = [];
  if (filter.state === 'stuck') conditions.push('is_stuck = 1');
  else if (filter.state !== '') {
    conditions.push('state = ? AND is_stuck = 0');
    values.push(filter.state);
  }
  if (filter.unfinished) conditions.push('due_at_ms IS NOT NULL');
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.join(' AND ')}`;
  const sql = `${SELECT} ${where} ORDER BY created_at_ms DESC, transfer_id LIMIT ?`;
  return (await selectRows<Row>(pool, sql, [...values, filter.limit])).map(fromRow);
}

/** What is not at its end, by state as people see it. */
export async function countUnfinished(pool: Pool): Promise<{ state: string; count: number; oldestAtMs: number }[]> {
  const rows = await selectRows<{ shown: string; transfers: bigint; oldest_at_ms: bigint }>(
    pool,
    `SELECT CASE WHEN is_stuck = 1 THEN 'stuck' ELSE state END AS shown, COUNT(*) AS transfers, MIN(created_at_ms) AS oldest_at_ms
      FROM transfers WHERE due_at_ms IS NOT NULL GROUP BY shown`,
  );
  return rows.map((row) => ({
    state: row.shown,
    count: Number(row.transfers),
    oldestAtMs: Number(row.oldest_at_ms),
  }));
}

export const isAtItsEnd = ({ state }: Saga): boolean => ENDS.includes(state);

const sagaValues = (saga: Saga): SqlValue[] => [
  saga.state,
  saga.amountUnits,
  saga.doubtedAtMs,
  saga.isStuck ? 1 : 0,
  saga.failures,
  saga.detail,
  saga.dueAtMs,
];

function fromRow(row: Row): Transfer {
  return {
    operatorId: row.operator_id,
    transferId: row.transfer_id,
    hallId: row.hall_id,
    uid: row.uid,
    userId: row.user_id,
    direction: row.direction,
    requestedUnits: row.requested_units,
    amountUnits: row.amount_units,
    operationId: row.operation_id,
    state: row.state,
    detail: row.detail,
    doubtedAtMs: row.doubted_at_ms === null ? null : Number(row.doubted_at_ms),
    isStuck: row.is_stuck === 1,
    failures: row.failures,
    attempts: row.attempts,
    dueAtMs: row.due_at_ms === null ? null : Number(row.due_at_ms),
    createdAtMs: Number(row.created_at_ms),
    updatedAtMs: Number(row.updated_at_ms),
  };
}
