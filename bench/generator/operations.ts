import { type Operation, OperationKind, type Outcome, Reason } from '../../src/gen/wallet/v1/money_pb.ts';
import { reasonName } from '../../src/wallet/core/reasons.ts';
import {
  AMOUNT_UNITS,
  CURRENCY_CODE,
  GAME_ID,
  OPERATOR_ID,
  playerIndexOf,
  roundIdOf,
  tokenOf,
  transactionIdOf,
  userIdOf,
} from '../requests.ts';
import type { Players } from '../types.ts';

export const DEADLINE_MS = 2_000;
const CONTEXT = '{"reason":"SPIN","history_id":"1"}';

/** The BET that the HTTP driver sends, as the adapter passes it on. */
export function betOperation(number: number, players: Players): Operation {
  const playerIndex = playerIndexOf(number, players);
  return {
    $typeName: 'wallet.v1.Operation',
    id: 0,
    deadlineMs: DEADLINE_MS,
    kind: OperationKind.BET,
    operatorId: OPERATOR_ID,
    userId: userIdOf(playerIndex),
    provider: 'platform',
    transactionId: String(transactionIdOf(number)),
    amountUnits: AMOUNT_UNITS,
    currencyCode: CURRENCY_CODE,
    roundId: String(roundIdOf(number)),
    gameId: GAME_ID,
    sessionToken: tokenOf(playerIndex),
    roundFinished: false,
    context: CONTEXT,
    requestId: '',
    occurredAtMs: 0n,
    winUnits: 0n,
    voidIfLate: false,
  };
}

export const faultOf = ({ reason }: Outcome): string | null =>
  reason === Reason.UNSPECIFIED ? null : reasonName(reason);
