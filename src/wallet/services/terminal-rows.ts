import { type Connection, change, type Queryable, type SqlValue, selectRow, selectRows } from '../../common/db.ts';
import { notFound } from '../../common/fault.ts';

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
  has_password: number | bigint;
};

export type TerminalKey = { hallId: string; uid: string };

const SELECT_COLUMNS = `SELECT t.hall_id, t.uid, t.player_id, t.unlinked_at_ms, t.created_at_ms, t.updated_at_ms,
  p.operator_id, p.user_id, p.currency_code, p.language, t.password_ciphertext IS NOT NULL AS has_password`;
const SELECT_TERMINALS = `${SELECT_COLUMNS} FROM terminals t JOIN players p ON p.player_id = t.player_id`;

/** Always later than before, also within a millisecond or with a clock set back: whoever asks what changed since sees it. */
const MOVED = 'updated_at_ms = GREATEST(updated_at_ms + 1, ?)';

const AFTER_KEY = 't.hall_id >= ? AND (t.hall_id > ? OR t.uid > ?)';

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

/** Empty, null: of all. */
export type TerminalFilter = { hallId: string; playerId: bigint | null };

/** By hall and uid, those after the key. */
export function selectTerminalsAfter(
  on: Queryable,
  { hallId, playerId }: TerminalFilter,
  after: TerminalKey | null,
  limit: number,
): Promise<TerminalRow[]> {
  const conditions = ['1 = 1'];
  const values: SqlValue[] = [];
  if (hallId !== '') {
    conditions.push('t.hall_id = ?');
    values.push(hallId);
  }
  if (playerId !== null) {
    conditions.push('t.player_id = ?');
    values.push(playerId);
  }
  if (after !== null) {
    conditions.push(AFTER_KEY);
    values.push(after.hallId, after.hallId, after.uid);
  }
  const sql = `${SELECT_TERMINALS} WHERE ${conditions.join(' AND ')} ORDER BY t.hall_id, t.uid LIMIT ?`;
  return selectRows<TerminalRow>(on, sql, [...values, limit]);
}

/**
 * Those whose player has a ledger row of `fromMs` or later and before `untilMs`, by hall and uid, after the key. What is read of the
 * ledger is the index by time alone, and only the span's part of it: a million rows take a second or two.
 */
export function selectActiveTerminals(
  on: Queryable,
  { fromMs, untilMs }: { fromMs: bigint; untilMs: bigint },
  after: TerminalKey | null,
  limit: number,
): Promise<TerminalRow[]> {
  const sql = `${SELECT_COLUMNS}
    FROM (SELECT DISTINCT player_id FROM transactions FORCE INDEX (by_time) WHERE created_at_ms >= ? AND created_at_ms < ?) a
    JOIN terminals t ON t.player_id = a.player_id JOIN players p ON p.player_id = t.player_id
    ${after === null ? '' : `WHERE ${AFTER_KEY}`} ORDER BY t.hall_id, t.uid LIMIT ?`;
  const key = after === null ? [] : [after.hallId, after.hallId, after.uid];
  return selectRows<TerminalRow>(on, sql, [fromMs, untilMs, ...key, limit]);
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

/** Whom a terminal's password is sealed for. Neither id has a slash. */
export const terminalPasswordOwner = ({ hallId, uid }: TerminalKey): string => `terminal ${hallId}/${uid}`;
