import { type Operation, OperationKind } from '../../../gen/wallet/v1/money_pb.ts';
import { type Fields, isClean, type TransactionType } from '../fields.ts';
import { REASON_CODES } from '../op-codes.ts';
import { balanceAnswer } from './balance.ts';
import type { Command } from './command.ts';

const KINDS = {
  BET: OperationKind.BET,
  WIN: OperationKind.WIN,
  REFUND: OperationKind.REFUND,
} satisfies Record<TransactionType, OperationKind>;

/** PLATFORM v2.49, changebalance. */
export const changebalance: Command = {
  malformed: 'OP_49',
  codes: REASON_CODES,
  read,
  answer: balanceAnswer,
};

function read(fields: Fields, operation: Operation): void {
  const type = fields.transactionType();
  const token = fields.tokenOrNull();
  const roundFinished = fields.booleanOrNull('round_finished');
  operation.kind = KINDS[type];
  operation.userId = fields.userId();
  operation.transactionId = fields.integer('transaction_id', 20);
  operation.roundId = fields.integer('round_id', 20);
  operation.gameId = fields.integer('game_id', 6);
  operation.currencyCode = fields.currencyCode();
  operation.amountUnits = fields.amountUnits('amount');
  operation.occurredAtMs = BigInt(Math.max(0, fields.dateTimeMs('transaction_timestamp')));
  operation.context = readContext(fields);
  // Only a bet needs a session: a win can come after it has expired (Important Notes, 3).
  if (type === 'BET') operation.sessionToken = token;
  if (roundFinished !== null) operation.roundFinished = roundFinished;
}

/**
 * The context as it came in. Its members vary by vendor (the document's own samples lack the history_id that its table
 * requires), so none is required; only the type of `reason` is checked.
 */
function readContext(fields: Fields): string {
  const { reason } = fields.object('context');
  if (reason !== undefined && !(typeof reason === 'string' && isClean(reason, 32))) {
    fields.fail('context.reason', 'must be a string of up to 32 characters without |');
  }
  return fields.raw('context');
}
