import { OperationKind } from '../../../gen/wallet/v1/money_pb.ts';
import { REASON_CODES } from '../op-codes.ts';
import { type Command, transactionAnswer } from './command.ts';

/** PLATFORM v2.49, cancel. */
export const cancel: Command = {
  malformed: 'OP_49',
  codes: REASON_CODES,
  read: (fields, operation) => {
    const roundFinished = fields.booleanOrNull('round_finished');
    operation.kind = OperationKind.CANCEL;
    operation.userId = fields.userId();
    operation.transactionId = fields.integer('transaction_id', 20);
    operation.roundId = fields.integer('round_id', 20);
    operation.gameId = fields.integer('game_id', 6);
    if (roundFinished !== null) operation.roundFinished = roundFinished;
  },
  answer: transactionAnswer,
};
