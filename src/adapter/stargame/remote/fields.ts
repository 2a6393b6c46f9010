import { z } from 'zod';
import type { XmlElement, XmlValue } from './xml.ts';

const MAX_BIGINT = 2n ** 63n - 1n;

// ---- Requests

/** "integer" and "bigint" ids: digits, in the range of the document's bigint. */
export const id = z
  .string({ error: 'must be a string of digits' })
  .refine(
    (text) => /^(0|[1-9]\d{0,18})$/.test(text) && BigInt(text) <= MAX_BIGINT,
    `must be digits without leading zeros, at most ${MAX_BIGINT}`,
  );

/** An id of ours that makes it safe to send again. Not 0: to PHP that is the same as none. */
export const operationId = id.refine((text) => text !== '0', 'must be at least 1');

/** An amount in 1/100 of the currency. */
export const positiveUnits = z
  .bigint({ error: 'must be a bigint' })
  .min(1n, 'must be at least 1')
  .max(MAX_BIGINT, `must be at most ${MAX_BIGINT}`);

export const unitsFrom = (min: bigint) =>
  z.bigint({ error: 'must be a bigint' }).min(min, `must be at least ${min}`).max(MAX_BIGINT);

export const wholeNumber = (min: number, max: number) =>
  z.int({ error: 'must be a whole number' }).min(min, `must be at least ${min}`).max(max, `must be at most ${max}`);

export const oneOf = <const T extends number>(values: readonly T[]) =>
  z.literal([...values], { error: `must be one of ${values.join(', ')}` });

export const flag = oneOf([0, 1]);

export const enumOf = <const T extends readonly [string, ...string[]]>(values: T) =>
  z.enum(values, { error: `must be one of ${values.join(', ')}` });

/** Text without characters that XML can't carry; lengths in characters as a reader counts them. */
export const text = (min: number, max: number) =>
  z
    .string({ error: 'must be a string' })
    .refine((value) => {
      const length = [...value].length;
      return length >= min && length <= max;
    }, `must have ${min} to ${max} characters`)
    // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
    .regex(/^[^\x00-\x1f\x7f\ud800-\udfff\ufffe\uffff]*$/u, 'must have no control characters');

/** yyyy-mm-dd, an existing day. */
export const date = z.string().refine(isDate, 'must be a date as 2015-01-02');

/** yyyy-mm-dd hh:mm:ss in the server's zone. */
export const dateTime = z
  .string()
  .refine(
    (value) => /^.{10} ([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(value) && isDate(value.slice(0, 10)),
    'must be a time as 2016-07-31 12:26:02',
  );

/** Whether `value` is yyyy-mm-dd and the calendar has that day. */
export function isDate(value: string): boolean {
  if (!/^\d{4}-\d\d-\d\d$/.test(value)) return false;
  const ms = Date.parse(`${value}T00:00:00Z`);
  return !Number.isNaN(ms) && new Date(ms).toISOString().startsWith(value);
}

// ---- Answers: every value comes as the text of an element

const wire = z
  .custom<XmlValue>((value) => typeof value === 'string', {
    error: ({ input }) => (input === undefined ? 'is missing' : 'must be text'),
  })
  .transform((value) => `${value}`);

export const wireText = wire;

const matching = (pattern: RegExp, error: string) =>
  wire.transform((value) => value.trim()).pipe(z.string().regex(pattern, error));

export const wireId = matching(/^\d{1,20}$/, 'must be a number');
export const wireBigint = matching(/^-?\d{1,20}$/, 'must be a whole number')
  .transform(BigInt)
  .refine((value) => value <= MAX_BIGINT && value >= -MAX_BIGINT, 'must be a 64-bit number');
export const wireInt = matching(/^-?\d{1,15}$/, 'must be a whole number').transform(Number);
export const wireFlag = matching(/^[01]$/, 'must be 0 or 1').transform(Number);
export const wireDateTime = wire.transform((value) => value.trim()).pipe(dateTime);
export const wireCurrency = matching(/^\d{1,3}$/, 'must be the ISO number of a currency').transform((value) =>
  value.padStart(3, '0'),
);

/** Absent, or empty as the samples send what they don't have. */
export const maybe = <T extends z.ZodType<unknown, unknown>>(schema: T) =>
  z.preprocess((value) => (isBlank(value) ? undefined : value), schema.optional()).optional();

const isBlank = (value: unknown): boolean => typeof value === 'string' && value.trim() === '';

/** An array in the document's form: `<users><user>…</user>…</users>`; empty where there is none. */
export const wireArray = <T extends z.ZodType>(element: string, schema: T) =>
  z.preprocess((value) => elementsOf(value, element), z.array(schema));

function elementsOf(value: unknown, element: string): unknown {
  if (value === undefined || isBlank(value)) return [];
  if (typeof value !== 'object' || value === null) return value;
  const child = (value as XmlElement)[element];
  if (child === undefined) return Object.keys(value).length === 0 ? [] : value;
  return Array.isArray(child) ? child : [child];
}

/** Reads an element that the tables and the samples name differently under the first name. */
export const renamed = (name: string, otherName: string) => (value: unknown) => {
  if (typeof value !== 'object' || value === null || !(otherName in value) || name in value) return value;
  return { ...value, [name]: (value as XmlElement)[otherName] };
};
