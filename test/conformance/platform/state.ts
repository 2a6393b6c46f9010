import type { Client } from '@grpc/grpc-js';
import { callUnary } from '../../../src/common/grpc.ts';
import { GameService } from '../../../src/gen/wallet/v1/games_pb.ts';
import { MoneyService } from '../../../src/gen/wallet/v1/money_pb.ts';
import { OutboxService } from '../../../src/gen/wallet/v1/outbox_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { SessionService } from '../../../src/gen/wallet/v1/sessions_pb.ts';
import { StopScope, StopService } from '../../../src/gen/wallet/v1/stops_pb.ts';
import type { Given, RoundTotals } from './case.ts';
import { CALL } from './chain.ts';

/** One operator's state, set up and looked at through the wallet's own services. */
export type State = {
  apply: (given: Given) => Promise<void>;
  /** The token that stands for one of the document's. */
  tokenFor: (token: string) => string;
  balanceUnits: (userId: string) => Promise<bigint>;
  /** How many rows the player's ledger has, without those of the cashier. */
  countRows: (userId: string) => Promise<number>;
  /** The context that is stored with a transaction of PLATFORM's. */
  contextOf: (transactionId: string) => Promise<string>;
  roundTotals: (userId: string, roundId: string) => Promise<RoundTotals>;
  /** Takes back what reaches beyond the operator: games and stops. */
  undo: () => Promise<void>;
};

export function createState(grpc: Client, operatorId: string, caseNumber: number): State {
  const undos: (() => Promise<unknown>)[] = [];

  const tokenFor = (token: string): string => token.slice(0, -6) + String(caseNumber).padStart(6, '0');

  const player = (userId: string) => ({ operatorId, userId });

  const addPlayer = async (given: Extract<Given, { player: string }>): Promise<void> => {
    const { player: userId, currency = 'EUR', balance = '0.00' } = given;
    await callUnary(
      grpc,
      PlayerService.method.createPlayer,
      {
        ...player(userId),
        userName: given.name ?? `player ${userId}`,
        displayName: given.displayName ?? '',
        country: given.country ?? 'Germany',
        group: given.group ?? '',
        currencyCode: currency,
      },
      CALL,
    );
    const amountUnits = unitsOf(balance);
    if (amountUnits === 0n) return;
    const deposit = { ...player(userId), transactionId: `opening-${userId}`, amountUnits };
    await callUnary(grpc, MoneyService.method.deposit, deposit, CALL);
  };

  const stopOf = (scope: StopScope, id: string | undefined) => ({
    scope,
    scopeId: id ?? (scope === StopScope.OPERATOR ? operatorId : ''),
  });

  const apply = async (given: Given): Promise<void> => {
    if ('player' in given) return addPlayer(given);
    if ('session' in given) {
      const { session, user, game = '200', ttlSeconds = 0 } = given;
      const request = { ...player(user), token: tokenFor(session), gameId: game, ttlSeconds };
      await callUnary(grpc, SessionService.method.openSession, request, CALL);
    } else if ('closeSession' in given) {
      await callUnary(grpc, SessionService.method.closeSession, { token: tokenFor(given.closeSession) }, CALL);
    } else if ('waitForExpiry' in given) {
      await expired(tokenFor(given.waitForExpiry));
    } else if ('block' in given) {
      await callUnary(grpc, PlayerService.method.blockPlayer, player(given.block), CALL);
    } else if ('unblock' in given) {
      await callUnary(grpc, PlayerService.method.unblockPlayer, player(given.unblock), CALL);
    } else if ('limits' in given) {
      await callUnary(grpc, PlayerService.method.setLimits, { ...player(given.user), limits: given.limits }, CALL);
    } else if ('game' in given) {
      const { game: gameId, enabled, vendor = '' } = given;
      await callUnary(grpc, GameService.method.setGame, { gameId, enabled, vendor }, CALL);
      undos.push(() => callUnary(grpc, GameService.method.setGame, { gameId, enabled: true, vendor: '' }, CALL));
    } else if ('stop' in given) {
      const stop = stopOf(given.stop, given.id);
      await callUnary(grpc, StopService.method.addStop, stop, CALL);
      undos.push(() => callUnary(grpc, StopService.method.removeStop, stop, CALL));
    } else {
      await callUnary(grpc, StopService.method.removeStop, stopOf(given.endStop, given.id), CALL);
    }
  };

  const expired = async (token: string): Promise<void> => {
    const { expiresAtMs } = await callUnary(grpc, SessionService.method.getSession, { token }, CALL);
    while (Date.now() <= Number(expiresAtMs)) await new Promise((resolve) => setTimeout(resolve, 20));
  };

  return {
    apply,
    tokenFor,
    balanceUnits: async (userId) => {
      const { balanceUnits } = await callUnary(grpc, MoneyService.method.getBalance, player(userId), CALL);
      return balanceUnits;
    },
    countRows: async (userId) => {
      const request = { ...player(userId), pageSize: 1000 };
      const { transactions } = await callUnary(grpc, MoneyService.method.listTransactions, request, CALL);
      return transactions.filter(({ provider }) => provider === 'platform').length;
    },
    contextOf: async (transactionId) => {
      const request = { operatorId, provider: 'platform', transactionId };
      const { context } = await callUnary(grpc, MoneyService.method.getTransaction, request, CALL);
      return context;
    },
    roundTotals: async (userId, roundId) => {
      const request = { ...player(userId), provider: 'platform', roundId };
      const round = await callUnary(grpc, MoneyService.method.getRound, request, CALL);
      return {
        bet: amountOf(round.betUnits),
        win: amountOf(round.winUnits),
        refund: amountOf(round.refundUnits),
        transactions: round.transactionCount,
        state: round.closedAtMs > 0n ? 'closed' : round.finishedAtMs > 0n ? 'finished' : 'open',
      };
    },
    undo: async () => {
      for (const undo of undos.splice(0).reverse()) await undo();
    },
  };
}

/** Bookkeeping jobs that are owed, by round; each is told once, so this gathers them over the life of the chain. */
export function createRoundJobs(grpc: Client): (roundId: string) => Promise<number> {
  const counts = new Map<string, number>();
  return async (roundId) => {
    const request = { limit: 1000, leaseMs: 600_000 };
    const { messages } = await callUnary(grpc, OutboxService.method.claimMessages, request, CALL);
    for (const { topic, payload } of messages) {
      if (topic !== 'round-close') continue;
      const round = String((JSON.parse(payload) as { roundId: string }).roundId);
      counts.set(round, (counts.get(round) ?? 0) + 1);
    }
    return counts.get(roundId) ?? 0;
  };
}

/** '100.00' to 10000n: written out here, so that the tests share no code with what they test. */
export function unitsOf(amount: string): bigint {
  const [whole = '', fraction = ''] = amount.replace('-', '').split('.');
  const units = BigInt(whole) * 100n + BigInt(fraction.padEnd(2, '0'));
  return amount.startsWith('-') ? -units : units;
}

function amountOf(units: bigint): string {
  return `${units / 100n}.${String(units % 100n).padStart(2, '0')}`;
}
