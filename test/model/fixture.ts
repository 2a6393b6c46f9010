import { callUnary } from '../../src/common/grpc.ts';
import { MoneyService, Reason } from '../../src/gen/wallet/v1/money_pb.ts';
import { OperatorService } from '../../src/gen/wallet/v1/operators_pb.ts';
import { PlayerService } from '../../src/gen/wallet/v1/players_pb.ts';
import { SessionService } from '../../src/gen/wallet/v1/sessions_pb.ts';
import type { Operation } from './types.ts';
import { PATIENT_MS, type WalletClient } from './wallet-client.ts';

export const OPERATOR = { operatorId: 'loadcasino', secret: 'load-secret' } as const;
export const PROVIDER = 'platform';
export const CURRENCY = 'EUR';
export const GAME_ID = '200';

const options = { deadlineMs: PATIENT_MS };

export async function createOperator({ grpc }: WalletClient): Promise<void> {
  const request = { ...OPERATOR, currencies: [CURRENCY] };
  await callUnary(grpc, OperatorService.method.createOperator, request, options);
}

/** Players `1` to `count`, each with `fundsUnits` from the cashier. */
export async function createPlayers(client: WalletClient, count: number, fundsUnits: bigint): Promise<string[]> {
  const userIds = Array.from({ length: count }, (_, i) => String(i + 1));
  await Promise.all(userIds.map((userId) => createPlayer(client, userId, fundsUnits)));
  return userIds;
}

/** The player's open session. */
export const tokenOf = (userId: string): string => `session${userId}`.padEnd(24, 'x');

/** With an open session. */
export async function createPlayer({ grpc }: WalletClient, userId: string, fundsUnits: bigint): Promise<void> {
  const { operatorId } = OPERATOR;
  const player = { operatorId, userId, userName: `user ${userId}`, country: 'DE', currencyCode: CURRENCY };
  await callUnary(grpc, PlayerService.method.createPlayer, player, options);
  const session = { operatorId, userId, gameId: GAME_ID, token: tokenOf(userId), ttlSeconds: 86_400 };
  await callUnary(grpc, SessionService.method.openSession, session, options);
  if (fundsUnits === 0n) return;
  const deposit = { operatorId, userId, transactionId: `funds-${userId}`, amountUnits: fundsUnits };
  const { reason } = await callUnary(grpc, MoneyService.method.deposit, deposit, options);
  if (reason !== Reason.UNSPECIFIED) throw new Error(`the deposit was refused: ${reason}`);
}

/** An ordinary request of PLATFORM's, changed by `parts`. Ids are decimal, so that it can go over HTTP as well. */
export function operationOf(parts: Partial<Operation> & Pick<Operation, 'kind' | 'userId'>): Operation {
  return {
    operatorId: OPERATOR.operatorId,
    provider: PROVIDER,
    transactionId: '',
    amountUnits: 0n,
    winUnits: 0n,
    voidIfLate: false,
    currencyCode: '',
    roundId: '1',
    gameId: GAME_ID,
    sessionToken: null,
    roundFinished: null,
    context: '',
    ...parts,
  };
}
