import type { Connection } from 'mysql2/promise';
import { callUnary } from '../../src/common/grpc.ts';
import { GameService } from '../../src/gen/wallet/v1/games_pb.ts';
import { OperatorService } from '../../src/gen/wallet/v1/operators_pb.ts';
import { PlayerService } from '../../src/gen/wallet/v1/players_pb.ts';
import { SessionService } from '../../src/gen/wallet/v1/sessions_pb.ts';
import { StopScope as ProtoScope, StopService } from '../../src/gen/wallet/v1/stops_pb.ts';
import type { Cast } from './cast.ts';
import { AMOUNTS_UNITS } from './cast.ts';
import type { LimitField, Setting } from './plan.ts';
import type { Limits, StopScope } from './types.ts';
import { PATIENT_MS, type WalletClient } from './wallet-client.ts';
import { type ModelPlayer, stopKey, World } from './world.ts';

const DAY_MS = 86_400_000;
const SESSION_TTL_SECONDS = 86_400;
const options = { deadlineMs: PATIENT_MS };

/**
 * The settings of the house, changed in the real wallet and in the model's world alike. Time can't be set in the wallet, so
 * what must lie in the past is moved there in its tables.
 */
export async function openHouse(client: WalletClient, database: Connection, names: Cast) {
  const world = new World();
  const aged = new Set<ModelPlayer>();
  const playerAt = (position: number): ModelPlayer => pick(world.players, position);

  await createOperators(client, names);
  await createPlayers(client, names, world);
  await openSessions(client, names, world);

  const apply = async (setting: Setting): Promise<void> => {
    switch (setting.type) {
      case 'block':
        return block(client, playerAt(setting.player), setting.blocked);
      case 'limits':
        return setLimits(client, playerAt(setting.player), limitsOf(setting.limits));
      case 'stop':
        return changeStop(client, world, stopAt(names, setting.scope), setting.added);
      case 'game':
        return setGame(client, world, {
          provider: pick(names.providers, setting.provider),
          gameId: pick(names.gameIds, setting.game),
          enabled: setting.enabled,
          vendor: pick(names.vendors, setting.vendor),
        });
      case 'closeSession': {
        const session = pick(world.sessions, setting.session);
        await callUnary(client.grpc, SessionService.method.closeSession, { token: session.token }, options);
        session.closed = true;
        return;
      }
      case 'expireSession': {
        const session = pick(world.sessions, setting.session);
        await database.query('UPDATE sessions SET expires_at_ms = created_at_ms WHERE token = ?', [session.token]);
        session.expiresAtMs = 0;
        return;
      }
      case 'age': {
        // Once a player: the counters of the past day must be those of all that lies there.
        const player = playerAt(setting.player);
        if (aged.has(player)) return;
        aged.add(player);
        return age(database, player, setting.days);
      }
    }
  };

  /** Stops of everything reach beyond the names of this run. */
  const close = async (): Promise<void> => {
    for (const key of [...world.stops]) {
      const [scope, scopeId] = key.split(' ') as [StopScope, string];
      await changeStop(client, world, { scope, scopeId }, false);
    }
  };

  return { world, apply, close };
}

async function createOperators({ grpc }: WalletClient, names: Cast): Promise<void> {
  for (const operatorId of names.operatorIds) {
    const request = { operatorId, secret: `secret-of-${operatorId}`, currencies: ['EUR', 'USD'] };
    await callUnary(grpc, OperatorService.method.createOperator, request, options);
  }
}

async function createPlayers({ grpc }: WalletClient, names: Cast, world: World): Promise<void> {
  for (const { operatorId, userId, currencyCode } of names.known) {
    const identity = {
      userId,
      userName: `${userId} of ${operatorId}`,
      displayName: userId,
      country: 'AT',
      group: 'g1',
    };
    await callUnary(grpc, PlayerService.method.createPlayer, { operatorId, currencyCode, ...identity }, options);
    world.players.push({
      operatorId,
      userId,
      currencyCode,
      identity,
      blocked: false,
      limits: {},
      rows: [],
      closedRounds: new Set(),
      totalsOwed: 0,
    });
  }
}

