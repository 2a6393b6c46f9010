import { z } from 'zod';
import { id, maybe, text, wireBigint, wireCurrency, wireId, wireText } from '../fields.ts';
import { defineOperation } from '../operation.ts';

/** StarGame, Hall creation. */
export const apiCreateHall = defineOperation({
  name: 'api_create_hall',
  signature: 'agent',
  request: z.strictObject({
    hall_name: text(1, 255),
    hall_secret: z.string().regex(/^[A-Za-z0-9]{1,32}$/, 'must be 1 to 32 Latin letters and digits'),
    agent_id: id,
  }),
  answer: z.looseObject({
    time: maybe(wireBigint),
    hall_id: wireId,
    hall_secret: maybe(wireText),
    /** ISO 4217 number, three digits. */
    currency: wireCurrency,
  }),
  errors: {
    agent_not_exist: 'The agent does not exist',
    hall_name_already_exists: 'This hall name is already used',
    hall_data_empty: 'Hall name is not given',
  },
  isIdempotent: () => false,
});
