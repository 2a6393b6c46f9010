import { z } from 'zod';
import {
  flag,
  id,
  maybe,
  oneOf,
  text,
  unitsFrom,
  wholeNumber,
  wireBigint,
  wireId,
  wireInt,
  wireText,
} from '../fields.ts';
import { defineOperation } from '../operation.ts';

const MAX_INTEGER = 2_147_483_647;

const settings = z
  .strictObject({
    jackpotpercent: oneOf([1, 2, 3, 4, 5]).optional(),
    enable: flag.optional(),
    /** Not less than the jackpot's present value, which only the server knows. */
    jackpotactivatevalue: unitsFrom(0n).optional(),
    /** Seconds. */
    jackpotwinelapsedtime: wholeNumber(0, MAX_INTEGER).optional(),
    autorestart: flag.optional(),
    /** In 1/100. */
    minbet: wholeNumber(0, 9_000).optional(),
    // "Only Latin characters, spots, tail and exclamation marks": full stops and commas, and spaces to tell words apart.
    outtext: text(1, 255)
      .regex(/^[A-Za-z .,!]*$/, 'must have Latin letters, spaces, full stops, commas and exclamation marks only')
      .optional(),
  })
  .refine((values) => Object.values(values).some((value) => value !== undefined), {
    error: 'must have at least one setting',
  });

const plain = (operation: 'get_balance' | 'reset' | 'get_settings') =>
  z.strictObject({ hall_id: id, operation: z.literal(operation) });

const request = z.discriminatedUnion(
  'operation',
  [
    plain('get_balance'),
    plain('reset'),
    // The document doesn't say how the new value goes out: under the name that it has in the answer.
    z.strictObject({ hall_id: id, operation: z.literal('change'), jackpotvalue: unitsFrom(0n).optional() }),
    plain('get_settings'),
    z.strictObject({ hall_id: id, operation: z.literal('set_settings'), settings }),
  ],
  { error: 'must be one of get_balance, reset, change, get_settings, set_settings' },
);

const current = z.looseObject({
  jackpotpercent: maybe(wireInt),
  enable: maybe(wireInt),
  jackpotactivatevalue: maybe(wireBigint),
  jackpotwinelapsedtime: maybe(wireInt),
  autorestart: maybe(wireInt),
  minbet: maybe(wireInt),
  outtext: maybe(wireText),
});

/** StarGame, Hall Jackpot operations. */
export const apiOperationJackpot = defineOperation({
  name: 'api_operation_jackpot',
  signature: 'hall',
  request,
  answer: z.looseObject({
    hall_id: wireId,
    operation: wireText,
    /** In 1/100. */
    jackpotvalue: maybe(wireBigint),
    time: wireBigint,
    settings: maybe(current),
  }),
  errors: {
    hall_not_exist: 'The hall does not exist',
    wrong_settings_array: 'Incorrect settings array (operation set_settings)',
    wrong_jackpot_percent: 'Incorrect Jackpot persentage (operation set_settings)',
    wrong_activate_value: 'Incorrect activate value (operation set_settings)',
    nothing_to_update: 'No data for update (operation set_settings)',
  },
  isIdempotent: ({ operation }) => operation === 'get_balance' || operation === 'get_settings',
  requires: ({ operation }) => {
    if (operation === 'get_balance') return ['jackpotvalue'];
    return operation === 'get_settings' ? ['settings'] : [];
  },
});
