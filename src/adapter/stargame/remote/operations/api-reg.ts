import { z } from 'zod';
import {
  id,
  isDate,
  maybe,
  operationId,
  text,
  wholeNumber,
  wireBigint,
  wireFlag,
  wireId,
  wireText,
} from '../fields.ts';
import { defineOperation } from '../operation.ts';

const twoDigits = (day: number): string => String(day).padStart(2, '0');

const request = z
  .strictObject({
    hall_id: id,
    name: text(6, 64).optional(),
    // What a bigint holds whatever its digits are; no phone number is longer than 15.
    phone: z.string().regex(/^\d{5,18}$/, 'must be 5 to 18 digits, without spaces and +'),
    email: z.email({ error: 'must be an email address' }).max(255).optional(),
    /** The player's id of ours. */
    ex_id: id.optional(),
    /** Makes it safe to send again: the server knows it by this. */
    operation_id: operationId.optional(),
    // Other characters would be cut out by the server without a word.
    password: z
      .string()
      .regex(/^[A-Za-z0-9]{6,64}$/, 'must be 6 to 64 Latin letters and digits')
      .optional(),
    birthDay: wholeNumber(1, 31).transform(twoDigits).optional(),
    birthMonth: wholeNumber(1, 12).transform(twoDigits).optional(),
    birthYear: wholeNumber(1900, 2100).optional(),
    address: text(1, 255).optional(),
    country: text(1, 64).optional(),
  })
  .superRefine(({ birthDay, birthMonth, birthYear }, context) => {
    const given = [birthDay, birthMonth, birthYear].filter((part) => part !== undefined).length;
    if (given === 0 || (given === 3 && isDate(`${birthYear}-${birthMonth}-${birthDay}`))) return;
    const message = 'birthDay, birthMonth and birthYear must be a date together';
    context.addIssue({ code: 'custom', path: ['birthDay'], message });
  });

/** The table has birthDay, birthMonth and birthYear, the sample birthdate: whatever comes is kept. */
const answer = z.looseObject({
  hall_id: wireId,
  /** The terminal's id: `user_id` and `uid` elsewhere. */
  login: wireId,
  password: wireText.pipe(z.string().min(1)),
  email: maybe(wireText),
  phone: maybe(wireId),
  time: wireBigint,
  birthDay: maybe(wireText),
  birthMonth: maybe(wireText),
  birthYear: maybe(wireText),
  operation_id: maybe(wireId),
  country: maybe(wireText),
  address: maybe(wireText),
  ex_id: maybe(wireText),
  /** 1: the operation had been done before under this operation_id. */
  operation_exist: maybe(wireFlag),
  is_first_deposit: maybe(wireFlag),
  is_first_enter: maybe(wireFlag),
});

/** StarGame, User registration. */
export const apiReg = defineOperation({
  name: 'api_reg',
  signature: 'hall',
  request,
  answer,
  errors: {
    hall_not_exist: 'The hall does not exist',
    hall_id_format_invalid: 'Wrong hall_id field format',
    wrong_email: 'Wrong email format',
    phone_format_invalid: 'Wrong phone format',
    user_phone_already_exist: 'This phone number is already registered in the system',
    wrong_password: 'Wrong password',
    wrong_birthdate_params: 'Wrong date of birth format',
  },
  isIdempotent: ({ operation_id }) => operation_id !== undefined,
});
