import type { MessageInitShape } from '@bufbuild/protobuf';
import { change, isDuplicateKey, type Pool, type Queryable, selectRow, selectRows } from '../../common/db.ts';
import { alreadyExists, failedPrecondition, invalidArgument, notFound } from '../../common/fault.ts';
import * as fields from '../../common/fields.ts';
import type { ServiceHandlers } from '../../common/grpc-handler.ts';
import { cutPage, keyNumber, pageKey } from '../../common/pages.ts';
import type { OpenSessionRequest, SessionSchema, SessionService } from '../../gen/wallet/v1/sessions_pb.ts';
import { findPlayer } from './player-rows.ts';

export type SessionsDeps = { pool: Pool; now: () => number; newSessionToken: () => string };

const DEFAULT_TTL_SECONDS = 3_600;
const MAX_TTL_SECONDS = 31_536_000;

/** A row of `sessions`, with who its player is. */
type SessionRow = {
  player_id: bigint;
  operator_id: string;
  user_id: string;
  token: string;
  game_id: string;
  lobby_id: string;
  created_at_ms: bigint;
  expires_at_ms: bigint;
  closed_at_ms: bigint | null;
};

const SELECT_SESSIONS = `SELECT s.player_id, p.operator_id, p.user_id, s.token, s.game_id, s.lobby_id, s.created_at_ms,
  s.expires_at_ms, s.closed_at_ms FROM sessions s JOIN players p ON p.player_id = s.player_id`;

export function createSessionsService({
  pool,
  now,
  newSessionToken,
}: SessionsDeps): ServiceHandlers<typeof SessionService> {
  return {
    async openSession(request) {
      const wanted = checkOpen(request);
      const player = await findPlayer(pool, wanted.operator_id, wanted.user_id);
      const existing = wanted.token === '' ? null : await lookUpSession(pool, wanted.token);
      if (existing !== null) return sameSession(existing, wanted);
      if (player.blocked_at_ms !== null) throw failedPrecondition(`player ${wanted.user_id} is blocked`);
      const createdAtMs = BigInt(now());
      const row: SessionRow = {
        player_id: player.player_id,
        operator_id: wanted.operator_id,
        user_id: wanted.user_id,
        token: wanted.token === '' ? newSessionToken() : wanted.token,
        game_id: wanted.game_id,
        lobby_id: wanted.lobby_id,
        created_at_ms: createdAtMs,
        expires_at_ms: createdAtMs + BigInt(wanted.ttl_seconds) * 1_000n,
        closed_at_ms: null,
      };
      if (await insertSession(pool, row)) return toSession(row);
      // The same call elsewhere was first.
      return sameSession(await findSession(pool, row.token), wanted);
    },

    async getSession(request) {
      return toSession(await findSession(pool, request.token));
    },

    async closeSession(request) {
      const session = await findSession(pool, request.token);
      await change(
        pool,
        'UPDATE sessions SET closed_at_ms = ? WHERE player_id = ? AND token = ? AND closed_at_ms IS NULL',
        [now(), session.player_id, session.token],
      );
      return toSession(await findSession(pool, request.token));
    },

    async listSessions(request) {
      const operatorId = fields.operatorId(request.operatorId);
      const userId = fields.userId(request.userId);
      const size = fields.pageSize(request.pageSize);
      const before = pageKey(request.pageToken, 2);
      const player = await findPlayer(pool, operatorId, userId);
      const found = await selectSessionsBefore(pool, player.player_id, before, size + 1);
      const { page, nextPageToken } = cutPage(found, size, (row) => [String(row.created_at_ms), row.token]);
      return { sessions: page.map(toSession), nextPageToken };
    },
  };
}

type WantedSession = {
  operator_id: string;
  user_id: string;
  game_id: string;
  lobby_id: string;
  ttl_seconds: number;
  token: string;
};

function checkOpen(request: OpenSessionRequest): WantedSession {
  if ((request.gameId === '') === (request.lobbyId === '')) {
    throw invalidArgument('game_id', 'one of game_id and lobby_id must be set');
  }
  return {
    operator_id: fields.operatorId(request.operatorId),
    user_id: fields.userId(request.userId),
    game_id: request.gameId === '' ? '' : fields.gameId(request.gameId),
    lobby_id: fields.text('lobby_id', request.lobbyId, { min: 0, max: 64 }),
    ttl_seconds: fields.numberOr(DEFAULT_TTL_SECONDS, 'ttl_seconds', request.ttlSeconds, {
      min: 1,
      max: MAX_TTL_SECONDS,
    }),
    token: request.token === '' ? '' : fields.sessionToken(request.token),
  };
}

/** The session that has the token, where it is the one asked for; its times stay the first ones. Throws ALREADY_EXISTS otherwise. */
function sameSession(existing: SessionRow, wanted: WantedSession): MessageInitShape<typeof SessionSchema> {
  const names = ['operator_id', 'user_id', 'game_id', 'lobby_id'] as const;
  if (names.every((name) => existing[name] === wanted[name])) return toSession(existing);
  throw alreadyExists('token: another session has it');
}

/** Gives false where the token is taken. */
async function insertSession(pool: Pool, row: SessionRow): Promise<boolean> {
  try {
    await change(
      pool,
      'INSERT INTO sessions (player_id, token, game_id, lobby_id, created_at_ms, expires_at_ms, closed_at_ms) VALUES (?)',
      [[row.player_id, row.token, row.game_id, row.lobby_id, row.created_at_ms, row.expires_at_ms, row.closed_at_ms]],
    );
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

async function lookUpSession(on: Queryable, token: string): Promise<SessionRow | null> {
  if (!fields.isSessionToken(token)) return null;
  return selectRow<SessionRow>(on, `${SELECT_SESSIONS} WHERE s.token = ?`, [token]);
}

/** Throws NOT_FOUND, without the token: it is a secret. */
async function findSession(on: Queryable, token: string): Promise<SessionRow> {
  const session = await lookUpSession(on, token);
  if (session === null) throw notFound('token: session');
  return session;
}

/** Newest first, those older than the key (created_at_ms, token). */
function selectSessionsBefore(
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

function toSession(row: SessionRow): MessageInitShape<typeof SessionSchema> {
  return {
    token: row.token,
    operatorId: row.operator_id,
    userId: row.user_id,
    gameId: row.game_id,
    lobbyId: row.lobby_id,
    createdAtMs: row.created_at_ms,
    expiresAtMs: row.expires_at_ms,
    closedAtMs: row.closed_at_ms ?? 0n,
  };
}
