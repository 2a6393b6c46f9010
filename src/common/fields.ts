import ipaddr from 'ipaddr.js';
import { invalidArgument } from './fault.ts';

/**
 * Checks of request fields: each gives the value back, or throws INVALID_ARGUMENT that names the field. PLATFORM v2.49, important
 * note 5: no string that it sees may contain `|`. Columns are as long as these are, and what is compared as ASCII is checked to
 * be ASCII before it reaches the database, which would refuse to compare it.
 */

const OPERATOR_ID = /^[A-Za-z0-9_.-]{1,20}$/;
const PROVIDER = /^[a-z0-9_-]{1,16}$/;
const GAME_ID = /^[!-{}~]{1,32}$/;
const CURRENCY_CODE = /^[A-Za-z0-9]{1,4}$/;
const SESSION_TOKEN = /^[A-Za-z0-9]{20,50}$/;
const SECRET = /^[ -~]{1,255}$/;
const STARGAME_ID = /^[0-9]{1,20}$/;
const PATH_SECRET = /^[A-Za-z0-9_-]{4,64}$/;
const AUDIT_ACTION = /^[a-z0-9._-]{1,32}$/;
const CONTROL = /\p{Cc}/u;
const CONTROL_OR_BAR = /[\p{Cc}|]/u;

const MAX_LIST_ENTRIES = 200;
const MAX_LANGUAGE_LENGTH = 35;
const MAX_TIME_ZONE_LENGTH = 64;
const MAX_PAGE_SIZE = 1_000;
const DEFAULT_PAGE_SIZE = 100;

/** 9999999999999999.99: what an 18,2 decimal holds. */
export const MAX_AMOUNT_UNITS = 999_999_999_999_999_999n;

export function operatorId(value: string, field = 'operator_id'): string {
  return matching(field, value, OPERATOR_ID, 'must be 1 to 20 of A-Z a-z 0-9 _ . -');
}

export function userId(value: string, field = 'user_id'): string {
  return text(field, value, { min: 1, max: 70 });
}

export function provider(value: string, field = 'provider'): string {
  return matching(field, value, PROVIDER, 'must be 1 to 16 of a-z 0-9 _ -');
}

export function gameId(value: string, field = 'game_id'): string {
  return matching(field, value, GAME_ID, 'must be 1 to 32 visible ASCII characters without |');
}

export function currencyCode(value: string, field = 'currency_code'): string {
  return matching(field, value, CURRENCY_CODE, 'must be 1 to 4 of A-Z a-z 0-9');
}

export function sessionToken(value: string, field = 'token'): string {
  return matching(field, value, SESSION_TOKEN, 'must be 20 to 50 of A-Z a-z 0-9');
}

/** Whether a session can have this token; one that can't isn't known, without asking. */
export function isSessionToken(value: string): boolean {
  return SESSION_TOKEN.test(value);
}

export function secret(value: string, field = 'secret'): string {
  return matching(field, value, SECRET, 'must be 1 to 255 ASCII characters');
}

/** StarGame's agents, halls and users have numbers; compared as text. */
export function stargameId(field: 'agent_id' | 'hall_id' | 'uid', value: string): string {
  return matching(field, value, STARGAME_ID, 'must be 1 to 20 digits');
}

/** Whether a hall or terminal can have this number. */
export function isStargameId(value: string): boolean {
  return STARGAME_ID.test(value);
}

/** Part of a URL's path. */
export function pathSecret(value: string, field = 'path_secret'): string {
  return matching(field, value, PATH_SECRET, 'must be 4 to 64 of A-Z a-z 0-9 _ -');
}

export function auditAction(value: string, field = 'action'): string {
  return matching(field, value, AUDIT_ACTION, 'must be 1 to 32 of a-z 0-9 . _ -');
}

/** A BCP 47 language tag in its canonical form: "EN-gb" is "en-GB". */
export function language(value: string, field = 'language'): string {
  const [tag = ''] = orElse([], () => Intl.getCanonicalLocales(value));
  if (tag === '' || tag.length > MAX_LANGUAGE_LENGTH) {
    throw invalidArgument(field, `must be a language tag (BCP 47) of at most ${MAX_LANGUAGE_LENGTH} characters`);
  }
  return tag;
}

