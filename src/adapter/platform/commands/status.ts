import { OperationKind } from '../../../gen/wallet/v1/money_pb.ts';
import { REASON_CODES } from '../op-codes.ts';
import { type Command, transactionAnswer } from './command.ts';

/** PLATFORM v2.49, status. */
export const status: Command = {
  malformed: 'OP_50',
  codes: REASON_CODES,
  read: (fields, operation) => {
    operation.kind = OperationKind.STATUS;
    operation.userId = fields.userId();
    operation.transactionId = fields.integer('transaction_id', 20);
    operation.roundId = fields.integer('round_id', 20);
    fields.transactionType();
    fields.text('transaction_date', 10);
    fields.text('transaction_ts', 13);
  },
  answer: transactionAnswer,
};
