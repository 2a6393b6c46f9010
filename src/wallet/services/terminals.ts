import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Connection, change, inTransaction, isDuplicateKey, type Pool, selectRow } from '../../common/db.ts';
import { alreadyExists, invalidArgument } from '../../common/fault.ts';
import * as fields from '../../common/fields.ts';
import type { ServiceHandlers } from '../../common/grpc-handler.ts';
import { cutPage, keyNumber, pageKey } from '../../common/pages.ts';
import type {
  HallService,
  LinkTerminalRequest,
  ListActiveTerminalsRequest,
  ListTerminalsRequest,
  TerminalSchema,
} from '../../gen/wallet/v1/halls_pb.ts';
import type { SecretBox } from '../secrets.ts';
import { findHall } from './hall-rows.ts';
import { findPlayer, lookUpPlayer } from './player-rows.ts';
import {
  closeTerminal,
  findTerminal,
  reopenTerminal,
  selectActiveTerminals,
  selectTerminalsAfter,
  selectTerminalsChanged,
  type TerminalKey,
  type TerminalRow,
  terminalPasswordOwner,
} from './terminal-rows.ts';

export type TerminalsDeps = { pool: Pool; secrets: SecretBox; now: () => number };

/** The part of HallService that is about terminals. */
export type TerminalHandlers = Pick<
  ServiceHandlers<typeof HallService>,
  'linkTerminal' | 'unlinkTerminal' | 'getTerminal' | 'listTerminals' | 'listActiveTerminals'
>;

export function createTerminalHandlers({ pool, secrets, now }: TerminalsDeps): TerminalHandlers {
  return {
    async linkTerminal(request) {
      const key = checkKey(request);
      const password = request.password === '' ? '' : fields.secret(request.password, 'password');
      const playerId = await requestedPlayer(pool, request);
      const ciphertext = password === '' ? null : secrets.seal(password, terminalPasswordOwner(key));
      await link(pool, key, { playerId, ciphertext }, now());
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
        ? listAll(pool, hallId, size, request)
        : listChanged(pool, hallId, size, request));
      return { terminals: page.map(toTerminal), nextPageToken };
    },

    async listActiveTerminals(request) {
      const { page, nextPageToken } = await listActive(pool, request);
      return { terminals: page.map(toTerminal), nextPageToken };
    },
  };
}

const MAX_SPAN_MS = 24n * 3_600_000n;
const MAX_ACTIVE_PAGE_SIZE = 10_000;
const DEFAULT_ACTIVE_PAGE_SIZE = 1_000;

type Page = { page: TerminalRow[]; nextPageToken: string };

async function listAll(pool: Pool, hallId: string, size: number, request: ListTerminalsRequest): Promise<Page> {
  const after = pageAfter(request.pageToken);
  const playerId = await filteredPlayer(pool, request);
  if (playerId === 'nobody') return { page: [], nextPageToken: '' };
  return cutByKey(await selectTerminalsAfter(pool, { hallId, playerId }, after, size + 1), size);
}

async function listActive(pool: Pool, request: ListActiveTerminalsRequest): Promise<Page> {
  const { fromMs, untilMs } = request;
  if (fromMs < 0n) throw invalidArgument('from_ms', 'must not be negative');
  if (untilMs <= fromMs || untilMs - fromMs > MAX_SPAN_MS) {
    throw invalidArgument('until_ms', 'must be after from_ms, by 24 hours at most');
  }
  const bounds = { min: 1, max: MAX_ACTIVE_PAGE_SIZE };
  const size = fields.numberOr(DEFAULT_ACTIVE_PAGE_SIZE, 'page_size', request.pageSize, bounds);
  const after = pageAfter(request.pageToken);
  return cutByKey(await selectActiveTerminals(pool, { fromMs, untilMs }, after, size + 1), size);
}

const cutByKey = (found: readonly TerminalRow[], size: number): Page =>
  cutPage(found, size, (row) => [row.hall_id, row.uid]);

function pageAfter(pageToken: string): TerminalKey | null {
  const key = pageKey(pageToken, 2);
  return key === null ? null : afterKey(key[0], key[1]);
}

/** Null: no player was asked for. */
async function filteredPlayer(
  pool: Pool,
  { operatorId, userId }: ListTerminalsRequest,
): Promise<bigint | null | 'nobody'> {
  if (operatorId === '' && userId === '') return null;
  const player = await lookUpPlayer(pool, fields.operatorId(operatorId), fields.userId(userId));
  return player?.player_id ?? 'nobody';
}

async function listChanged(pool: Pool, hallId: string, size: number, request: ListTerminalsRequest): Promise<Page> {
  if (request.operatorId !== '' || request.userId !== '') {
    throw invalidArgument('updated_since_ms', "must be 0 where a player's terminals are asked for");
  }
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

/** A password's ciphertext; null: it is not known, or stays as it was. */
type Link = { playerId: bigint; ciphertext: Buffer | null };

/** Makes the terminal, or opens it again where it is this player's. */
function link(pool: Pool, key: TerminalKey, wanted: Link, nowMs: number): Promise<void> {
  const { playerId, ciphertext } = wanted;
  return inTransaction(pool, async (connection) => {
    // A change of the player's language moves the terminals that it sees: it must see this one, or come before it.
    await selectRow(connection, 'SELECT player_id FROM players WHERE player_id = ? FOR UPDATE', [playerId]);
    if (await insertTerminal(connection, key, wanted, nowMs)) return;
    const existing = await findTerminal(connection, key);
    if (existing.player_id !== playerId) {
      throw alreadyExists(`uid: terminal ${key.uid} of hall ${key.hallId} belongs to player ${existing.user_id}`);
    }
    await reopenTerminal(connection, key, nowMs);
    if (ciphertext !== null) await setPassword(connection, key, ciphertext);
  });
}

async function setPassword(connection: Connection, { hallId, uid }: TerminalKey, ciphertext: Buffer): Promise<void> {
  await change(connection, 'UPDATE terminals SET password_ciphertext = ? WHERE hall_id = ? AND uid = ?', [
    ciphertext,
    hallId,
    uid,
  ]);
}

/** Gives false where there is such a terminal. */
async function insertTerminal(
  connection: Connection,
  { hallId, uid }: TerminalKey,
  { playerId, ciphertext }: Link,
  nowMs: number,
): Promise<boolean> {
  try {
    await change(
      connection,
      `INSERT INTO terminals (hall_id, uid, player_id, unlinked_at_ms, created_at_ms, updated_at_ms, password_ciphertext)
         VALUES (?)`,
      [[hallId, uid, playerId, null, nowMs, nowMs, ciphertext]],
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
    hasPassword: Number(row.has_password) === 1,
  };
}
