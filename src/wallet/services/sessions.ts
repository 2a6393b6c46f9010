import type { MessageInitShape } from '@bufbuild/protobuf';
import { change, type Pool } from '../../common/db.ts';
import { Fault, invalidArgument } from '../../common/fault.ts';
import * as fields from '../../common/fields.ts';
import { createGather } from '../../common/gather.ts';
import type { ServiceHandlers } from '../../common/grpc-handler.ts';
import { cutPage, pageKey } from '../../common/pages.ts';
import type {
  OpenedSessionSchema,
  OpenSessionRequest,
  SessionSchema,
  SessionService,
} from '../../gen/wallet/v1/sessions_pb.ts';
import { type OpenedSession, openSessions, type WantedSession } from './open-sessions.ts';
import { findPlayer } from './player-rows.ts';
import { findSession, type SessionRow, selectSessionsBefore } from './session-rows.ts';

export type SessionsDeps = { pool: Pool; now: () => number; newSessionToken: () => string };

const DEFAULT_TTL_SECONDS = 3_600;
const MAX_TTL_SECONDS = 31_536_000;
const MAX_SESSIONS = 200;
const MAX_IDLE_TIMEOUT_SECONDS = 86_400;

/** Sessions that one INSERT opens, and that may wait for theirs. */
const GATHER = { batchMax: 128, queueMax: 2_000 };

export function createSessionsService({
  pool,
  now,
  newSessionToken,
}: SessionsDeps): ServiceHandlers<typeof SessionService> {
  const open = createGather((wanted: readonly WantedSession[]) => openSessions(pool, wanted, now), GATHER);
  return {
    async openSession(request, { deadlineAtMs }) {
      const wanted = checkOpen(request, newSessionToken);
      return toSession((await open(wanted, deadlineAtMs)).session);
    },

    async openSessions({ sessions }, { deadlineAtMs }) {
      if (sessions.length < 1 || sessions.length > MAX_SESSIONS) {
        throw invalidArgument('sessions', `must be 1 to ${MAX_SESSIONS}`);
      }
      const one = async (request: OpenSessionRequest): Promise<MessageInitShape<typeof OpenedSessionSchema>> => {
        try {
          return toOpened(await open(checkOpen(request, newSessionToken), deadlineAtMs));
        } catch (error) {
          if (!(error instanceof Fault)) throw error;
          return { code: error.code, message: error.message };
        }
      };
      return { sessions: await Promise.all(sessions.map(one)) };
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

function checkOpen(request: OpenSessionRequest, newSessionToken: () => string): WantedSession {
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
    idle_timeout_seconds: fields.numberOr(0, 'idle_timeout_seconds', request.idleTimeoutSeconds, {
      min: 1,
      max: MAX_IDLE_TIMEOUT_SECONDS,
    }),
    token: request.token === '' ? newSessionToken() : fields.sessionToken(request.token),
  };
}

const toOpened = ({ session, player }: OpenedSession): MessageInitShape<typeof OpenedSessionSchema> => ({
  session: toSession(session),
  currencyCode: player.currency_code,
  language: player.language,
  group: player.player_group,
});

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
    idleTimeoutMs: row.idle_timeout_ms,
    // Sessions of before there were idle time-outs have none.
    usedAtMs: row.used_at_ms === 0n ? row.created_at_ms : row.used_at_ms,
  };
}
