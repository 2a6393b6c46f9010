import { z } from 'zod';
import { enumOf, flag, id, maybe, oneOf, wholeNumber, wireBigint, wireId, wireInt, wireText } from '../fields.ts';
import { defineOperation } from '../operation.ts';

const MAX_INTEGER = 2_147_483_647;
const WIN_PER_BET = 500;

const bet = oneOf([1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 15, 20, 25, 30, 40, 50, 100]);
// Bounds of too_low_maxwin and too_big_maxwin.
const win = wholeNumber(100, 1_000_000);

/** As the table writes them; the error table has the same in 1/100. */
const denominationMin = enumOf(['0.01', '0.02', '0.04', '0.05', '0.1', '0.25', '0.5', '0.75', '1.00']);
const denominationMax = enumOf(['0.25', '1.00', '2.00', '4.00', '5.00', '10.00', '25.00', '50.00', '100.00']);

const settings = z
  .strictObject({
    maxbetperline: bet.optional(),
    maxwin: win.optional(),
    maxriskwin: win.optional(),
    creditlimit: wholeNumber(100, 1_000_000).optional(),
    matproc: oneOf([80, 83, 85, 88, 93]).optional(),
    maxriskround: wholeNumber(2, 100).optional(),
    denominationenable: flag.optional(),
    denominationminval: denominationMin.optional(),
    denominationmaxval: denominationMax.optional(),
    minamount: wholeNumber(1, MAX_INTEGER).optional(),
    pbonus: wholeNumber(0, 15).optional(),
    mbonus: wholeNumber(1, MAX_INTEGER).optional(),
  })
  .superRefine((values, context) => {
    const refuse = (field: string, message: string) => context.addIssue({ code: 'custom', path: [field], message });
    const { maxbetperline, denominationminval, denominationmaxval } = values;
    const leastWin = maxbetperline === undefined ? 0 : maxbetperline * WIN_PER_BET;
    for (const field of ['maxwin', 'maxriskwin'] as const) {
      const value = values[field];
      if (value !== undefined && value < leastWin) refuse(field, `must be at least maxbetperline * 500 = ${leastWin}`);
    }
    const hasBoth = denominationminval !== undefined && denominationmaxval !== undefined;
    if (hasBoth && Number(denominationminval) > Number(denominationmaxval)) {
      refuse('denominationminval', 'must be at most denominationmaxval');
    }
    if (Object.values(values).every((value) => value === undefined)) {
      context.addIssue({ code: 'custom', path: [], message: 'must have at least one setting' });
    }
  });

const current = z.looseObject({
  maxbetperline: maybe(wireInt),
  maxwin: maybe(wireInt),
  maxriskwin: maybe(wireInt),
  creditlimit: maybe(wireInt),
  matproc: maybe(wireInt),
  maxriskround: maybe(wireInt),
  denominationenable: maybe(wireInt),
  denominationminval: maybe(wireText),
  denominationmaxval: maybe(wireText),
  minamount: maybe(wireInt),
  pbonus: maybe(wireInt),
  mbonus: maybe(wireInt),
});

/** StarGame, Hall configuration change. */
export const apiHallSettings = defineOperation({
  name: 'api_hall_settings',
  signature: 'hall',
  request: z.discriminatedUnion(
    'operation',
    [
      z.strictObject({ hall_id: id, operation: z.literal('get') }),
      z.strictObject({ hall_id: id, operation: z.literal('set'), settings }),
    ],
    { error: 'must be one of get, set' },
  ),
  answer: z.looseObject({
    hall_id: wireId,
    operation: wireText,
    time: wireBigint,
    /** For get. */
    settings: maybe(current),
  }),
  errors: {
    hall_not_exist: 'The hall does not exist',
    too_low_maxwin: 'maxwin < winMinLimit or maxwin < 100',
    too_big_maxwin: 'maxwin > 1000000',
    too_low_maxriskwin: 'maxriskwin < winMinLimit or maxriskwin < 100',
    too_big_maxriskwin: 'maxriskwin > 1000000',
    wrong_creditlimit_count: 'creditlimit < 100 or creditlimit > 1000000',
    wrong_maxriskround_count: 'maxriskround < 2 or maxriskround > 100',
    wrong_denominationmin_count: 'denominationminval is not one of 1, 2, 4, 5, 10, 25, 50, 75, 100',
    wrong_denominationmax_count: 'denominationmaxval is not one of 25, 100, 200, 400, 500, 1000, 2500, 5000, 10000',
    denmin_biggest_than_denmax: 'denominationmaxval < denominationminval',
    wrong_pbonus_count: 'pbonus < 0 or pbonus > 15',
    wrong_mbonus_count: 'mbonus < 0',
    nothing_to_update: 'Settings array is empty (no data for update)',
  },
  isIdempotent: ({ operation }) => operation === 'get',
  requires: ({ operation }) => (operation === 'get' ? ['settings'] : []),
});