/** A time zone as Intl names it: "europe/riga" is "Europe/Riga". */
export function timeZone(value: string, field = 'time_zone'): string {
  const name = orElse('', () => new Intl.DateTimeFormat('en', { timeZone: value }).resolvedOptions().timeZone);
  if (name === '' || name.length > MAX_TIME_ZONE_LENGTH) {
    throw invalidArgument(field, 'must be a time zone, such as UTC or Europe/Riga');
  }
  return name;
}

/** A name of somebody or something, as it is, on one line. */
export function label(field: string, value: string, length: { min: number; max: number }): string {
  const characters = [...value].length;
  if (characters < length.min || characters > length.max) {
    throw invalidArgument(field, `must be ${length.min} to ${length.max} characters`);
  }
  if (CONTROL.test(value)) throw invalidArgument(field, 'must not contain control characters');
  return value;
}

/** Text for people and games, in characters: no control characters, no `|`, no space around it. */
export function text(field: string, value: string, length: { min: number; max: number }): string {
  const characters = [...value].length;
  if (characters < length.min || characters > length.max) {
    throw invalidArgument(field, `must be ${length.min} to ${length.max} characters`);
  }
  if (CONTROL_OR_BAR.test(value)) throw invalidArgument(field, 'must not contain | or control characters');
  if (value.trim() !== value) throw invalidArgument(field, 'must not begin or end with space');
  return value;
}

/** Text for people, as it is: line breaks are welcome. */
export function note(value: string, field = 'note'): string {
  if ([...value].length > 255) throw invalidArgument(field, 'must be at most 255 characters');
  return value;
}

/** At least one currency, each once. */
export function currencies(values: readonly string[], field = 'currencies'): string[] {
  if (values.length === 0) throw invalidArgument(field, 'must name at least one');
  return unique(field, values, (value) => currencyCode(value, field));
}

/** Addresses and CIDR ranges, each once; none: any caller. */
export function allowlist(values: readonly string[], field = 'allowlist'): string[] {
  return unique(field, values, (value) => {
    if (!isAddressOrRange(value)) throw invalidArgument(field, 'must hold IP addresses and CIDR ranges');
    return value;
  });
}

export function limitUnits(value: bigint | undefined, field: string): bigint | null {
  if (value === undefined) return null;
  if (value < 0n || value > MAX_AMOUNT_UNITS) throw invalidArgument(field, `must be 0 to ${MAX_AMOUNT_UNITS}`);
  return value;
}

/** A number within bounds; 0, which is what an absent number looks like, stands for `fallback`. */
export function numberOr(fallback: number, field: string, value: number, bounds: { min: number; max: number }): number {
  if (value === 0) return fallback;
  if (value < bounds.min || value > bounds.max) throw invalidArgument(field, `must be ${bounds.min} to ${bounds.max}`);
  return value;
}

export function pageSize(value: number): number {
  return numberOr(DEFAULT_PAGE_SIZE, 'page_size', value, { min: 1, max: MAX_PAGE_SIZE });
}

/** Intl says by a RangeError that it doesn't know a name. */
function orElse<T>(fallback: T, ask: () => T): T {
  try {
    return ask();
  } catch (error) {
    if (error instanceof RangeError) return fallback;
    throw error;
  }
}

function matching(field: string, value: string, pattern: RegExp, problem: string): string {
  if (!pattern.test(value)) throw invalidArgument(field, problem);
  return value;
}

function unique(field: string, values: readonly string[], check: (value: string) => string): string[] {
  if (values.length > MAX_LIST_ENTRIES) throw invalidArgument(field, `must have at most ${MAX_LIST_ENTRIES} entries`);
  return [...new Set(values.map(check))];
}

/** IPv4 in four decimal parts only: shorthands as "10" or octal parts mean different things to different parsers. */
function isAddressOrRange(value: string): boolean {
  const [address = ''] = value.split('/');
  if (!ipaddr.IPv4.isValidFourPartDecimal(address) && !ipaddr.IPv6.isValid(address)) return false;
  return !value.includes('/') || ipaddr.isValidCIDR(value);
}
