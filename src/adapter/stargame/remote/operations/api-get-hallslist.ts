import { z } from 'zod';
import { countsAgree } from '../counts.ts';
import { id, maybe, wireArray, wireBigint, wireId, wireInt, wireText } from '../fields.ts';
import { defineOperation } from '../operation.ts';

const hall = z.looseObject({ id: wireId, name: wireText, balance: wireBigint, operator_name: maybe(wireText) });

/** StarGame, Receiving agent halls list. */
export const apiGetHallslist = defineOperation({
  name: 'api_get_hallslist',
  signature: 'agent',
  request: z.strictObject({ agent_id: id }),
  answer: z
    .looseObject({ agent_id: wireId, halls_count: wireInt, halls: wireArray('hall', hall), time: wireBigint })
    .superRefine(({ halls_count, halls }, context) => countsAgree(context, 'halls_count', halls_count, halls)),
  errors: {
    agent_not_exist: 'An agent having this ID and this password does not exist',
    invalid_agent_id: 'Incorrect agent ID format or the parameter is not given',
  },
  isIdempotent: () => true,
});
