import { reasonName } from '../core/reasons.ts';
import type { Account, LedgerRow, OutboxWrite, RoundWrite } from '../core/state.ts';
import { quote } from './sql.ts';

/** Everything that a batch writes; one database transaction. */
export type BatchWrites = {
  rows: LedgerRow[];
  /** The accounts after the batch, by player. */
  accounts: Map<bigint, Account>;
  /** The last write of each round, by round key. */
  rounds: Map<string, RoundWrite>;
  outbox: OutboxWrite[];
};

export const emptyWrites = (): BatchWrites => ({ rows: [], accounts: new Map(), rounds: new Map(), outbox: [] });

export const hasWrites = (writes: BatchWrites): boolean =>
  writes.rows.length > 0 || writes.rounds.size > 0 || writes.outbox.length > 0;

const ROW_COLUMNS = `player_id, seq, operator_id, provider, transaction_id, is_reversal, kind, status, reason, amount_units,
  currency_code, debit_account, credit_account, balance_after_units, round_id, game_id, context, request_id, occurred_at_ms,
  created_at_ms`;

/**
 * The statements of the second round trip, COMMIT last. The rows go first: their key (player_id, seq) fails where an account
 * has moved on since it was read, and what follows a failed statement is not run.
 */
export function writeStatements(writes: BatchWrites, nowMs: number, newMessageId: () => bigint): string[] {
  const statements: string[] = [];
  if (writes.rows.length > 0) {
    statements.push(`INSERT INTO transactions (${ROW_COLUMNS}) VALUES ${writes.rows.map(rowValues).join(',')}`);
  }
  if (writes.accounts.size > 0) statements.push(accountsUpdate(writes.accounts));
  if (writes.rounds.size > 0) statements.push(roundsUpsert(writes.rounds, nowMs));
  if (writes.outbox.length > 0) statements.push(outboxInsert(writes.outbox, nowMs, newMessageId));
  statements.push('COMMIT');
  return statements;
}

function rowValues(row: LedgerRow): string {
  return `(${row.playerId},${row.seq},${quote(row.operatorId)},${quote(row.provider)},${quote(row.transactionId)},${
    row.isReversal ? 1 : 0
  },'${row.kind}','${row.status}','${reasonName(row.reason)}',${row.amountUnits},${quote(row.currencyCode)},'${
    row.debitAccount
  }','${row.creditAccount}',${row.balanceAfterUnits},${quote(row.roundId)},${quote(row.gameId)},${
    row.context === '' ? 'NULL' : quote(row.context)
  },${quote(row.requestId)},${row.occurredAtMs},${row.createdAtMs})`;
}

/** An upsert of rows that exist and are locked: one statement for any number of accounts, on both servers. */
function accountsUpdate(accounts: ReadonlyMap<bigint, Account>): string {
  const values = Array.from(accounts, ([playerId, { balanceUnits, seq, counters }]) => {
    const { day, stakeDayUnits, stakeWeekUnits, stakeMonthUnits, lossDayUnits, lossWeekUnits, lossMonthUnits } =
      counters;
    return `(${playerId},${balanceUnits},${seq},${day},${stakeDayUnits},${stakeWeekUnits},${stakeMonthUnits},${lossDayUnits},${lossWeekUnits},${lossMonthUnits})`;
  });
  return `INSERT INTO accounts (player_id, balance_units, seq, counted_day, stake_day_units, stake_week_units,
    stake_month_units, loss_day_units, loss_week_units, loss_month_units) VALUES ${values.join(',')}
    ON DUPLICATE KEY UPDATE balance_units = VALUES(balance_units), seq = VALUES(seq), counted_day = VALUES(counted_day),
    stake_day_units = VALUES(stake_day_units), stake_week_units = VALUES(stake_week_units),
    stake_month_units = VALUES(stake_month_units), loss_day_units = VALUES(loss_day_units),
    loss_week_units = VALUES(loss_week_units), loss_month_units = VALUES(loss_month_units)`;
}

/** In the order of their keys: whoever else locks several rounds waits instead of deadlocking. */
function roundsUpsert(rounds: ReadonlyMap<string, RoundWrite>, nowMs: number): string {
  const inOrder = [...rounds].sort(([a], [b]) => (a < b ? -1 : 1));
  const values = inOrder.map(([, { playerId, provider, roundId, finished, closed }]) => {
    return `(${playerId},${quote(provider)},${quote(roundId)},${finished ? nowMs : 'NULL'},${closed ? nowMs : 'NULL'})`;
  });
  return `INSERT INTO rounds (player_id, provider, round_id, finished_at_ms, closed_at_ms) VALUES ${values.join(',')}
    ON DUPLICATE KEY UPDATE
    finished_at_ms = IF(VALUES(finished_at_ms) IS NULL, NULL, COALESCE(finished_at_ms, VALUES(finished_at_ms))),
    closed_at_ms = COALESCE(closed_at_ms, VALUES(closed_at_ms))`;
}

/** Due at once; a claim leases it. */
function outboxInsert(messages: readonly OutboxWrite[], nowMs: number, newMessageId: () => bigint): string {
  const values = messages.map(({ playerId, topic, payload }) => {
    return `(${newMessageId()},${playerId},'${topic}',${quote(JSON.stringify(payload))},${nowMs},${nowMs})`;
  });
  return `INSERT INTO outbox (message_id, player_id, topic, payload, due_at_ms, created_at_ms) VALUES ${values.join(',')}`;
}
