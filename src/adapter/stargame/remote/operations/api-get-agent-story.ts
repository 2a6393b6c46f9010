import { z } from 'zod';
import { countsAgree } from '../counts.ts';
import { id, unitsFrom, wireArray, wireBigint, wireId, wireInt, wireText } from '../fields.ts';
import { defineOperation } from '../operation.ts';

const THREE_DAYS_SECONDS = 3n * 24n * 3600n;

const request = z
  .strictObject({
    agent_id: id,
    /** Unix seconds. */
    period_start: unitsFrom(0n),
    period_end: unitsFrom(0n),
  })
  .superRefine(({ period_start, period_end }, context) => {
    const refuse = (message: string) => context.addIssue({ code: 'custom', path: ['period_end'], message });
    if (period_end < period_start) refuse('must not be before period_start');
    if (period_end - period_start > THREE_DAYS_SECONDS) refuse('must be at most three days after period_start');
  });

const operation = z.looseObject({
  id: wireId,
  description: wireText,
  /** Unix seconds. */
  date: wireBigint,
  balance_before: wireBigint,
  sum: wireBigint,
  balance_after: wireBigint,
  by: wireText,
});

/** StarGame, Receiving user operations list. */
export const apiGetAgentStory = defineOperation({
  name: 'api_get_agent_story',
  signature: 'agent',
  request,
  answer: z
    .looseObject({
      agent_id: wireId,
      period_start: wireBigint,
      period_end: wireBigint,
      operations_count: wireInt,
      operations: wireArray('operation', operation),
      time: wireBigint,
    })
    .superRefine(({ operations_count, operations }, context) =>
      countsAgree(context, 'operations_count', operations_count, operations),
    ),
  errors: {
    agent_not_exist: 'An agent having this ID and this password does not exist',
    wrong_period_data: 'Incorrectly given request period',
    too_big_period: 'Too big period is given',
  },
  isIdempotent: () => true,
});
