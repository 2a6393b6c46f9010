import { change, type Pool, selectRow, selectRows } from '../../common/db.ts';

/** A row of `terminal_sessions`: a session of ours, and StarGame's beside it. */
export type TerminalSession = {
  token: string;
  hallId: string;
  uid: string;
  /** When ours was found to have ended; null: it has not. */
  closingAtMs: number | null;
};

export type TerminalKey = Pick<TerminalSession, 'hallId' | 'uid'>;

type Row = { token: string; hall_id: string; uid: string; closing_at_ms: bigint | null };

const SELECT = 'SELECT token, hall_id, uid, closing_at_ms FROM terminal_sessions';

export async function insertSession(
  pool: Pool,
  { token, hallId, uid }: TerminalKey & { token: string },
  nowMs: number,
  lookAtMs: number,
): Promise<void> {
  await change(pool, 'INSERT INTO terminal_sessions (token, hall_id, uid, opened_at_ms, look_at_ms) VALUES (?)', [
    [token, hallId, uid, nowMs, lookAtMs],
  ]);
}

/** Null where StarGame was never asked for one, or it is closed. */
export async function findOpenSession(pool: Pool, token: string): Promise<TerminalSession | null> {
  const row = await selectRow<Row>(pool, `${SELECT} WHERE token = ? AND closed_at_ms IS NULL`, [token]);
  return row === null ? null : fromRow(row);
}

/** Those of a terminal that are not closed at StarGame. */
export async function openSessions(pool: Pool, { hallId, uid }: TerminalKey): Promise<TerminalSession[]> {
  const sql = `${SELECT} WHERE hall_id = ? AND uid = ? AND closed_at_ms IS NULL`;
  return (await selectRows<Row>(pool, sql, [hallId, uid])).map(fromRow);
}

/** Terminals with sessions that are to be looked at, the longest due first. */
export async function dueTerminals(pool: Pool, nowMs: number, limit: number): Promise<TerminalKey[]> {
  const rows = await selectRows<Pick<Row, 'hall_id' | 'uid'>>(
    pool,
    `SELECT hall_id, uid FROM terminal_sessions WHERE closed_at_ms IS NULL AND look_at_ms <= ?
      GROUP BY hall_id, uid ORDER BY MIN(look_at_ms) LIMIT ?`,
    [nowMs, limit],
  );
  return rows.map((row) => ({ hallId: row.hall_id, uid: row.uid }));
}

export async function lookAgainAt(pool: Pool, tokens: readonly string[], lookAtMs: number): Promise<void> {
  if (tokens.length === 0) return;
  await change(pool, 'UPDATE terminal_sessions SET look_at_ms = ? WHERE token IN (?)', [lookAtMs, tokens]);
}

/** Ours have ended. */
export async function markClosing(pool: Pool, tokens: readonly string[], nowMs: number): Promise<void> {
  if (tokens.length === 0) return;
  const sql = 'UPDATE terminal_sessions SET closing_at_ms = ? WHERE token IN (?) AND closing_at_ms IS NULL';
  await change(pool, sql, [nowMs, tokens]);
}

/** Nothing is left to do. */
export async function markClosed(pool: Pool, tokens: readonly string[], nowMs: number): Promise<void> {
  if (tokens.length === 0) return;
  await change(pool, 'UPDATE terminal_sessions SET closed_at_ms = ? WHERE token IN (?)', [nowMs, tokens]);
}

/** Forgets some that were closed before then. */
export async function forgetClosed(pool: Pool, beforeMs: number, limit: number): Promise<void> {
  await change(pool, 'DELETE FROM terminal_sessions WHERE closed_at_ms < ? ORDER BY closed_at_ms LIMIT ?', [
    beforeMs,
    limit,
  ]);
}

const fromRow = (row: Row): TerminalSession => ({
  token: row.token,
  hallId: row.hall_id,
  uid: row.uid,
  closingAtMs: row.closing_at_ms === null ? null : Number(row.closing_at_ms),
});
