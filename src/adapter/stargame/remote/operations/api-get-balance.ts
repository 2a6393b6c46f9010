import { z } from 'zod';
import { flag, id, wireBigint, wireId } from '../fields.ts';
import { defineOperation } from '../operation.ts';

/** StarGame, Receiving user balance. */
export const apiGetBalance = defineOperation({
  name: 'api_get_balance',
  signature: 'hall',
  request: z.strictObject({
    user_id: id,
    hall_id: id,
    /** 1: user_id is the ex_id of the registration. */
    user_ex: flag.optional(),
  }),
  answer: z.looseObject({ hall_id: wireId, time: wireBigint, user_id: wireId, balance: wireBigint }),
  errors: {
    wrong_userid: 'Wrong user_id',
    user_not_isset: 'This user does not exist',
    hall_not_exist: 'The hall does not exist',
  },
  isIdempotent: () => true,
});
