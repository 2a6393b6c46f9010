import { decimal } from '../../../common/decimal.ts';
import { OperationKind, type Outcome } from '../../../gen/wallet/v1/money_pb.ts';
import { REASON_CODES } from '../op-codes.ts';
import type { Command } from './command.ts';

/** PLATFORM v2.49, balance. */
export const balance: Command = {
  malformed: 'OP_50',
  codes: REASON_CODES,
  read: (fields, operation) => {
    operation.kind = OperationKind.BALANCE;
    operation.sessionToken = fields.token();
    operation.userId = fields.userId();
    operation.currencyCode = fields.currencyCode();
  },
  answer: balanceAnswer,
};

/** The answer of balance and changebalance. */
export function balanceAnswer(outcome: Outcome): string {
  return `{"balance":${decimal(outcome.balanceUnits)},"currency_code":${JSON.stringify(outcome.currencyCode)}}`;
}
