/** A number that is printed as this very text: an amount, or an id that no JavaScript number could hold. */
export class ExactNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

export type Json =
  | string
  | number
  | boolean
  | null
  | bigint
  | ExactNumber
  | readonly Json[]
  | { readonly [name: string]: Json };

/** JSON text; a bigint is printed as its digits. */
export function printJson(value: Json): string {
  if (value instanceof ExactNumber) return value.text;
  if (typeof value === 'bigint') return value.toString();
  if (value === null || typeof value !== 'object') return JSON.stringify(value);
  if (isList(value)) return `[${value.map(printJson).join(',')}]`;
  return `{${Object.entries(value)
    .map(([name, member]) => `${JSON.stringify(name)}:${printJson(member)}`)
    .join(',')}}`;
}

const isList = (value: Json): value is readonly Json[] => Array.isArray(value);

/** JSON with each number as the text that it was written as; undefined where it is no JSON. */
export function readJson(text: string): unknown {
  const keepText = (_name: string, value: unknown, context: { source?: string }): unknown =>
    typeof value === 'number' ? new ExactNumber(context.source ?? '') : value;
  try {
    return JSON.parse(text, keepText as (name: string, value: unknown) => unknown);
  } catch {
    return undefined;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof ExactNumber);
}
