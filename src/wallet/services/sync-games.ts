import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Connection, change, inTransaction, type Pool, selectRows } from '../../common/db.ts';
import { invalidArgument } from '../../common/fault.ts';
import * as fields from '../../common/fields.ts';
import type { ListedGame, SyncGamesRequest, SyncGamesResponseSchema } from '../../gen/wallet/v1/games_pb.ts';

export const DEFAULT_PROVIDER = 'platform';

const MAX_GAMES = 1_000;

/** One entry of a provider's list, checked. */
export type Listed = Pick<ListedGame, 'gameId' | 'vendor' | 'title' | 'enabled'>;

/** A provider's list, or a part of it, for one operator. `games` are in the order of their ids, so that two calls don't deadlock. */
export type Sync = { operatorId: string; provider: string; games: readonly Listed[] };

/** What is stored of the games that a list names. */
export type Stored = {
  games: ReadonlyMap<string, { vendor: string; title: string; pinned: boolean }>;
  /** Ids that this operator's list called disabled so far. */
  disabled: ReadonlySet<string>;
};

/** What must be written for the list; each in the order of the ids. */
export type SyncPlan = { added: Listed[]; changed: Listed[]; disabled: string[]; enabled: string[] };

/** Throws INVALID_ARGUMENT. */
export function checkSync(request: SyncGamesRequest): Sync {
  const operatorId = fields.operatorId(request.operatorId);
  const provider = request.provider === '' ? DEFAULT_PROVIDER : fields.provider(request.provider);
  if (request.games.length === 0 || request.games.length > MAX_GAMES) {
    throw invalidArgument('games', `must be 1 to ${MAX_GAMES}`);
  }
  const games = new Map(request.games.map((game) => [game.gameId, checkListed(game)]));
  if (games.size !== request.games.length) throw invalidArgument('games', 'must name each game once');
  return { operatorId, provider, games: [...games.values()].sort((a, b) => (a.gameId < b.gameId ? -1 : 1)) };
}

function checkListed({ gameId, vendor, title, enabled }: ListedGame): Listed {
  return {
    gameId: fields.gameId(gameId),
    vendor: fields.text('vendor', vendor, { min: 0, max: 64 }),
    title: fields.text('title', title, { min: 0, max: 255 }),
    enabled,
  };
}

/** All of it in one transaction, or nothing. Writes only what differs. */
export function syncGames(
  pool: Pool,
  sync: Sync,
  nowMs: number,
): Promise<MessageInitShape<typeof SyncGamesResponseSchema>> {
  return inTransaction(pool, async (connection) => {
    const plan = planSync(sync, await selectStored(connection, sync));
    await writePlan(connection, sync, plan, nowMs);
    return {
      added: plan.added.length,
      changed: plan.changed.length,
      disabled: plan.disabled.length,
      enabled: plan.enabled.length,
    };
  });
}

/**
 * What the list says of a pinned game's state is remembered too: it holds once the game is pinned no more. Its vendor and title are left
 * alone.
 */
export function planSync({ games }: Pick<Sync, 'games'>, stored: Stored): SyncPlan {
  const plan: SyncPlan = { added: [], changed: [], disabled: [], enabled: [] };
  for (const listed of games) {
    const known = stored.games.get(listed.gameId);
    if (known === undefined) plan.added.push(listed);
    else if (!known.pinned && (known.vendor !== listed.vendor || known.title !== listed.title))
      plan.changed.push(listed);
    const wasDisabled = stored.disabled.has(listed.gameId);
    if (!listed.enabled && !wasDisabled) plan.disabled.push(listed.gameId);
    if (listed.enabled && wasDisabled) plan.enabled.push(listed.gameId);
  }
  return plan;
}

type StoredRow = { game_id: string; vendor: string; title: string; is_pinned: number };

async function selectStored(on: Connection, { operatorId, provider, games }: Sync): Promise<Stored> {
  const ids = games.map(({ gameId }) => gameId);
  const rows = await selectRows<StoredRow>(
    on,
    'SELECT game_id, vendor, title, is_pinned FROM games WHERE provider = ? AND game_id IN (?)',
    [provider, ids],
  );
  const disabled = await selectRows<{ game_id: string }>(
    on,
    'SELECT game_id FROM disabled_games WHERE operator_id = ? AND provider = ? AND game_id IN (?)',
    [operatorId, provider, ids],
  );
  return {
    games: new Map(
      rows.map(({ game_id, vendor, title, is_pinned }) => [game_id, { vendor, title, pinned: is_pinned === 1 }]),
    ),
    disabled: new Set(disabled.map(({ game_id }) => game_id)),
  };
}

async function writePlan(on: Connection, sync: Sync, plan: SyncPlan, nowMs: number): Promise<void> {
  const { operatorId, provider } = sync;
  const listed = [...plan.added, ...plan.changed].sort((a, b) => (a.gameId < b.gameId ? -1 : 1));
  if (listed.length > 0) {
    // A person may have pinned one meanwhile. is_pinned is not assigned here, so that it says so to each of these.
    await change(
      on,
      `INSERT INTO games (provider, game_id, enabled, vendor, title, updated_at_ms) VALUES ?
       ON DUPLICATE KEY UPDATE vendor = IF(is_pinned = 1, vendor, VALUES(vendor)),
       title = IF(is_pinned = 1, title, VALUES(title)),
       updated_at_ms = IF(is_pinned = 1, updated_at_ms, VALUES(updated_at_ms))`,
      [listed.map(({ gameId, vendor, title }) => [provider, gameId, 1, vendor, title, nowMs])],
    );
  }
  if (plan.disabled.length > 0) {
    await change(
      on,
      `INSERT INTO disabled_games (operator_id, provider, game_id, disabled_at_ms) VALUES ?
       ON DUPLICATE KEY UPDATE disabled_at_ms = disabled_games.disabled_at_ms`,
      [plan.disabled.map((gameId) => [operatorId, provider, gameId, nowMs])],
    );
  }
  if (plan.enabled.length > 0) {
    await change(on, 'DELETE FROM disabled_games WHERE operator_id = ? AND provider = ? AND game_id IN (?)', [
      operatorId,
      provider,
      plan.enabled,
    ]);
  }
}
