import { type Operation, type Outcome, TransactionStatus } from '../../../gen/wallet/v1/money_pb.ts';
import type { Fields } from '../fields.ts';
import type { MalformedCode, ReasonCodes } from '../op-codes.ts';

/** What one of PLATFORM's commands means to the wallet, and the way back. */
export type Command = {
  malformed: MalformedCode;
  codes: ReasonCodes;
  /** Fills the operation from `data`; what is malformed is left in `fields.problem`. */
  read: (fields: Fields, operation: Operation) => void;
  /** `response.data` of a success, as JSON text. */
  answer: (outcome: Outcome, fields: Fields) => string;
};

/** PLATFORM v2.49, status: transaction_status. */
const STATUS_WORDS: Record<number, string | undefined> = {
  [TransactionStatus.OK]: 'OK',
  [TransactionStatus.ERROR]: 'ERROR',
  [TransactionStatus.CANCELED]: 'CANCELED',
};

/** The answer of status and cancel: ids as they came in, but user_id always as a string. */
export function transactionAnswer(outcome: Outcome, fields: Fields): string {
  const status = STATUS_WORDS[outcome.transactionStatus];
  if (status === undefined) throw new Error('the wallet told no transaction status');
  return `{"user_id":${fields.rawUserId()},"transaction_id":${fields.raw('transaction_id')},"transaction_status":"${status}"}`;
}
