import type { PlatformJobsConfig } from '../config.ts';

const DAY_MS = 86_400_000;

type DueConfig = Pick<PlatformJobsConfig, 'REPORT_AFTER_MS' | 'REPORT_AGAIN_DAYS' | 'REPORT_TODAY_EVERY_MS'>;

/** yyyy-mm-dd, UTC. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10);

/** All days from the first to the last, both included; none where the last is before the first. */
export function daysBetween(firstDay: string, lastDay: string): string[] {
  const firstMs = Date.parse(firstDay);
  const count = Math.max(0, Math.round((Date.parse(lastDay) - firstMs) / DAY_MS) + 1);
  return Array.from({ length: count }, (_, index) => dayOf(firstMs + index * DAY_MS));
}

/**
 * When a day's report is pulled next, after it was pulled at `nowMs`; null: never again. It is pulled first REPORT_AFTER_MS after the day's
 * end, and then daily: what an outage has covered is made up by one pull. Today's report only where REPORT_TODAY_EVERY_MS says so.
 */
export function dueAfter({ day, nowMs, config }: { day: string; nowMs: number; config: DueConfig }): number | null {
  const endMs = Date.parse(day) + DAY_MS;
  const firstMs = firstDueAtMs(day, config);
  if (nowMs >= firstMs) {
    const again = Math.floor((nowMs - firstMs) / DAY_MS) + 1;
    return again <= config.REPORT_AGAIN_DAYS ? firstMs + again * DAY_MS : null;
  }
  const everyMs = config.REPORT_TODAY_EVERY_MS;
  return everyMs > 0 && nowMs < endMs ? Math.min(nowMs + everyMs, firstMs) : firstMs;
}

/** When the report of a day that is over is due first. */
export const firstDueAtMs = (day: string, config: Pick<DueConfig, 'REPORT_AFTER_MS'>): number =>
  Date.parse(day) + DAY_MS + config.REPORT_AFTER_MS;

/**
 * The days until today that are not noted yet, each with the time at which it is due. `lastDay` is the last that is noted; null: none is,
 * and REPORT_BACKFILL_DAYS before today are to be pulled as well.
 */
export function daysToNote(options: {
  lastDay: string | null;
  nowMs: number;
  config: DueConfig & Pick<PlatformJobsConfig, 'REPORT_BACKFILL_DAYS'>;
}): { day: string; dueAtMs: number }[] {
  const { lastDay, nowMs, config } = options;
  const today = dayOf(nowMs);
  const firstMs = lastDay === null ? nowMs - config.REPORT_BACKFILL_DAYS * DAY_MS : Date.parse(lastDay) + DAY_MS;
  return daysBetween(dayOf(firstMs), today).map((day) => ({
    day,
    dueAtMs: day === today && config.REPORT_TODAY_EVERY_MS > 0 ? nowMs : firstDueAtMs(day, config),
  }));
}
