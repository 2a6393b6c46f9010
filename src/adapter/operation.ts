import { type Operation, OperationKind } from '../gen/wallet/v1/money_pb.ts';

/** An operation with nothing in it but where it comes from. */
export function blankOperation(operatorId: string, provider: 'platform' | 'stargame'): Operation {
  return {
    $typeName: 'wallet.v1.Operation',
    id: 0,
    deadlineMs: 0,
    kind: OperationKind.UNSPECIFIED,
    operatorId,
    userId: '',
    provider,
    transactionId: '',
    amountUnits: 0n,
    currencyCode: '',
    roundId: '',
    gameId: '',
    context: '',
    requestId: '',
    occurredAtMs: 0n,
    winUnits: 0n,
    voidIfLate: false,
  };
}
