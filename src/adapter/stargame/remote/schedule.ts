import { serialize } from 'php-serialize';

type Schedule =
  | { dateFrom: string; hours: number; minutes: number; interval: number }
  | { dateFrom: string; dateTo: string; interval: number };

/**
 * StarGame, Hall messages operations: base64_encode(serialize(array(…))). The document's example has hours and minutes as strings
 * and the interval as an integer; PHP's serialization tells them apart.
 */
export function encodeSchedule(schedule: Schedule): string {
  const fields =
    'dateTo' in schedule
      ? { dateFrom: schedule.dateFrom, dateTo: schedule.dateTo, interval: schedule.interval }
      : {
          dateFrom: schedule.dateFrom,
          hours: String(schedule.hours),
          minutes: String(schedule.minutes),
          interval: schedule.interval,
        };
  return Buffer.from(serialize(fields)).toString('base64');
}
