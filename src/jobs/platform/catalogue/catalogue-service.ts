import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type ServerWritableStream, status } from '@grpc/grpc-js';
import { loggable, type Pool, type SqlValue, selectRows } from '../../../common/db.ts';
import { Fault, failedPrecondition, invalidArgument } from '../../../common/fault.ts';
import * as fields from '../../../common/fields.ts';
import { type CallContext, type ServiceHandlers, toFault } from '../../../common/grpc-handler.ts';
import { cutPage, keyNumber, pageKey } from '../../../common/pages.ts';
import {
  type CatalogueChangeSchema,
  type CatalogueGameSchema,
  type CatalogueListSchema,
  type CatalogueLobbySchema,
  type CatalogueService,
  type ListCatalogueChangesRequest,
  type SyncCatalogueProgress,
  SyncCatalogueProgressSchema,
  type SyncCatalogueRequest,
} from '../../../gen/jobs/v1/catalogue_pb.ts';
import { callerFault } from '../../stargame/faults.ts';
import type { PlatformDeps } from '../deps.ts';
import type { SortedBy, StoredGame, StoredLobby } from './cache.ts';
import type { Catalogue } from './catalogue.ts';
import { isEnabled, searchGames } from './search.ts';

type ServiceDeps = PlatformDeps & { catalogue: Catalogue };

/** Bodies are as long as PLATFORM likes: pages with them are short, for an answer has at most a few megabytes. */
const BODY_PAGE_SIZE = 100;
const BODY_CHARACTERS = 2_000_000;
const LOBBIES_MAX = 2_000;
const KINDS: readonly string[] = ['game', 'lobby'];

export function createCatalogueService(deps: ServiceDeps): ServiceHandlers<typeof CatalogueService> {
  const { pool, catalogue, operators } = deps;
  return {
    syncCatalogue: (call, context) => void serveSync(deps, call, context),

    searchGames: async (request) => {
      const operatorId = fields.operatorId(request.operatorId);
      const asked = fields.pageSize(request.pageSize);
      const after = afterOf(request.pageToken);
      const limit = request.withBody ? Math.min(asked, BODY_PAGE_SIZE) : asked;
      const [stored, decisions] = await ofWallet(
        Promise.all([catalogue.stored.of(operatorId), catalogue.stored.decisions()]),
      );
      const found = searchGames(stored, decisions, request, { after, limit: limit + 1 });
      const { games, bodies } = request.withBody
        ? await withBodies(pool, operatorId, found)
        : { games: found, bodies: new Map<string, string>() };
      const { page, nextPageToken } = cutPage(found, Math.min(limit, games.length), (game) => [
        game.sortKey,
        game.gameId,
      ]);
      return {
        games: page.map((game) => gameMessage(operatorId, game, isEnabled(game, decisions), bodies)),
        nextPageToken,
      };
    },

    listLobbies: async ({ operatorId, includeMissing }) => {
      const { lobbies } = await catalogue.stored.of(fields.operatorId(operatorId));
      const chosen = [...lobbies.values()].filter((lobby) => includeMissing || lobby.missingSinceMs === null);
      return { lobbies: chosen.slice(0, LOBBIES_MAX).map((lobby) => lobbyMessage(operatorId, lobby)) };
    },

    listCatalogueChanges: async (request) => {
      const limit = fields.pageSize(request.pageSize);
      const [last] = pageKey(request.pageToken, 1) ?? [];
      const beforeId = request.pageToken === '' ? null : keyNumber(last);
      const operatorIds =
        request.operatorId === ''
          ? (await ofWallet(operators.all())).map((operator) => operator.operatorId)
          : [fields.operatorId(request.operatorId)];
      if (operatorIds.length === 0) return { changes: [], nextPageToken: '' };
      const rows = await selectChanges(pool, { operatorIds, item: itemOf(request), beforeId, limit: limit + 1 });
      const { page, nextPageToken } = cutPage(rows, limit, (row) => [String(row.change_id)]);
      return { changes: page.map(changeMessage), nextPageToken };
    },

    getCatalogueStatus: async () => ({ lists: await readStatus(pool) }),
  };
}

/** Tells of each list once it is read; ends with OK also where lists could not be read: each says so itself. */
async function serveSync(
  { catalogue, config, log }: ServiceDeps,
  call: ServerWritableStream<SyncCatalogueRequest, SyncCatalogueProgress>,
  { service, requestId }: CallContext,
): Promise<void> {
  let lists = 0;
  let failed = 0;
  try {
    const asked = call.request.operatorId;
    const operatorId = asked === '' ? '' : fields.operatorId(asked);
    if (config.PLATFORM_API_URL === '') {
      throw failedPrecondition('PLATFORM is not asked anything: PLATFORM_API_URL is not set');
    }
    for await (const progress of catalogue.sync(operatorId)) {
      lists += 1;
      if (progress.error !== '') failed += 1;
      if (call.cancelled) throw new Fault(status.CANCELLED, 'canceled');
      call.write(create(SyncCatalogueProgressSchema, progress));
    }
    call.end();
    log.info({ service, requestId, lists, failed }, 'catalogue synced by hand');
  } catch (error) {
    const fault = toFault(callerFault(error));
    log.warn(
      { service, requestId, lists, failed, code: status[fault.code], err: loggable(error) },
      'sync by hand ended',
    );
    call.emit('error', { code: fault.code, details: fault.message });
  }
}

async function ofWallet<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (error) {
    throw callerFault(error);
  }
}

function afterOf(token: string): SortedBy | null {
  const key = pageKey(token, 2);
  if (key === null) return null;
  const [sortKey = '', gameId = ''] = key;
  return { sortKey, gameId };
}

