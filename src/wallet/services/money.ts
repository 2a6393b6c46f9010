import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import type { Pool } from '../../common/db.ts';
import { Fault, invalidArgument } from '../../common/fault.ts';
import { note } from '../../common/fields.ts';
import type { ServiceHandlers, UnaryContext } from '../../common/grpc-handler.ts';
import {
  type MoneyService,
  type MovementRequest,
  OperationKind,
  OperationSchema,
  type Outcome,
  Reason,
  type TransferRequest,
} from '../../gen/wallet/v1/money_pb.ts';
import type { Engine } from '../lanes/engine.ts';
import { getRound, getTransaction, listPlay, listTransactions } from './ledger.ts';
import { CASHIER } from './operate.ts';

export type MoneyDeps = { engine: Engine; pool: Pool; now: () => number };

/** The unary methods: each is one operation of the engine, or a read of the ledger. */
export function createMoneyService({
  engine,
  pool,
  now,
}: MoneyDeps): Omit<ServiceHandlers<typeof MoneyService>, 'operate' | 'verify'> {
  const perform = async (
    operation: MessageInitShape<typeof OperationSchema>,
    { deadlineAtMs, requestId }: UnaryContext,
  ): Promise<Outcome> => {
    const deadlineMs = Math.floor(deadlineAtMs - now());
    if (deadlineMs < 1) throw new Fault(status.DEADLINE_EXCEEDED, 'nothing was done');
    const outcome = await engine.perform(create(OperationSchema, { ...operation, deadlineMs, requestId }));
    throwFault(outcome);
    return outcome;
  };

  const movement = (kind: OperationKind, { $typeName: _, $unknown: __, ...request }: MovementRequest) => {
    if (request.provider === CASHIER) throw invalidArgument('provider', `${CASHIER} is reserved`);
    return { ...request, kind };
  };

  const transfer = (kind: OperationKind, request: TransferRequest) => {
    const { operatorId, userId, transactionId, amountUnits, currencyCode } = request;
    const signed = kind === OperationKind.CORRECTION;
    if (amountUnits === 0n || (amountUnits < 0n && !signed)) {
      throw invalidArgument('amount_units', signed ? 'must not be 0' : 'must be more than 0');
    }
    const context = request.note === '' ? '' : JSON.stringify({ note: note(request.note) });
    return { kind, operatorId, userId, provider: CASHIER, transactionId, amountUnits, currencyCode, context };
  };

  return {
    bet: async (request, context) => perform(movement(OperationKind.BET, request), context),
    win: async (request, context) => perform(movement(OperationKind.WIN, request), context),
    refund: async (request, context) => perform(movement(OperationKind.REFUND, request), context),
    cancel: async ({ $typeName: _, $unknown: __, ...request }, context) => {
      if (request.provider === CASHIER) throw invalidArgument('provider', `${CASHIER} is reserved: use Correct`);
      return perform({ ...request, kind: OperationKind.CANCEL }, context);
    },
    deposit: async (request, context) => perform(transfer(OperationKind.DEPOSIT, request), context),
    withdraw: async (request, context) => perform(transfer(OperationKind.WITHDRAWAL, request), context),
    correct: async (request, context) => perform(transfer(OperationKind.CORRECTION, request), context),
    getBalance: ({ operatorId, userId }, context) =>
      perform({ kind: OperationKind.BALANCE, operatorId, userId, provider: CASHIER }, context),
    finishRound: ({ $typeName: _, $unknown: __, ...request }, context) =>
      perform({ ...request, kind: OperationKind.FINISH_ROUND }, context),
    getTransaction: (request) => getTransaction(pool, request),
    listTransactions: (request) => listTransactions(pool, request),
    listPlay: (request) => listPlay(pool, request),
    getRound: (request) => getRound(pool, request),
  };
}

/** Faults are values in the stream, where a status would end it for everybody; here they are gRPC statuses. */
function throwFault({ reason, message }: Outcome): void {
  switch (reason) {
    case Reason.INVALID_ARGUMENT:
      throw new Fault(status.INVALID_ARGUMENT, message);
    case Reason.DEADLINE_PASSED:
      throw new Fault(status.DEADLINE_EXCEEDED, 'nothing was done');
    case Reason.OVERLOADED:
      throw new Fault(status.RESOURCE_EXHAUSTED, 'nothing was done: too much is queued');
    case Reason.UNAVAILABLE:
      throw new Fault(status.UNAVAILABLE, 'nothing was done: the database is away');
    case Reason.OUTCOME_UNKNOWN:
      throw new Fault(status.UNKNOWN, 'it is not known whether this was done: ask again with the same transaction_id');
    default:
  }
}
