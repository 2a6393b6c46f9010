import { z } from 'zod';
import { unitsOf, wholeOf } from './decimal.ts';
import { isObject, textOf } from './json.ts';

// ---- What is asked

/** As `changebalance` sent it. */
export const transactionId = z.string().regex(/^\d{1,20}$/, 'must have 1 to 20 digits');

/** In a path: dots alone would be another path. */
export const historyId = z
  .string()
  .regex(/^[^\p{Cc}\p{Cs}]{1,255}$/u, 'must have 1 to 255 characters, none of them a control character')
  .refine((text) => !/^\.{1,2}$/.test(text), 'must not be dots alone');

/** In a header. */
export const headerValue = (maxLength: number) =>
  z
    .string()
    .regex(new RegExp(`^[!-~]([ -~]{0,${maxLength - 2}}[!-~])?$`), `must have 1 to ${maxLength} ASCII characters`);

/** yyyy-mm-dd, an existing day. */
export const day = z.string().refine(isDay, 'must be a day as 2021-05-03');

export const currency = z.string().regex(/^[A-Za-z0-9]{1,4}$/, 'must have 1 to 4 letters or digits');

// ---- What is answered

/** Any value, or none: whether one may be missing is for what reads it to say. */
export const member = z.unknown().optional();

/** A string or a number as trimmed text. */
const wireText = member.transform((value, context) => {
  const text = textOf(value);
  if (text !== null) return text.trim();
  context.addIssue({ code: 'custom', message: value === undefined ? 'is missing' : 'must be a string or a number' });
  return z.NEVER;
});

/** U+FFFD is what became of bytes that are not UTF-8. Lengths in characters, as MySQL counts them. */
const NAME = /^[^\p{Cc}\p{Cs}\ufffd|]*$/u;

/** An id or a name that others are compared with: never cut. */
export const name = (min: number, max: number) =>
  wireText.refine(
    (text) => NAME.test(text) && [...text].length >= min && [...text].length <= max,
    `must have ${min} to ${max} characters, without | and control characters`,
  );

/** An id that is kept as ASCII. */
export const asciiId = (max: number) =>
  wireText.pipe(
    z.string().regex(new RegExp(`^[!-{}~]{1,${max}}$`), `must have 1 to ${max} ASCII characters, without |`),
  );

export const wireCurrency = wireText.pipe(currency);

/** What is only shown: cut, and empty where it is anything else. */
export const display = (max: number) =>
  member.transform((value) =>
    [
      ...(textOf(value) ?? '')
        .trim()
        .slice(0, max * 2)
        .toWellFormed(),
    ]
      .slice(0, max)
      .join(''),
  );

export const flag = member.transform((value, context) => {
  const is = flagOf(value);
  if (is !== null) return is;
  context.addIssue({ code: 'custom', message: 'must be 0 or 1' });
  return z.NEVER;
});

/** Of what newer versions of the document added: false where it is not said. */
export const optionalFlag = member.transform((value) => flagOf(value) ?? false);

function flagOf(value: unknown): boolean | null {
  if (typeof value === 'boolean') return value;
  const text = textOf(value);
  if (text === '1') return true;
  return text === '0' ? false : null;
}

/** An amount as units of 1/100. */
export const amount = wireText.transform((text, context) => {
  const units = unitsOf(text);
  if (units !== null) return units;
  context.addIssue({ code: 'custom', message: 'must be an amount' });
  return z.NEVER;
});

export const wholeNumber = wireText.transform((text, context) => {
  const value = wholeOf(text);
  if (value !== null) return value;
  context.addIssue({ code: 'custom', message: 'must be a whole number' });
  return z.NEVER;
});

/** The day of a date, which may have a time; empty where it is none. */
export const displayDay = member.transform((value) => {
  const text = (textOf(value) ?? '').trim().slice(0, 10);
  return isDay(text) ? text : '';
});

/** Any object: its members are checked one by one where they are used. */
export const anyObject = z.custom<Readonly<Record<string, unknown>>>(isObject, 'must be an object');

/** Whether `text` is yyyy-mm-dd and the calendar has that day. */
function isDay(text: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(text)) return false;
  const ms = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(text);
}
