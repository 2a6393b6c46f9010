import { isDate } from './fields.ts';

/**
 * The document's times, `yyyy-mm-dd hh:mm:ss`, have no zone: each hall has a setting (an IANA name). Where clocks change:
 * - A time that a clock shows twice is read as the first of the two: a window that starts there then covers both.
 * - A time that a clock skips is read as if the clock had not been changed yet: 02:30 in a gap from 02:00 to 03:00 is what the clock
 *   then shows as 03:30.
 */
export function fromServerTime(text: string, zone: string): number {
  if (!/^\d{4}-\d\d-\d\d ([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(text) || !isDate(text.slice(0, 10))) {
    throw new RangeError('a time must be yyyy-mm-dd hh:mm:ss');
  }
  const clockMs = Date.parse(`${text.replace(' ', 'T')}Z`);
  // Offsets a day before and after: no zone changes twice within that.
  const offsets = [offsetMs(clockMs - DAY_MS, zone), offsetMs(clockMs + DAY_MS, zone)];
  const candidates = offsets.map((offset) => clockMs - offset).filter((ms) => ms + offsetMs(ms, zone) === clockMs);
  return candidates.length > 0 ? Math.min(...candidates) : clockMs - (offsets[0] ?? 0);
}

/** What the server's clock shows at `ms`; parts of a second are cut off. Throws a RangeError for a zone that doesn't exist. */
export function toServerTime(ms: number, zone: string): string {
  const wholeMs = Math.floor(ms / 1000) * 1000;
  return new Date(wholeMs + offsetMs(wholeMs, zone)).toISOString().slice(0, 19).replace('T', ' ');
}

const DAY_MS = 24 * 3600 * 1000;

const formats = new Map<string, Intl.DateTimeFormat>();

/** By how much the zone's clock is ahead of UTC at `ms`. */
function offsetMs(ms: number, zone: string): number {
  if (zone === 'UTC') return 0;
  const parts = Object.fromEntries(
    formatOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) - Math.floor(ms / 1000) * 1000;
}

function formatOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known !== undefined) return known;
  const format = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    calendar: 'gregory',
    numberingSystem: 'latn',
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formats.set(zone, format);
  return format;
}
