import { z } from 'zod';
import {
  enumOf,
  flag,
  id,
  maybe,
  operationId,
  renamed,
  text,
  unitsFrom,
  wireBigint,
  wireFlag,
  wireId,
  wireText,
} from '../fields.ts';
import { defineOperation } from '../operation.ts';

const request = z
  .strictObject({
    user_id: id,
    hall_id: id,
    /** 1: user_id is the ex_id of the registration. */
    user_ex: flag.optional(),
    operation: enumOf(['increase', 'decrease', 'decrease_all']),
    /** Makes it safe to send again: the server knows it by this. */
    operation_id: operationId.optional(),
    /** In 1/100 of the currency; 0 for decrease_all. */
    sum: unitsFrom(0n),
    user_password: text(1, 64).optional(),
  })
  .superRefine(({ operation, sum }, context) => {
    if ((operation === 'decrease_all') === (sum === 0n)) return;
    const message = operation === 'decrease_all' ? 'must be 0 for decrease_all' : 'must be at least 1';
    context.addIssue({ code: 'custom', path: ['sum'], message });
  });

/** The table calls the balance afterwards balance, the sample new_balance. */
const answer = z.preprocess(
  renamed('new_balance', 'balance'),
  z.looseObject({
    hall_id: wireId,
    user_id: wireId,
    operation: maybe(wireText),
    operation_id: maybe(wireId),
    old_balance: maybe(wireBigint),
    new_balance: wireBigint,
    /** 1: the operation had been done before under this operation_id. */
    operation_exist: maybe(wireFlag),
    time: wireBigint,
  }),
);

/** StarGame, User balance operations. */
export const apiOperationBalance = defineOperation({
  name: 'api_operation_balance',
  signature: 'hall',
  request,
  answer,
  errors: {
    wrong_userid: 'Wrong user_id',
    user_not_isset: 'This user does not exist',
    hall_not_exist: 'The hall does not exist',
    operator_not_isset: 'This operator does not exist in the hall',
    wrong_password: 'Wrong password',
    too_low_balance_for_increase: 'Too low balance increase value',
    too_low_hall_balance: 'The hall balance is insufficient for this operation',
    previous_payments_not_finished: 'Previous payment operations of the user are not finished',
    wrong_incoming_data: 'Balance change inner error',
    operation_not_set: 'operation field is not given',
  },
  isIdempotent: ({ operation_id }) => operation_id !== undefined,
});