async function openSessions({ grpc }: WalletClient, names: Cast, world: World): Promise<void> {
  for (const { owner, token } of names.sessions) {
    const player = pick(world.players, owner);
    const { operatorId, userId } = player;
    const request = { operatorId, userId, gameId: names.gameIds[0], token, ttlSeconds: SESSION_TTL_SECONDS };
    const session = await callUnary(grpc, SessionService.method.openSession, request, options);
    const expiresAtMs = Number(session.expiresAtMs);
    world.sessions.push({ token, player, gameId: names.gameIds[0], expiresAtMs, closed: false });
  }
}

async function block({ grpc }: WalletClient, player: ModelPlayer, blocked: boolean): Promise<void> {
  const { operatorId, userId } = player;
  const method = blocked ? PlayerService.method.blockPlayer : PlayerService.method.unblockPlayer;
  await callUnary(grpc, method, { operatorId, userId }, options);
  player.blocked = blocked;
}

async function setLimits({ grpc }: WalletClient, player: ModelPlayer, limits: Limits): Promise<void> {
  const { operatorId, userId } = player;
  await callUnary(grpc, PlayerService.method.setLimits, { operatorId, userId, limits }, options);
  player.limits = limits;
}

function limitsOf(positions: Partial<Record<LimitField, number>>): Limits {
  return Object.fromEntries(
    Object.entries(positions).map(([field, position]) => [`${field}Units`, pick(AMOUNTS_UNITS, position)]),
  );
}

const SCOPES: Record<StopScope, ProtoScope> = {
  ALL: ProtoScope.ALL,
  OPERATOR: ProtoScope.OPERATOR,
  VENDOR: ProtoScope.VENDOR,
  GAME: ProtoScope.GAME,
};

function stopAt(names: Cast, position: number): { scope: StopScope; scopeId: string } {
  const stops: { scope: StopScope; scopeId: string }[] = [
    { scope: 'ALL', scopeId: '' },
    { scope: 'OPERATOR', scopeId: names.operatorIds[0] },
    { scope: 'VENDOR', scopeId: names.vendors[1] },
    { scope: 'VENDOR', scopeId: names.vendors[2] },
    { scope: 'GAME', scopeId: `${names.providers[0]}:200` },
    { scope: 'GAME', scopeId: `${names.providers[0]}:unlisted` },
  ];
  return pick(stops, position);
}

async function changeStop(
  { grpc }: WalletClient,
  world: World,
  stop: { scope: StopScope; scopeId: string },
  added: boolean,
): Promise<void> {
  const request = { scope: SCOPES[stop.scope], scopeId: stop.scopeId };
  const key = stopKey(stop.scope, stop.scopeId);
  if (added) {
    await callUnary(grpc, StopService.method.addStop, request, options);
    world.stops.add(key);
    return;
  }
  await callUnary(grpc, StopService.method.removeStop, request, options);
  world.stops.delete(key);
}

async function setGame({ grpc }: WalletClient, world: World, game: World['games'][number]): Promise<void> {
  await callUnary(grpc, GameService.method.setGame, game, options);
  world.setGame(game);
}

async function age(database: Connection, player: ModelPlayer, days: number): Promise<void> {
  const shift = [days, days * DAY_MS, player.operatorId, player.userId];
  await database.query(
    `UPDATE players JOIN accounts USING (player_id) LEFT JOIN transactions USING (player_id)
     SET accounts.counted_day = accounts.counted_day - ?, transactions.created_at_ms = transactions.created_at_ms - ?
     WHERE players.operator_id = ? AND players.user_id = ?`,
    shift,
  );
  for (const row of player.rows) row.atMs -= days * DAY_MS;
}

export function pick<T>(pool: readonly T[], position: number): T {
  const found = pool[position % pool.length];
  if (found === undefined) throw new Error('an empty pool');
  return found;
}
