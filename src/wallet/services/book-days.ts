import { invalidArgument } from '../../common/fault.ts';
import { dayOf } from '../core/limits.ts';

export const DAY_MS = 86_400_000;

/** A day, yyyy-mm-dd, in days since 1970-01-01 UTC. Throws INVALID_ARGUMENT. */
export function parseDay(field: string, text: string): number {
  const atMs = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(`${text}T00:00:00Z`) : Number.NaN;
  // Date.parse takes the 31st of any month.
  if (Number.isNaN(atMs) || formatDay(dayOf(atMs)) !== text) throw invalidArgument(field, 'must be a day, yyyy-mm-dd');
  return dayOf(atMs);
}

/** The opposite of `parseDay`. */
export const formatDay = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);

/** First and last day; where none is named, the last is the first. Throws INVALID_ARGUMENT. */
export function parseSpan(fromDay: string, toDay: string, maxDays: number): [number, number] {
  const from = parseDay('from_day', fromDay);
  const to = toDay === '' ? from : parseDay('to_day', toDay);
  if (to < from) throw invalidArgument('to_day', 'must not be before from_day');
  if (to - from >= maxDays) throw invalidArgument('to_day', `must be within ${maxDays} days`);
  return [from, to];
}
