import { z } from 'zod';
import { enumOf, id, positiveUnits, wireBigint, wireId } from '../fields.ts';
import { defineOperation } from '../operation.ts';

/** StarGame, Hall balance changing by an agent. It has no operation_id: it must never be sent twice. */
export const apiHallOperationBalance = defineOperation({
  name: 'api_hall_operation_balance',
  signature: 'agent',
  request: z.strictObject({
    agent_id: id,
    hall_id: id,
    // The spelling is the document's.
    operation: enumOf(['increase', 'descrese']),
    sum: positiveUnits,
  }),
  answer: z.looseObject({ hall_id: wireId, old_balance: wireBigint, new_balance: wireBigint, time: wireBigint }),
  errors: {
    agent_not_exist: 'An agent having this ID and this password does not exist',
    agent_is_not_owner: 'This agent is not the hall owner',
    wrong_operation: 'Incorrect operation',
    hall_too_low_balance: 'Insufficient hall balance (operation decrease)',
    agent_too_low_balance: 'Insufficient agent balance (operation increase)',
  },
  isIdempotent: () => false,
});
