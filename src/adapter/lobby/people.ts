import { decimal } from '../../common/decimal.ts';
import { MoneyService, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { type Player, PlayerService } from '../../gen/wallet/v1/players_pb.ts';
import { isNotFound, type WalletCalls } from '../wallet-calls.ts';
import { createCachedByKey } from './cached.ts';
import { Problem } from './problems.ts';
import type { BalanceView, SessionView } from './view.ts';

type Subject = { operatorId: string; userId: string };

export type People = {
  /** Throws the Problem `expired` for somebody whom the wallet doesn't know. */
  player: (who: Subject) => Promise<Player>;
  balance: (who: Subject) => Promise<BalanceView>;
  /** Those of the demo players that the operator has. */
  demoPlayers: (operatorId: string) => Promise<SessionView['demoPlayers']>;
};

export const DEMO_USERS: readonly string[] = ['611', '17', '398', '117'];

const DEMO_FRESH_MS = 10_000;

export function createPeople(calls: WalletCalls, now: () => number): People {
  const player = async ({ operatorId, userId }: Subject): Promise<Player> => {
    try {
      return await calls.call(PlayerService.method.getPlayer, { operatorId, userId });
    } catch (error) {
      if (isNotFound(error)) throw new Problem('expired', { cause: error });
      throw error;
    }
  };
  return {
    player,
    balance: async ({ operatorId, userId }) => {
      const outcome = await calls.call(MoneyService.method.getBalance, { operatorId, userId });
      if (outcome.reason === Reason.PLAYER_NOT_FOUND) throw new Problem('expired');
      if (outcome.reason !== Reason.UNSPECIFIED) throw new Problem('unavailable');
      return { balance: decimal(outcome.balanceUnits), currency: outcome.currencyCode };
    },
    demoPlayers: createCachedByKey({
      load: async (operatorId) => {
        const found = await Promise.all(DEMO_USERS.map((userId) => existing(player({ operatorId, userId }))));
        return found.filter((one) => one !== null).map((one) => ({ userId: one.userId, name: nameOf(one) }));
      },
      freshMs: DEMO_FRESH_MS,
      max: 1,
      now,
    }),
  };
}

export const nameOf = ({ displayName, userName, userId }: Player): string => displayName || userName || userId;

async function existing(answer: Promise<Player>): Promise<Player | null> {
  try {
    return await answer;
  } catch (error) {
    if (error instanceof Problem && error.code === 'expired') return null;
    throw error;
  }
}
