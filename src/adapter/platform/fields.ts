import { decimal } from '../../common/decimal.ts';
import { MAX_AMOUNT_UNITS, parseAmountUnits } from './amounts.ts';
import type { Members } from './members.ts';
import { parseDateTimeMs } from './timestamps.ts';

const TRANSACTION_TYPES = ['BET', 'WIN', 'REFUND'] as const;
export type TransactionType = (typeof TRANSACTION_TYPES)[number];

const DIGITS = /^\d+$/;
const CURRENCY = /^[!-{}~]{1,4}$/;
/** Control characters: no name, token or id has one, and a NUL ends a string somewhere downstream. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for
const CONTROL = /[\u0000-\u001f\u007f]/;

/**
 * Reads the members of a request's `data` by the types of PLATFORM v2.49's parameter tables. The first malformed field is kept
 * in `problem`, which names it; what is read after that is of no use.
 */
export class Fields {
  problem: string | null = null;
  readonly #values: Record<string, unknown>;
  readonly #members: Members;

  constructor(values: Record<string, unknown>, members: Members) {
    this.#values = values;
    this.#members = members;
    // JSON.parse keeps one member of each name, so different counts mean that one occurs twice.
    if (Object.keys(values).length !== members.names.length) this.fail(quoteName(members.duplicate()), 'occurs twice');
  }

  /** A field's source text, to go out as it came in. */
  raw(name: string): string {
    return this.#members.raw(name) ?? 'null';
  }

  /** A field as JSON.parse reads it: for what is no id and no amount. */
  value(name: string): unknown {
    return this.#values[name];
  }

  fail(name: string, rule: string): void {
    this.problem ??= `${name} ${rule}`;
  }

  /** STRING n: 1 to `max` characters, without `|` and control characters. */
  text(name: string, max: number): string {
    const value = this.#values[name];
    if (typeof value === 'string' && value !== '' && isClean(value, max)) return value;
    this.fail(name, `must be a string of 1 to ${max} characters without |`);
    return '';
  }

  /** STRING 50. An empty token is no malformed one: it just opens nothing. */
  token(): string {
    const value = this.#values.token;
    if (typeof value === 'string' && isClean(value, 50)) return value;
    this.fail('token', 'must be a string of up to 50 characters without |');
    return '';
  }

  /** STRING 50 | NULL; null reads as an empty token. */
  tokenOrNull(): string {
    return this.#values.token === null ? '' : this.token();
  }

  /** STRING 70; the platform sends it as a number too. */
  userId(): string {
    const value = this.#values.user_id;
    if (typeof value !== 'number') return this.text('user_id', 70);
    const raw = this.raw('user_id');
    if (raw.length <= 70 && DIGITS.test(raw)) return raw;
    this.fail('user_id', 'must be a string, or a whole number that is not negative');
    return '';
  }

  /** The user id to go out: always as a string. */
  rawUserId(): string {
    const raw = this.raw('user_id');
    return raw.startsWith('"') ? raw : `"${raw}"`;
  }

  /** INT n, as a number or a string of digits; both name the same thing, and so do leading zeros. */
  integer(name: string, maxDigits: number): string {
    const value = this.#values[name];
    const digits = typeof value === 'number' ? this.raw(name) : value;
    if (typeof digits === 'string' && digits.length <= maxDigits && DIGITS.test(digits)) return withoutZeros(digits);
    this.fail(name, `must be a whole number of up to ${maxDigits} digits`);
    return '';
  }

  /** DECIMAL 18,2 that is not negative, in units of 1/100; as a number or a string. */
  amountUnits(name: string): bigint {
    const value = this.#values[name];
    const text = typeof value === 'number' ? this.raw(name) : value;
    const units = typeof text === 'string' ? parseAmountUnits(text) : null;
    if (units !== null) return units;
    this.fail(name, `must be a decimal from 0 to ${decimal(MAX_AMOUNT_UNITS)} with up to two decimals`);
    return 0n;
  }

  /** STRING 4: visible ASCII. */
  currencyCode(): string {
    const value = this.#values.currency_code;
    if (typeof value === 'string' && CURRENCY.test(value)) return value;
    this.fail('currency_code', 'must be a currency code of up to 4 characters');
    return '';
  }

  transactionType(): TransactionType {
    const value = this.#values.transaction_type;
    const type = TRANSACTION_TYPES.find((known) => known === value);
    if (type === undefined) this.fail('transaction_type', 'must be BET, WIN or REFUND');
    return type ?? 'BET';
  }

  /** BOOL | NULL. */
  booleanOrNull(name: string): boolean | null {
    const value = this.#values[name];
    if (typeof value === 'boolean' || value === null) return value;
    this.fail(name, 'must be true, false or null');
    return null;
  }

  /** DATETIME `Y-m-d H:i:s` in UTC, in milliseconds since 1970. */
  dateTimeMs(name: string): number {
    const value = this.#values[name];
    const timeMs = typeof value === 'string' ? parseDateTimeMs(value) : null;
    if (timeMs === null) this.fail(name, 'must be a time in the form YYYY-MM-DD hh:mm:ss');
    return timeMs ?? 0;
  }

  /** OBJECT. */
  object(name: string): Record<string, unknown> {
    const value = this.#values[name];
    if (isObject(value)) return value;
    this.fail(name, 'must be an object');
    return {};
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** No more than `max` characters, and none that a string parameter must not have. */
export function isClean(value: string, max: number): boolean {
  if (value.length > max && (value.length > 2 * max || [...value].length > max)) return false;
  return !value.includes('|') && !CONTROL.test(value) && value.isWellFormed();
}

function withoutZeros(digits: string): string {
  return digits.charCodeAt(0) === 0x30 ? digits.replace(/^0+(?=\d)/, '') : digits;
}

/** A member's name in a message: it is the peer's text, of any length. */
export function quoteName(name: string | undefined): string {
  return name === undefined ? 'a field' : name.slice(0, 40).toWellFormed();
}
