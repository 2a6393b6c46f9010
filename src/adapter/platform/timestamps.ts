const DATE_TIME = /^(\d{4})-(\d{2})-(\d{2}) (\d{2}):(\d{2}):(\d{2})$/;

/** `Y-m-d H:i:s` in UTC. */
export function printDateTime(timeMs: number): string {
  const iso = new Date(timeMs).toISOString();
  return `${iso.slice(0, 10)} ${iso.slice(11, 19)}`;
}

/**
 * `Y-m-d H:i:s` in UTC to milliseconds since 1970; null where it is not of that form. Days that no calendar has (PLATFORM's
 * own samples have a 31st of November) count on into the next month.
 */
export function parseDateTimeMs(text: string): number | null {
  const parts = DATE_TIME.exec(text);
  if (parts === null) return null;
  const [, year, month, day, hour, minute, second] = parts;
  return Date.UTC(Number(year), Number(month) - 1, Number(day), Number(hour), Number(minute), Number(second));
}
