import { decimal } from '../../../common/decimal.ts';
import { OperationKind, type Outcome } from '../../../gen/wallet/v1/money_pb.ts';
import { AUTHENTICATE_CODES } from '../op-codes.ts';
import type { Command } from './command.ts';

/** PLATFORM v2.49, authenticate. */
export const authenticate: Command = {
  malformed: 'OP_50',
  codes: AUTHENTICATE_CODES,
  read: (fields, operation) => {
    operation.kind = OperationKind.AUTHENTICATE;
    operation.sessionToken = fields.token();
  },
  answer,
};

function answer(outcome: Outcome): string {
  const identity = outcome.identity;
  if (identity === undefined) throw new Error('the wallet named no player');
  const optional = member('display_name', identity.displayName) + member('group', identity.group);
  return (
    `{"user_id":${JSON.stringify(identity.userId)},"user_name":${JSON.stringify(identity.userName)},` +
    `"user_country":${JSON.stringify(identity.country)},${optional}` +
    `"currency_code":${JSON.stringify(outcome.currencyCode)},"balance":${decimal(outcome.balanceUnits)}}`
  );
}

function member(name: string, value: string): string {
  return value === '' ? '' : `"${name}":${JSON.stringify(value)},`;
}
