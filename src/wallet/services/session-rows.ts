import { type Queryable, selectRow, selectRows } from '../../common/db.ts';
import { notFound } from '../../common/fault.ts';
import * as fields from '../../common/fields.ts';
import { keyNumber } from '../../common/pages.ts';

/** A row of `sessions`, with who its player is. */
export type SessionRow = {
  player_id: bigint;
  operator_id: string;
  user_id: string;
  token: string;
  game_id: string;
  lobby_id: string;
  created_at_ms: bigint;
  expires_at_ms: bigint;
  closed_at_ms: bigint | null;
  idle_timeout_ms: bigint;
  used_at_ms: bigint;
};

export const SESSION_COLUMNS = `s.player_id, p.operator_id, p.user_id, s.token, s.game_id, s.lobby_id, s.created_at_ms,
  s.expires_at_ms, s.closed_at_ms, s.idle_timeout_ms, s.used_at_ms`;

const SELECT_SESSIONS = `SELECT ${SESSION_COLUMNS} FROM sessions s JOIN players p ON p.player_id = s.player_id`;

/** Throws NOT_FOUND, without the token: it is a secret. */
export async function findSession(on: Queryable, token: string): Promise<SessionRow> {
  const session = fields.isSessionToken(token)
    ? await selectRow<SessionRow>(on, `${SELECT_SESSIONS} WHERE s.token = ?`, [token])
    : null;
  if (session === null) throw notFound('token: session');
  return session;
}

/** Newest first, those older than the key (created_at_ms, token). */
export function selectSessionsBefore(
  on: Queryable,
  playerId: bigint,
  before: readonly string[] | null,
  limit: number,
): Promise<SessionRow[]> {
  const order = 'ORDER BY s.created_at_ms DESC, s.token DESC LIMIT ?';
  if (before === null) {
    return selectRows<SessionRow>(on, `${SELECT_SESSIONS} WHERE s.player_id = ? ${order}`, [playerId, limit]);
  }
  const createdAtMs = keyNumber(before[0]);
  const token = fields.sessionToken(before[1] ?? '', 'page_token');
  return selectRows<SessionRow>(
    on,
    `${SELECT_SESSIONS} WHERE s.player_id = ? AND (s.created_at_ms < ? OR (s.created_at_ms = ? AND s.token < ?)) ${order}`,
    [playerId, createdAtMs, createdAtMs, token, limit],
  );
}
