/**
 * The game server knows days and times only as its hall's clocks show them (StarGame, Receiving a list of game logs): `YYYY-MM-DD
 * HH:MM:SS`, no zone. So that is what is kept here too, as *wall seconds*: the seconds that such a text would be since 1970 were it UTC.
 * An hour that a zone has twice is there twice, as on the real server.
 */

const formatters = new Map<string, Intl.DateTimeFormat>();

/** Throws a RangeError where `zone` is no time zone. */
export function wallSeconds(ms: number, zone: string): number {
  if (zone === 'UTC') return Math.floor(ms / 1000);
  const parts = Object.fromEntries(
    formatterOf(zone)
      .formatToParts(ms)
      .map(({ type, value }) => [type, Number(value)]),
  );
  const { year = 0, month = 1, day = 1, hour = 0, minute = 0, second = 0 } = parts;
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}

function formatterOf(zone: string): Intl.DateTimeFormat {
  const known = formatters.get(zone);
  if (known !== undefined) return known;
  const formatter = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: 'numeric',
    day: 'numeric',
    hour: 'numeric',
    minute: 'numeric',
    second: 'numeric',
  });
  formatters.set(zone, formatter);
  return formatter;
}

export const wallText = (seconds: number): string =>
  new Date(seconds * 1000).toISOString().slice(0, 19).replace('T', ' ');

/** Null where the text is no day and time. */
export function readWallText(text: string): number | null {
  if (!/^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/.test(text)) return null;
  const ms = Date.parse(`${text.replace(' ', 'T')}Z`);
  // 30 February is parsed as 1 or 2 March by some readers: the text must come back as it was.
  return Number.isNaN(ms) || wallText(ms / 1000) !== text ? null : ms / 1000;
}
