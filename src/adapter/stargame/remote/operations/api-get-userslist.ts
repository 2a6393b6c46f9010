import { z } from 'zod';
import { countsAgree } from '../counts.ts';
import { id, wireArray, wireBigint, wireId, wireInt, wireText } from '../fields.ts';
import { defineOperation } from '../operation.ts';

const user = z.looseObject({ uid: wireId, name: wireText, password: wireText, balance: wireBigint });

/** StarGame, Receiving a list of terminals of a hall. Its sample has no signature, but wrong_signature is among its codes: it is sent. */
export const apiGetUserslist = defineOperation({
  name: 'api_get_userslist',
  signature: 'hall',
  request: z.strictObject({ hall_id: id }),
  answer: z
    .looseObject({ hall_id: wireId, time: wireBigint, users_count: wireInt, users: wireArray('user', user) })
    .superRefine(({ users_count, users }, context) => countsAgree(context, 'users_count', users_count, users)),
  errors: { hall_not_exist: 'The hall does not exist' },
  isIdempotent: () => true,
});
