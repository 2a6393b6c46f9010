import type { MessageInitShape } from '@bufbuild/protobuf';
import type {
  HallService,
  LinkTerminalRequest,
  ListTerminalsRequest,
  TerminalSchema,
} from '../../gen/wallet/v1/halls_pb.ts';
import { type Connection, change, inTransaction, isDuplicateKey, type Pool, selectRow } from '../db.ts';
import { alreadyExists, invalidArgument } from './fault.ts';
import * as fields from './fields.ts';
import { findHall } from './hall-rows.ts';
import type { ServiceHandlers } from './handler.ts';
import { cutPage, keyNumber, pageKey } from './pages.ts';
import { findPlayer } from './player-rows.ts';
import {
  closeTerminal,
  findTerminal,
  reopenTerminal,
  selectTerminalsAfter,
  selectTerminalsChanged,
  type TerminalKey,
  type TerminalRow,
} from './terminal-rows.ts';

export type TerminalsDeps = { pool: Pool; now: () => number };

/** The part of HallService that is about terminals. */
export type TerminalHandlers = Pick<
  ServiceHandlers<typeof HallService>,
  'linkTerminal' | 'unlinkTerminal' | 'getTerminal' | 'listTerminals'
>;

export function createTerminalHandlers({ pool, now }: TerminalsDeps): TerminalHandlers {
  return {
    async linkTerminal(request) {
      const key = checkKey(request);
      const playerId = await requestedPlayer(pool, request);
      await link(pool, key, playerId, now());
      return toTerminal(await findTerminal(pool, key));
    },

    async unlinkTerminal(request) {
      const key = checkKey(request);
      await closeTerminal(pool, key, now());
      return toTerminal(await findTerminal(pool, key));
    },

    async getTerminal(request) {
      return toTerminal(await findTerminal(pool, checkKey(request)));
    },

    async listTerminals(request) {
      const hallId = request.hallId === '' ? '' : fields.stargameId('hall_id', request.hallId);
      const size = fields.pageSize(request.pageSize);
      if (request.updatedSinceMs < 0n) throw invalidArgument('updated_since_ms', 'must not be negative');
      const { page, nextPageToken } = await (request.updatedSinceMs === 0n
        ? listAll(pool, hallId, size, request.pageToken)
        : listChanged(pool, hallId, size, request));
      return { terminals: page.map(toTerminal), nextPageToken };
    },
  };
}

type Page = { page: TerminalRow[]; nextPageToken: string };

async function listAll(pool: Pool, hallId: string, size: number, pageToken: string): Promise<Page> {
  const key = pageKey(pageToken, 2);
  const after = key === null ? null : afterKey(key[0], key[1]);
  const found = await selectTerminalsAfter(pool, hallId, after, size + 1);
  return cutPage(found, size, (row) => [row.hall_id, row.uid]);
}

async function listChanged(pool: Pool, hallId: string, size: number, request: ListTerminalsRequest): Promise<Page> {
  const key = pageKey(request.pageToken, 3);
  const after = key === null ? null : { updatedAtMs: keyNumber(key[0]), ...afterKey(key[1], key[2]) };
  const found = await selectTerminalsChanged(pool, hallId, request.updatedSinceMs, after, size + 1);
  return cutPage(found, size, (row) => [String(row.updated_at_ms), row.hall_id, row.uid]);
}

/** What reaches the database as ASCII is checked to be ASCII. */
function afterKey(hallId = '', uid = ''): TerminalKey {
  if (!fields.isStargameId(hallId) || !fields.isStargameId(uid)) {
    throw invalidArgument('page_token', 'is not one of this list');
  }
  return { hallId, uid };
}

function checkKey(request: { hallId: string; uid: string }): TerminalKey {
  return { hallId: fields.stargameId('hall_id', request.hallId), uid: fields.stargameId('uid', request.uid) };
}

/** The player that a terminal is to be linked to: one of the hall's operator. */
async function requestedPlayer(pool: Pool, request: LinkTerminalRequest): Promise<bigint> {
  const operatorId = fields.operatorId(request.operatorId);
  const userId = fields.userId(request.userId);
  const hall = await findHall(pool, request.hallId);
  if (hall.operator_id !== operatorId) {
    throw invalidArgument('operator_id', `hall ${hall.hall_id} belongs to operator ${hall.operator_id}`);
  }
  return (await findPlayer(pool, operatorId, userId)).player_id;
}

/** Makes the terminal, or opens it again where it is this player's. */
function link(pool: Pool, key: TerminalKey, playerId: bigint, nowMs: number): Promise<void> {
  return inTransaction(pool, async (connection) => {
    // A change of the player's language moves the terminals that it sees: it must see this one, or come before it.
    await selectRow(connection, 'SELECT player_id FROM players WHERE player_id = ? FOR UPDATE', [playerId]);
    if (await insertTerminal(connection, key, playerId, nowMs)) return;
    const existing = await findTerminal(connection, key);
    if (existing.player_id !== playerId) {
      throw alreadyExists(`uid: terminal ${key.uid} of hall ${key.hallId} belongs to player ${existing.user_id}`);
    }
    await reopenTerminal(connection, key, nowMs);
  });
}

/** Gives false where there is such a terminal. */
async function insertTerminal(
  connection: Connection,
  { hallId, uid }: TerminalKey,
  playerId: bigint,
  nowMs: number,
): Promise<boolean> {
  try {
    await change(
      connection,
      'INSERT INTO terminals (hall_id, uid, player_id, unlinked_at_ms, created_at_ms, updated_at_ms) VALUES (?)',
      [[hallId, uid, playerId, null, nowMs, nowMs]],
    );
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

function toTerminal(row: TerminalRow): MessageInitShape<typeof TerminalSchema> {
  return {
    hallId: row.hall_id,
    uid: row.uid,
    operatorId: row.operator_id,
    userId: row.user_id,
    currencyCode: row.currency_code,
    language: row.language,
    linked: row.unlinked_at_ms === null,
    createdAtMs: row.created_at_ms,
    updatedAtMs: row.updated_at_ms,
  };
}
