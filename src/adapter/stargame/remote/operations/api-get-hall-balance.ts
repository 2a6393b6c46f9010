import { z } from 'zod';
import { id, wireBigint, wireId } from '../fields.ts';
import { defineOperation } from '../operation.ts';

/** StarGame, Receiving hall balance. The document lists no codes of its own; hall_not_exist is what every other hall operation has. */
export const apiGetHallBalance = defineOperation({
  name: 'api_get_hall_balance',
  signature: 'hall',
  request: z.strictObject({ hall_id: id }),
  answer: z.looseObject({ hall_id: wireId, balance: wireBigint, time: wireBigint }),
  errors: { hall_not_exist: 'The hall does not exist' },
  isIdempotent: () => true,
});
