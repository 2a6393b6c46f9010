import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type Operation, OperationKind, OperationSchema } from '../../gen/wallet/v1/money_pb.ts';
import type { Request } from './request.ts';

// Builders for the lanes' own tests: an operation that is valid, and a request that holds it.

export type OperationInit = Omit<MessageInitShape<typeof OperationSchema>, '$typeName'>;

export function operation(more: OperationInit = {}): Operation {
  return create(OperationSchema, {
    id: 1,
    kind: OperationKind.BET,
    operatorId: 'casino',
    userId: 'u1',
    provider: 'platform',
    transactionId: 't1',
    amountUnits: 300n,
    currencyCode: 'EUR',
    roundId: 'r1',
    gameId: '200',
    ...more,
  });
}

export function request(more: OperationInit = {}, playerId: bigint | null = 1n): Request {
  return {
    operation: operation(more),
    playerId,
    receivedAtMs: 0,
    deadlineAtMs: 0,
    uncertain: false,
    answered: false,
    done: () => {},
  };
}
