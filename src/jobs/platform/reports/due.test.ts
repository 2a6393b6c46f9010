import fc from 'fast-check';
import { expect, test } from 'vitest';
import { dayOf, daysBetween, daysToNote, dueAfter, firstDueAtMs } from './due.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const START_MS = Date.UTC(2026, 0, 1);

const config = {
  REPORT_AFTER_MS: 2 * HOUR_MS,
  REPORT_AGAIN_DAYS: 7,
  REPORT_BACKFILL_DAYS: 3,
  REPORT_TODAY_EVERY_MS: 0,
};

const anyConfig = fc.record({
  REPORT_AFTER_MS: fc.integer({ min: 0, max: DAY_MS }),
  REPORT_AGAIN_DAYS: fc.integer({ min: 0, max: 10 }),
  REPORT_BACKFILL_DAYS: fc.integer({ min: 0, max: 10 }),
  REPORT_TODAY_EVERY_MS: fc.constantFrom(0, 0, 600_000, 5 * HOUR_MS),
});

/** Times at which a process looks what is due: pauses of minutes, and now and then an outage of days. */
const looks = fc.array(
  fc.oneof(
    { weight: 20, arbitrary: fc.integer({ min: 60_000, max: 6 * HOUR_MS }) },
    { weight: 1, arbitrary: fc.integer({ min: DAY_MS, max: 20 * DAY_MS }) },
  ),
  { minLength: 1, maxLength: 150 },
);

test('a report is pulled two hours after the day, then daily for a week, then never', () => {
  const day = '2026-03-10';
  const firstMs = Date.parse('2026-03-11T02:00:00Z');
  expect(firstDueAtMs(day, config)).toBe(firstMs);
  const times: number[] = [];
  for (let atMs: number | null = firstMs; atMs !== null; atMs = dueAfter({ day, nowMs: atMs, config }))
    times.push(atMs);
  expect(times).toEqual(Array.from({ length: 8 }, (_, index) => firstMs + index * DAY_MS));
  // Pulled by hand while it is going on, and before it is due.
  expect(dueAfter({ day, nowMs: Date.parse('2026-03-10T12:00:00Z'), config })).toBe(firstMs);
  expect(dueAfter({ day, nowMs: Date.parse('2026-03-11T01:59:59Z'), config })).toBe(firstMs);
  // Three of them were missed: one pull makes up for them.
  expect(dueAfter({ day, nowMs: firstMs + 3.5 * DAY_MS, config })).toBe(firstMs + 4 * DAY_MS);
  expect(dueAfter({ day, nowMs: firstMs + 90 * DAY_MS, config })).toBe(null);
});

test("today's report is pulled every so often, and then as that of every other day", () => {
  const every = { ...config, REPORT_TODAY_EVERY_MS: 600_000 };
  const day = '2026-03-10';
  const noonMs = Date.parse('2026-03-10T12:00:00Z');
  expect(daysToNote({ lastDay: '2026-03-09', nowMs: noonMs, config: every })).toEqual([{ day, dueAtMs: noonMs }]);
  expect(dueAfter({ day, nowMs: noonMs, config: every })).toBe(noonMs + 600_000);
  const overMs = Date.parse('2026-03-11T00:00:00Z');
  expect(dueAfter({ day, nowMs: overMs, config: every })).toBe(firstDueAtMs(day, config));
});

test('a new operator has the days before noted as well, one that was away all it missed', () => {
  const nowMs = Date.parse('2026-03-10T12:00:00Z');
  const days = (lastDay: string | null) => daysToNote({ lastDay, nowMs, config }).map(({ day }) => day);
  expect(days(null)).toEqual(['2026-03-07', '2026-03-08', '2026-03-09', '2026-03-10']);
  expect(days('2026-03-10')).toEqual([]);
  expect(days('2026-02-26')).toEqual(daysBetween('2026-02-27', '2026-03-10'));
  expect(days('2026-02-26')).toHaveLength(12);
});

test('whatever the pauses: every day is noted once, its last pull is not before its last time, and none is ever made twice for the same time', () => {
  fc.assert(
    fc.property(anyConfig, looks, (anyOne, pauses) => {
      const rows = new Map<string, { dueAtMs: number | null; pulledAtMs: number[] }>();
      let nowMs = START_MS + 5 * HOUR_MS;
      for (const pause of pauses) {
        nowMs += pause;
        const lastDay = [...rows.keys()].toSorted().at(-1) ?? null;
        for (const { day, dueAtMs } of daysToNote({ lastDay, nowMs, config: anyOne })) {
          expect(rows.has(day)).toBe(false);
          rows.set(day, { dueAtMs, pulledAtMs: [] });
        }
        for (const [day, row] of rows) {
          if (row.dueAtMs === null || row.dueAtMs > nowMs) continue;
          row.pulledAtMs.push(nowMs);
          const nextMs = dueAfter({ day, nowMs, config: anyOne });
          expect(nextMs === null || nextMs > nowMs).toBe(true);
          row.dueAtMs = nextMs;
        }
      }
      const noted = [...rows.keys()].toSorted();
      expect(noted).toEqual(daysBetween(noted[0] ?? '', dayOf(nowMs)));
      for (const [day, { dueAtMs, pulledAtMs }] of rows) {
        const firstMs = firstDueAtMs(day, anyOne);
        const settled = pulledAtMs.filter((atMs) => atMs >= firstMs);
        // One for each time of the schedule at most, and all that the looks allowed.
        const slots = settled.map((atMs) => Math.floor((atMs - firstMs) / DAY_MS));
        expect(new Set(slots).size).toBe(slots.length);
        expect(settled.length > 0).toBe(nowMs >= firstMs);
        const lastMs = firstMs + anyOne.REPORT_AGAIN_DAYS * DAY_MS;
        expect(dueAtMs === null).toBe(nowMs >= lastMs);
        if (dueAtMs === null) expect(settled.at(-1)).toBeGreaterThanOrEqual(lastMs);
      }
    }),
    { numRuns: 150 },
  );
});
