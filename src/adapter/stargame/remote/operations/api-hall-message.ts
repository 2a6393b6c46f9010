import { z } from 'zod';
import { date, id, oneOf, text, wholeNumber, wireBigint, wireId } from '../fields.ts';
import { defineOperation } from '../operation.ts';
import { encodeSchedule } from '../schedule.ts';

/** Minutes. 1140 is what the document has. */
const interval = oneOf([10, 30, 60, 120, 180, 360, 1140, 2880]);

const once = z.strictObject({ dateFrom: date, hours: wholeNumber(0, 24), minutes: wholeNumber(0, 59), interval });

const regular = z
  .strictObject({ dateFrom: date, dateTo: date, interval })
  .refine(({ dateFrom, dateTo }) => dateFrom <= dateTo, { path: ['dateTo'], error: 'must not be before dateFrom' });

const message = {
  hall_id: id,
  operation: z.literal('add'),
  // "Latin and cyrillic characters and numbers": spaces and the marks of a sentence are taken to be meant as well.
  text: text(1, 255).regex(
    /^[\p{Script=Latin}\p{Script=Cyrillic}0-9 .,!?:;()-]*$/u,
    'must have Latin and cyrillic letters, digits, spaces and .,!?:;()- only',
  ),
  repeat: wholeNumber(1, 100),
};

const add = z.discriminatedUnion(
  'send_type',
  [
    z.strictObject({ ...message, send_type: z.literal('time_repeat'), schedule: once.transform(encodeSchedule) }),
    z.strictObject({ ...message, send_type: z.literal('regular'), schedule: regular.transform(encodeSchedule) }),
  ],
  { error: 'must be one of time_repeat, regular' },
);

const remove = z.strictObject({ hall_id: id, operation: z.literal('delete'), message_id: id });

/** StarGame, Hall messages operations. */
export const apiHallMessage = defineOperation({
  name: 'api_hall_message',
  signature: 'hall',
  request: z.discriminatedUnion('operation', [add, remove], { error: 'must be one of add, delete' }),
  answer: z.looseObject({ time: wireBigint, message_id: wireId, hall_id: wireId }),
  errors: {
    hall_not_exist: 'The hall does not exist',
    message_not_isset: 'A message with this ID does not exist',
    message_fields_are_empty: 'Parameters for adding the message are not given or not all of them are given',
    text_too_big: 'The amount of characters exceeds 255',
    unable_to_parse_schedule: 'Messages sending schedule cannot be parsed',
    wrong_schedule_format: 'Incorrect messages sending schedule format',
    unknown_operation: 'Incorrectly given operation',
  },
  isIdempotent: () => false,
});
