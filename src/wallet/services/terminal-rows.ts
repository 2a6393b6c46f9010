import { type Connection, change, type Queryable, type SqlValue, selectRow, selectRows } from '../db.ts';
import { notFound } from './fault.ts';

/** A row of `terminals`, with its player. */
export type TerminalRow = {
  hall_id: string;
  uid: string;
  player_id: bigint;
  unlinked_at_ms: bigint | null;
  created_at_ms: bigint;
  updated_at_ms: bigint;
  operator_id: string;
  user_id: string;
  currency_code: string;
  language: string;
};

export type TerminalKey = { hallId: string; uid: string };

const SELECT_TERMINALS = `SELECT t.hall_id, t.uid, t.player_id, t.unlinked_at_ms, t.created_at_ms, t.updated_at_ms,
  p.operator_id, p.user_id, p.currency_code, p.language
  FROM terminals t JOIN players p ON p.player_id = t.player_id`;

/** Always later than before, also within a millisecond or with a clock set back: whoever asks what changed since sees it. */
const MOVED = 'updated_at_ms = GREATEST(updated_at_ms + 1, ?)';

/** Throws NOT_FOUND. The key must have been checked. */
export async function findTerminal(on: Queryable, { hallId, uid }: TerminalKey): Promise<TerminalRow> {
  const sql = `${SELECT_TERMINALS} WHERE t.hall_id = ? AND t.uid = ?`;
  const row = await selectRow<TerminalRow>(on, sql, [hallId, uid]);
  if (row === null) throw notFound(`uid: terminal ${uid} of hall ${hallId}`);
  return row;
}

/** Opens a closed terminal; one that is open stays as it is. */
export async function reopenTerminal(connection: Connection, key: TerminalKey, nowMs: number): Promise<void> {
  await change(
    connection,
    `UPDATE terminals SET unlinked_at_ms = NULL, ${MOVED} WHERE hall_id = ? AND uid = ? AND unlinked_at_ms IS NOT NULL`,
    [nowMs, key.hallId, key.uid],
  );
}

/** Closes a terminal; one that is closed keeps its first time. */
export async function closeTerminal(on: Queryable, key: TerminalKey, nowMs: number): Promise<void> {
  await change(
    on,
    `UPDATE terminals SET unlinked_at_ms = ?, ${MOVED} WHERE hall_id = ? AND uid = ? AND unlinked_at_ms IS NULL`,
    [nowMs, nowMs, key.hallId, key.uid],
  );
}

/** A player's terminals have changed with their player. The player's row must be locked by this transaction. */
export async function touchTerminals(connection: Connection, playerId: bigint, nowMs: number): Promise<void> {
  await change(connection, `UPDATE terminals SET ${MOVED} WHERE player_id = ?`, [nowMs, playerId]);
}

/** By hall and uid, of one hall or ('') of all, those after the key. */
export function selectTerminalsAfter(
  on: Queryable,
  hallId: string,
  after: TerminalKey | null,
  limit: number,
): Promise<TerminalRow[]> {
  const conditions = ['1 = 1'];
  const values: SqlValue[] = [];
  if (hallId !== '') {
    conditions.push('t.hall_id = ?');
    values.push(hallId);
  }
  if (after !== null) {
    conditions.push('t.hall_id >= ? AND (t.hall_id > ? OR t.uid > ?)');
    values.push(after.hallId, after.hallId, after.uid);
  }
  const sql = `${SELECT_TERMINALS} WHERE ${conditions.join(' AND ')} ORDER BY t.hall_id, t.uid LIMIT ?`;
  return selectRows<TerminalRow>(on, sql, [...values, limit]);
}

export type ChangeKey = TerminalKey & { updatedAtMs: bigint };

/**
 * Those that changed at `sinceMs` or later, by the time of the change: what changes while somebody pages moves to the end, and is seen
 * there. `after` is the last row of the page before.
 */
export function selectTerminalsChanged(
  on: Queryable,
  hallId: string,
  sinceMs: bigint,
  after: ChangeKey | null,
  limit: number,
): Promise<TerminalRow[]> {
  const conditions = ['t.updated_at_ms >= ?'];
  const values: SqlValue[] = [after === null ? sinceMs : after.updatedAtMs];
  if (hallId !== '') {
    conditions.push('t.hall_id = ?');
    values.push(hallId);
  }
  if (after !== null) {
    conditions.push('(t.updated_at_ms > ? OR t.hall_id > ? OR (t.hall_id = ? AND t.uid > ?))');
    values.push(after.updatedAtMs, after.hallId, after.hallId, after.uid);
  }
  const order = 'ORDER BY t.updated_at_ms, t.hall_id, t.uid';
  const sql = `${SELECT_TERMINALS} WHERE ${conditions.join(' AND ')} ${order} LIMIT ?`;
  return selectRows<TerminalRow>(on, sql, [...values, limit]);
}
