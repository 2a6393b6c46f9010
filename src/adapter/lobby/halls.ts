import { HallMode, HallService } from '../../gen/wallet/v1/halls_pb.ts';
import { PlayerService } from '../../gen/wallet/v1/players_pb.ts';
import type { WalletCalls } from '../wallet-calls.ts';
import { createCached, createCachedByKey } from './cached.ts';
import { hallKey } from './config.ts';

/** Where people play StarGame's games. */
export type LobbyHalls = {
  /** The seamless hall in which the player has a terminal, else the one where they get one, in their currency; null: none. */
  hallOf: (player: { operatorId: string; userId: string }) => Promise<string | null>;
  /** Whether the operator has StarGame's games at all. */
  hasStargame: (operatorId: string) => Promise<boolean>;
};

const FRESH_MS = 30_000;
const PLAYERS_MAX = 10_000;
const TERMINALS_MAX = 100;

/** `registerIn`: hall by operator and currency, as hallKey has it. */
export function createLobbyHalls(deps: {
  calls: WalletCalls;
  registerIn: ReadonlyMap<string, string>;
  now: () => number;
}): LobbyHalls {
  const { calls, registerIn, now } = deps;
  const { method } = HallService;

  /** Operators by seamless hall. */
  const seamless = createCached({
    load: async () => {
      const { halls } = await calls.call(method.listHalls, {});
      return new Map(
        halls.filter(({ mode }) => mode !== HallMode.TRANSFER).map(({ hallId, operatorId }) => [hallId, operatorId]),
      );
    },
    freshMs: FRESH_MS,
    now,
  });

  const placesOf = createCachedByKey<{ linkedIn: string[]; registerIn: string }>({
    load: async (key) => {
      const [operatorId, userId] = JSON.parse(key) as [string, string];
      const [{ terminals }, { currencyCode }] = await Promise.all([
        calls.call(method.listTerminals, { operatorId, userId, pageSize: TERMINALS_MAX }),
        calls.call(PlayerService.method.getPlayer, { operatorId, userId }),
      ]);
      return {
        linkedIn: terminals.filter(({ linked }) => linked).map(({ hallId }) => hallId),
        registerIn: registerIn.get(hallKey(operatorId, currencyCode)) ?? '',
      };
    },
    freshMs: FRESH_MS,
    max: PLAYERS_MAX,
    now,
  });

  return {
    hallOf: async ({ operatorId, userId }) => {
      const [halls, places] = await Promise.all([seamless(), placesOf(JSON.stringify([operatorId, userId]))]);
      const own = places.linkedIn.find((hallId) => halls.has(hallId));
      return own ?? (halls.get(places.registerIn) === operatorId ? places.registerIn : null);
    },
    hasStargame: async (operatorId) => [...(await seamless()).values()].includes(operatorId),
  };
}
