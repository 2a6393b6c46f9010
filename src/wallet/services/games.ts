import type { MessageInitShape } from '@bufbuild/protobuf';
import {
  change,
  isDuplicateKey,
  type Pool,
  type Queryable,
  type SqlValue,
  selectRow,
  selectRows,
} from '../../common/db.ts';
import * as fields from '../../common/fields.ts';
import type { ServiceHandlers } from '../../common/grpc-handler.ts';
import { cutPage, pageKey } from '../../common/pages.ts';
import type { DisabledGameSchema, GameSchema, GameService, SetGameRequest } from '../../gen/wallet/v1/games_pb.ts';
import { checkSync, DEFAULT_PROVIDER, syncGames } from './sync-games.ts';

export type GamesDeps = { pool: Pool; now: () => number };

type GameRow = {
  provider: string;
  game_id: string;
  enabled: number;
  vendor: string;
  title: string;
  updated_at_ms: bigint;
  is_pinned: number;
};

const SELECT_GAMES = 'SELECT provider, game_id, enabled, vendor, title, updated_at_ms, is_pinned FROM games';

export function createGamesService({ pool, now }: GamesDeps): ServiceHandlers<typeof GameService> {
  return {
    async setGame(request) {
      const { key, values } = checkGame(request, now());
      const updated = await updateGame(pool, key, values);
      if (!updated && !(await insertGame(pool, key, values))) await updateGame(pool, key, values);
      const row = await selectRow<GameRow>(pool, `${SELECT_GAMES} WHERE provider = ? AND game_id = ?`, key);
      if (row === null) throw new Error('the game that was just set is gone');
      return toGame(row);
    },

    async syncGames(request) {
      return syncGames(pool, checkSync(request), now());
    },

    async listDisabledGames(request) {
      const operatorId = request.operatorId === '' ? null : fields.operatorId(request.operatorId);
      const size = fields.pageSize(request.pageSize);
      const after = pageKey(request.pageToken, 3);
      const found = await selectDisabledAfter(pool, operatorId, after, size + 1);
      const { page, nextPageToken } = cutPage(found, size, (row) => [row.operator_id, row.provider, row.game_id]);
      return { games: page.map(toDisabledGame), nextPageToken };
    },

    async listGames(request) {
      const provider = request.provider === '' ? null : fields.provider(request.provider);
      const size = fields.pageSize(request.pageSize);
      const after = pageKey(request.pageToken, 2);
      const found = await selectGamesAfter(pool, provider, after, size + 1);
      const { page, nextPageToken } = cutPage(found, size, (row) => [row.provider, row.game_id]);
      return { games: page.map(toGame), nextPageToken };
    },
  };
}

type GameKey = [provider: string, gameId: string];
type GameValues = Record<string, SqlValue>;

function checkGame(request: SetGameRequest, nowMs: number): { key: GameKey; values: GameValues } {
  const { provider, gameId, enabled, vendor, title, pinned } = request;
  return {
    key: [provider === '' ? DEFAULT_PROVIDER : fields.provider(provider), fields.gameId(gameId)],
    values: {
      enabled: enabled ? 1 : 0,
      ...(vendor !== undefined && { vendor: fields.text('vendor', vendor, { min: 0, max: 64 }) }),
      ...(title !== undefined && { title: fields.text('title', title, { min: 0, max: 255 }) }),
      ...(pinned !== undefined && { is_pinned: pinned ? 1 : 0 }),
      updated_at_ms: nowMs,
    },
  };
}

/** Gives false where the game is not listed. */
async function updateGame(pool: Pool, key: GameKey, values: GameValues): Promise<boolean> {
  const assignments = Object.keys(values).map((column) => `${column} = ?`);
  const matched = await change(pool, `UPDATE games SET ${assignments.join(', ')} WHERE provider = ? AND game_id = ?`, [
    ...Object.values(values),
    ...key,
  ]);
  return matched === 1;
}

/** Gives false where the game was listed meanwhile. */
async function insertGame(pool: Pool, key: GameKey, values: GameValues): Promise<boolean> {
  const row: GameValues = { provider: key[0], game_id: key[1], vendor: '', title: '', ...values };
  try {
    await change(pool, `INSERT INTO games (${Object.keys(row).join(', ')}) VALUES (?)`, [Object.values(row)]);
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** By provider and id, those after the key. */
function selectGamesAfter(
  on: Queryable,
  provider: string | null,
  after: readonly string[] | null,
  limit: number,
): Promise<GameRow[]> {
  const conditions = ['1 = 1'];
  const values: SqlValue[] = [];
  if (provider !== null) {
    conditions.push('provider = ?');
    values.push(provider);
  }
  if (after !== null) {
    const afterProvider = fields.provider(after[0] ?? '', 'page_token');
    conditions.push('(provider > ? OR (provider = ? AND game_id > ?))');
    values.push(afterProvider, afterProvider, fields.gameId(after[1] ?? '', 'page_token'));
  }
  return selectRows<GameRow>(
    on,
    `${SELECT_GAMES} WHERE ${conditions.join(' AND ')} ORDER BY provider, game_id LIMIT ?`,
    [...values, limit],
  );
}

function toGame(row: GameRow): MessageInitShape<typeof GameSchema> {
  return {
    provider: row.provider,
    gameId: row.game_id,
    enabled: row.enabled === 1,
    vendor: row.vendor,
    title: row.title,
    updatedAtMs: row.updated_at_ms,
    pinned: row.is_pinned === 1,
  };
}

type DisabledRow = { operator_id: string; provider: string; game_id: string; disabled_at_ms: bigint };

/** By operator, provider and id, those after the key. */
function selectDisabledAfter(
  on: Queryable,
  operatorId: string | null,
  after: readonly string[] | null,
  limit: number,
): Promise<DisabledRow[]> {
  const conditions = ['1 = 1'];
  const values: SqlValue[] = [];
  if (operatorId !== null) {
    conditions.push('operator_id = ?');
    values.push(operatorId);
  }
  if (after !== null) {
    const afterOperator = fields.operatorId(after[0] ?? '', 'page_token');
    const afterProvider = fields.provider(after[1] ?? '', 'page_token');
    const afterGame = fields.gameId(after[2] ?? '', 'page_token');
    conditions.push('(operator_id > ? OR (operator_id = ? AND (provider > ? OR (provider = ? AND game_id > ?))))');
    values.push(afterOperator, afterOperator, afterProvider, afterProvider, afterGame);
  }
  return selectRows<DisabledRow>(
    on,
    `SELECT operator_id, provider, game_id, disabled_at_ms FROM disabled_games WHERE ${conditions.join(' AND ')}
     ORDER BY operator_id, provider, game_id LIMIT ?`,
    [...values, limit],
  );
}

function toDisabledGame(row: DisabledRow): MessageInitShape<typeof DisabledGameSchema> {
  return {
    operatorId: row.operator_id,
    provider: row.provider,
    gameId: row.game_id,
    disabledAtMs: row.disabled_at_ms,
  };
}