/** As many of the games as an answer holds with their bodies; at least one. */
async function withBodies(
  pool: Pool,
  operatorId: string,
  found: readonly StoredGame[],
): Promise<{ games: StoredGame[]; bodies: Map<string, string> }> {
  const bodies = new Map<string, string>();
  if (found.length === 0) return { games: [], bodies };
  const rows = await selectRows<{ game_id: string; body: string }>(
    pool,
    'SELECT game_id, body FROM catalogue_games WHERE operator_id = ? AND game_id IN (?)',
    [operatorId, found.map((game) => game.gameId)],
  );
  for (const row of rows) bodies.set(row.game_id, row.body);
  let characters = 0;
  const games = found.filter((game, index) => {
    characters += bodies.get(game.gameId)?.length ?? 0;
    return index === 0 || characters <= BODY_CHARACTERS;
  });
  return { games, bodies };
}

function gameMessage(
  operatorId: string,
  game: StoredGame,
  enabled: boolean,
  bodies: ReadonlyMap<string, string>,
): MessageInitShape<typeof CatalogueGameSchema> {
  const { sortKey: _sortKey, words: _words, missingSinceMs, ...rest } = game;
  return { ...rest, operatorId, enabled, missingSinceMs: missingSinceMs ?? 0n, body: bodies.get(game.gameId) ?? '' };
}

const lobbyMessage = (
  operatorId: string,
  { missingSinceMs, ...lobby }: StoredLobby,
): MessageInitShape<typeof CatalogueLobbySchema> => ({ ...lobby, operatorId, missingSinceMs: missingSinceMs ?? 0n });

type Item = { kind: string; itemId: string };

/** Null: all. */
function itemOf({ kind, itemId }: ListCatalogueChangesRequest): Item | null {
  if (kind === '' && itemId === '') return null;
  if (!KINDS.includes(kind)) throw invalidArgument('kind', 'must be game or lobby, with an item_id; or neither');
  return { kind, itemId: fields.text('item_id', itemId, { min: 1, max: 64 }) };
}

type ChangeRow = {
  change_id: bigint;
  operator_id: string;
  kind: string;
  item_id: string;
  field: string;
  value_before: string;
  value_after: string;
  changed_at_ms: bigint;
};

/** Newest first. By operators, even where it is all of them: the keys begin with them. */
function selectChanges(
  pool: Pool,
  wanted: { operatorIds: readonly string[]; item: Item | null; beforeId: bigint | null; limit: number },
): Promise<ChangeRow[]> {
  const { operatorIds, item, beforeId, limit } = wanted;
  const conditions = ['operator_id IN (?)'];
  const values: SqlValue[] = [operatorIds];
  if (item !== null) {
    conditions.push('kind = ? AND item_id = ?');
    values.push(item.kind, item.itemId);
  }
  if (beforeId !== null) {
    conditions.push('change_id < ?');
    values.push(beforeId);
  }
  return selectRows<ChangeRow>(
    pool,
    `SELECT change_id, operator_id, kind, item_id, field, value_before, value_after, changed_at_ms
     FROM catalogue_changes WHERE ${conditions.join(' AND ')} ORDER BY change_id DESC LIMIT ?`,
    [...values, limit],
  );
}

const changeMessage = (row: ChangeRow): MessageInitShape<typeof CatalogueChangeSchema> => ({
  operatorId: row.operator_id,
  kind: row.kind,
  itemId: row.item_id,
  field: row.field,
  valueBefore: row.value_before,
  valueAfter: row.value_after,
  changedAtMs: row.changed_at_ms,
});

type StatusRow = {
  operator_id: string;
  kind: string;
  done_at_ms: bigint | null;
  due_at_ms: bigint | null;
  failures: number;
  error: string;
};

type CountRow = { operator_id: string; listed: bigint; missing: bigint; disabled: bigint };

async function readStatus(pool: Pool): Promise<MessageInitShape<typeof CatalogueListSchema>[]> {
  const [rows, games, lobbies] = await Promise.all([
    selectRows<StatusRow>(
      pool,
      `SELECT operator_id, kind, done_at_ms, due_at_ms, failures, error FROM platform_pulls
       WHERE kind IN ('games', 'lobbies') ORDER BY operator_id, kind`,
    ),
    countEntries(pool, 'catalogue_games', 'enabled = 0'),
    countEntries(pool, 'catalogue_lobbies', '1 = 0'),
  ]);
  return rows.map((row) => {
    const counts = (row.kind === 'games' ? games : lobbies).get(row.operator_id);
    return {
      operatorId: row.operator_id,
      list: row.kind,
      syncedAtMs: row.done_at_ms ?? 0n,
      dueAtMs: row.due_at_ms ?? 0n,
      failures: row.failures,
      error: row.error,
      listed: Number(counts?.listed ?? 0),
      missing: Number(counts?.missing ?? 0),
      disabled: Number(counts?.disabled ?? 0),
    };
  });
}

async function countEntries(pool: Pool, table: string, disabled: string): Promise<ReadonlyMap<string, CountRow>> {
  const rows = await selectRows<CountRow>(
    pool,
    `SELECT operator_id,
       COUNT(CASE WHEN missing_since_ms IS NULL THEN 1 END) AS listed,
       COUNT(missing_since_ms) AS missing,
       COUNT(CASE WHEN missing_since_ms IS NULL AND ${disabled} THEN 1 END) AS disabled
     FROM ${table} GROUP BY operator_id`,
  );
  return new Map(rows.map((row) => [row.operator_id, row]));
}
