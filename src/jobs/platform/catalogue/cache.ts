import { type Pool, selectRows } from '../../../common/db.ts';
import { type Game, GameService } from '../../../gen/wallet/v1/games_pb.ts';
import type { Wallet } from '../../wallet.ts';
import { createKept, type Kept } from '../kept.ts';
import type { GameFields, LobbyFields } from './entries.ts';
import { GAMES, LOBBIES, type Row, type Shelf } from './store.ts';

type Times = { firstSeenAtMs: bigint; changedAtMs: bigint; missingSinceMs: bigint | null };

export type StoredGame = GameFields & Times & { gameId: string; sortKey: string; words: string };
export type StoredLobby = LobbyFields & Times & { lobbyId: string };

export type StoredCatalogue = {
  games: ReadonlyMap<string, StoredGame>;
  /** By title and id. */
  sorted: readonly StoredGame[];
  lobbies: ReadonlyMap<string, StoredLobby>;
};

/** What a person has decided on a game, for all operators: disabled, or pinned. */
export type Decision = { enabled: boolean; vendor: string };

/** Operators' catalogues in memory, and what persons have decided: a launch asks for no row. */
export type CatalogueCache = {
  of: (operatorId: string) => Promise<StoredCatalogue>;
  decisions: () => Promise<ReadonlyMap<string, Decision>>;
  /** A sync of this process's has changed something. */
  expire: () => void;
};

const NOTHING: StoredCatalogue = { games: new Map(), sorted: [], lobbies: new Map() };
/** How soon another process's sync is seen. */
const VERSIONS = { freshMs: 1_000, staleMs: 5_000 };
/** How soon it is seen that somebody pinned or disabled a game. Bets are the wallet's, which knows at once. */
const DECISIONS = { freshMs: 5_000, staleMs: 15_000 };
const PAGE_SIZE = 1_000;

export function createCatalogueCache(deps: { pool: Pool; wallet: Wallet; now: () => number }): CatalogueCache {
  const { pool, wallet, now } = deps;
  const versions = createKept({ ...VERSIONS, now, read: () => readVersions(pool) });
  const decisions: Kept<ReadonlyMap<string, Decision>> = createKept({
    ...{ ...DECISIONS, now },
    read: () => readDecisions(wallet),
  });
  /** One for each operator that has lists; read once at a time, for all who wait. */
  const loaded = new Map<string, { version: string; catalogue: Promise<StoredCatalogue> }>();

  const of = async (operatorId: string): Promise<StoredCatalogue> => {
    const version = (await versions.get()).get(operatorId);
    if (version === undefined) return NOTHING;
    const known = loaded.get(operatorId);
    if (known?.version === version) return known.catalogue;
    const catalogue = load(pool, operatorId);
    loaded.set(operatorId, { version, catalogue });
    catalogue.catch(() => {
      if (loaded.get(operatorId)?.catalogue === catalogue) loaded.delete(operatorId);
    });
    return catalogue;
  };

  return { of, decisions: decisions.get, expire: versions.expire };
}

/** Each sync that is done moves its operator's. Read before the rows are, so that rows are never older than it. */
async function readVersions(pool: Pool): Promise<ReadonlyMap<string, string>> {
  const rows = await selectRows<{ operator_id: string; kind: string; pulls: number }>(
    pool,
    "SELECT operator_id, kind, pulls FROM platform_pulls WHERE kind IN ('games', 'lobbies') ORDER BY operator_id, kind",
  );
  const versions = new Map<string, string>();
  for (const { operator_id: operatorId, kind, pulls } of rows) {
    versions.set(operatorId, `${versions.get(operatorId) ?? ''} ${kind} ${pulls}`);
  }
  return versions;
}

async function readDecisions(wallet: Wallet): Promise<ReadonlyMap<string, Decision>> {
  const decisions = new Map<string, Decision>();
  let pageToken = '';
  do {
    const request = { provider: 'platform', pageSize: PAGE_SIZE, pageToken };
    const page = await wallet.call(GameService.method.listGames, request, 'catalogue');
    for (const game of page.games) if (isDecided(game)) decisions.set(game.gameId, game);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return decisions;
}

const isDecided = (game: Game): boolean => game.pinned || !game.enabled;

async function load(pool: Pool, operatorId: string): Promise<StoredCatalogue> {
  const [gameRows, lobbyRows] = await Promise.all([
    selectStored(pool, GAMES, operatorId),
    selectStored(pool, LOBBIES, operatorId),
  ]);
  const sorted = gameRows.map(storedGame).sort(byTitle);
  const lobbies = lobbyRows.map((row) => ({
    ...{ lobbyId: String(row.id), ...LOBBIES.fieldsOf(row) },
    ...timesOf(row),
  }));
  return {
    games: new Map(sorted.map((game) => [game.gameId, game])),
    sorted,
    lobbies: new Map(lobbies.map((lobby) => [lobby.lobbyId, lobby])),
  };
}

const selectStored = <F>(pool: Pool, shelf: Shelf<F>, operatorId: string): Promise<Row[]> =>
  selectRows<Row>(
    pool,
    `SELECT ${shelf.idColumn} AS id, ${shelf.columns.join(', ')}, first_seen_at_ms, changed_at_ms, missing_since_ms
     FROM ${shelf.table} WHERE operator_id = ? ORDER BY ${shelf.idColumn}`,
    [operatorId],
  );

function storedGame(row: Row): StoredGame {
  const gameId = String(row.id);
  const fields = GAMES.fieldsOf(row);
  return {
    ...fields,
    ...timesOf(row),
    gameId,
    sortKey: fields.title.toLowerCase(),
    words: [fields.title, fields.vendor, fields.type, gameId].join('\n').toLowerCase(),
  };
}

const timesOf = (row: Row): Times => ({
  firstSeenAtMs: BigInt(row.first_seen_at_ms ?? 0),
  changedAtMs: BigInt(row.changed_at_ms ?? 0),
  missingSinceMs: row.missing_since_ms === null ? null : BigInt(row.missing_since_ms ?? 0),
});

export type SortedBy = Pick<StoredGame, 'sortKey' | 'gameId'>;

export function byTitle(a: SortedBy, b: SortedBy): number {
  if (a.sortKey !== b.sortKey) return a.sortKey < b.sortKey ? -1 : 1;
  if (a.gameId === b.gameId) return 0;
  return a.gameId < b.gameId ? -1 : 1;
}
