import { type Operation, type Outcome, Reason, TransactionStatus } from '../../gen/wallet/v1/money_pb.ts';
import type { Writes } from './state.ts';

/** The answer to one operation, and what must be written before it may be given. */
export type Decision = { outcome: Outcome; writes: Writes | null };

/** An outcome without a balance. */
export function outcomeOf(operation: Operation, reason: Reason, message = ''): Outcome {
  return {
    $typeName: 'wallet.v1.Outcome',
    id: operation.id,
    reason,
    replayed: false,
    balanceUnits: 0n,
    currencyCode: '',
    transactionStatus: TransactionStatus.UNSPECIFIED,
    message,
  };
}

export function doneWithBalance(
  operation: Operation,
  balanceUnits: bigint,
  currencyCode: string,
  replayed = false,
): Outcome {
  return { ...outcomeOf(operation, Reason.UNSPECIFIED), replayed, balanceUnits, currencyCode };
}

export function doneWithStatus(operation: Operation, status: TransactionStatus, replayed = false): Outcome {
  return { ...outcomeOf(operation, Reason.UNSPECIFIED), replayed, transactionStatus: status };
}

/** A refusal or a read: nothing is written. */
export const answer = (outcome: Outcome): Decision => ({ outcome, writes: null });

export const refuse = (operation: Operation, reason: Reason): Decision => answer(outcomeOf(operation, reason));
