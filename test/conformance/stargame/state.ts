import type { Client } from '@grpc/grpc-js';
import { callUnary } from '../../../src/common/grpc.ts';
import { HallService } from '../../../src/gen/wallet/v1/halls_pb.ts';
import { MoneyService, type Transaction, TransactionStatus } from '../../../src/gen/wallet/v1/money_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { StopScope, StopService } from '../../../src/gen/wallet/v1/stops_pb.ts';
import type { Given } from './case.ts';
import { CALL } from './chain.ts';

/** One hall's state, set up and looked at through the wallet's own services. */
export type State = {
  apply: (given: Given) => Promise<void>;
  balanceUnits: (userId: string) => Promise<bigint>;
  /** StarGame's rows in the player's ledger, oldest first. */
  rows: (userId: string) => Promise<Transaction[]>;
  /** Takes back what reaches beyond the operator. */
  undo: () => Promise<void>;
};

export function createState(grpc: Client, operatorId: string, hallId: string): State {
  const undos: (() => Promise<unknown>)[] = [];
  const player = (userId: string) => ({ operatorId, userId });

  const addPlayer = async (given: Extract<Given, { player: string }>): Promise<void> => {
    const { player: userId, balance = 0, currency = 'RUB', language = 'en' } = given;
    const created = {
      ...player(userId),
      userName: `player ${userId}`,
      country: 'Latvia',
      currencyCode: currency,
      language,
    };
    await callUnary(grpc, PlayerService.method.createPlayer, created, CALL);
    await callUnary(grpc, HallService.method.linkTerminal, { hallId, uid: userId, ...player(userId) }, CALL);
    if (balance === 0) return;
    const transfer = { ...player(userId), transactionId: `opening-${userId}`, amountUnits: BigInt(balance) };
    await callUnary(grpc, MoneyService.method.correct, transfer, CALL);
  };

  const apply = async (given: Given): Promise<void> => {
    if ('player' in given) return addPlayer(given);
    if ('unlinked' in given) {
      await callUnary(grpc, HallService.method.unlinkTerminal, { hallId, uid: given.unlinked }, CALL);
    } else if ('block' in given) {
      await callUnary(grpc, PlayerService.method.blockPlayer, player(given.block), CALL);
    } else if ('limits' in given) {
      await callUnary(grpc, PlayerService.method.setLimits, { ...player(given.user), limits: given.limits }, CALL);
    } else {
      const stop = { scope: given.stop, scopeId: given.stop === StopScope.OPERATOR ? operatorId : '' };
      await callUnary(grpc, StopService.method.addStop, stop, CALL);
      undos.push(() => callUnary(grpc, StopService.method.removeStop, stop, CALL));
    }
  };

  return {
    apply,
    balanceUnits: async (userId) => {
      const { balanceUnits } = await callUnary(grpc, MoneyService.method.getBalance, player(userId), CALL);
      return balanceUnits;
    },
    rows: async (userId) => {
      const request = { ...player(userId), pageSize: 1000 };
      const { transactions } = await callUnary(grpc, MoneyService.method.listTransactions, request, CALL);
      return transactions.filter(({ provider }) => provider === 'stargame');
    },
    undo: async () => {
      for (const undo of undos.splice(0).reverse()) await undo();
    },
  };
}

/** Rows that stand, as cases name them. */
export function standing(rows: readonly Transaction[]): string[] {
  return rows
    .filter(({ status }) => status === TransactionStatus.OK)
    .map(({ kind, amountUnits }) => `${kind} ${amountUnits}`);
}
