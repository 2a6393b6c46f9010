import { z } from 'zod';
import { id, wireBigint, wireId } from '../fields.ts';
import { defineOperation } from '../operation.ts';

/** StarGame, Receiving agent balance. */
export const apiGetAgentBalance = defineOperation({
  name: 'api_get_agent_balance',
  signature: 'agent',
  request: z.strictObject({ agent_id: id }),
  /** `balance` in 1/100 of the currency ("for example, us cents"). */
  answer: z.looseObject({ agent_id: wireId, balance: wireBigint, time: wireBigint }),
  errors: {
    agent_not_exist: 'An agent having this ID and this password does not exist',
    invalid_agent_id: 'Incorrect agent ID format or the parameter is not given',
  },
  isIdempotent: () => true,
});
