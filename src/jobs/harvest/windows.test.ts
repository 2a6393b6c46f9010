import fc from 'fast-check';
import { expect, test } from 'vitest';
import { toServerTime } from '../../adapter/stargame/remote/times.ts';
import { KEPT_MS, planWindows, windowsOf } from './windows.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const at = (text: string): number => Date.parse(text);

const NOW_MS = at('2026-03-10T12:00:30.500Z');
const OPTIONS = { nowMs: NOW_MS, overlapMs: 900_000, lagMs: 60_000, zone: 'UTC' };

test('an hour later: one window, from before the watermark to a minute ago', () => {
  const { windows, gap } = planWindows({ ...OPTIONS, watermarkMs: at('2026-03-10T11:00:00Z') });
  expect(gap).toBeNull();
  expect(windows).toEqual([
    {
      fromMs: at('2026-03-10T10:45:00Z'),
      untilMs: at('2026-03-10T11:59:30Z'),
      periodStart: '2026-03-10 10:45:00',
      periodEnd: '2026-03-10 11:59:30',
    },
  ]);
});

test('nothing to read where it is read up to the lag', () => {
  const { windows, gap } = planWindows({ ...OPTIONS, watermarkMs: at('2026-03-10T11:59:30Z') });
  expect({ windows, gap }).toEqual({ windows: [], gap: null });
});

test('what the server keeps no more is a gap, and nothing older is asked for', () => {
  const watermarkMs = NOW_MS - 9 * DAY_MS;
  const { windows, gap } = planWindows({ ...OPTIONS, watermarkMs });
  expect(gap).toEqual({ fromMs: watermarkMs, untilMs: NOW_MS - KEPT_MS + 60_000 });
  expect(windows[0]?.periodStart).toBe('2026-03-03 12:00:30');
  expect(windows).toHaveLength(8);
});

test('just within seven days there is no gap', () => {
  expect(planWindows({ ...OPTIONS, watermarkMs: NOW_MS - KEPT_MS + 60_000 }).gap).toBeNull();
  expect(planWindows({ ...OPTIONS, watermarkMs: NOW_MS - KEPT_MS + 59_999 }).gap).not.toBeNull();
});

test('a window in which the clock is turned back has both of the hours that look alike', () => {
  // Riga, 25 October 2026: at 01:00 UTC 04:00 becomes 03:00.
  const span = { fromMs: at('2026-10-25T00:30:00Z'), untilMs: at('2026-10-25T01:10:00Z') };
  expect(windowsOf(span, 'Europe/Riga')).toMatchObject([
    { periodStart: '2026-10-25 02:30:00', periodEnd: '2026-10-25 04:10:00' },
  ]);
});

test('a window in which an hour is skipped', () => {
  // Riga, 29 March 2026: at 01:00 UTC 03:00 becomes 04:00.
  const span = { fromMs: at('2026-03-29T00:30:00Z'), untilMs: at('2026-03-29T01:10:00Z') };
  expect(windowsOf(span, 'Europe/Riga')).toMatchObject([
    { periodStart: '2026-03-29 02:30:00', periodEnd: '2026-03-29 04:10:00' },
  ]);
});

const ZONES = ['UTC', 'Europe/Riga', 'America/New_York', 'Australia/Lord_Howe', 'Antarctica/Troll', 'Asia/Kathmandu'];

const plans = fc.record({
  zone: fc.constantFrom(...ZONES),
  nowMs: fc.integer({ min: at('2025-01-01T00:00:00Z'), max: at('2028-01-01T00:00:00Z') }),
  agoMs: fc.integer({ min: 0, max: 10 * DAY_MS }),
  overlapMs: fc.integer({ min: 0, max: 2 * HOUR_MS }),
  lagMs: fc.integer({ min: 0, max: 10 * 60_000 }),
});

const clockMs = (text: string): number => Date.parse(`${text.replace(' ', 'T')}Z`);

test('whatever the zone and the hour: no hole, no window over 24 hours of the clock, none turned round', () => {
  fc.assert(
    fc.property(plans, fc.double({ min: 0, max: 1, noNaN: true }), ({ agoMs, ...options }, where) => {
      const watermarkMs = options.nowMs - agoMs;
      const untilMs = Math.floor((options.nowMs - options.lagMs) / 1000) * 1000;
      const { windows, gap } = planWindows({ ...options, watermarkMs });
      if (windows.length === 0) {
        expect(watermarkMs).toBeGreaterThanOrEqual(untilMs);
        return;
      }
      expect(gap !== null).toBe(watermarkMs < options.nowMs - KEPT_MS + 60_000);
      expect(windows.at(-1)?.untilMs).toBe(untilMs);
      for (const [index, { fromMs, periodStart, periodEnd }] of windows.entries()) {
        expect(clockMs(periodEnd) - clockMs(periodStart)).toBeLessThanOrEqual(DAY_MS);
        expect(clockMs(periodEnd)).toBeGreaterThan(clockMs(periodStart));
        if (index > 0) expect(fromMs).toBe(windows[index - 1]?.untilMs);
      }
      // Any moment that is to be read: what the server's clock shows then is in the window of that moment.
      const firstMs = Math.max(watermarkMs - options.overlapMs, options.nowMs - KEPT_MS);
      const momentMs = Math.min(Math.floor(firstMs + where * (untilMs - firstMs)), untilMs);
      const shown = toServerTime(momentMs, options.zone);
      const window = windows.find((each) => each.fromMs <= momentMs && momentMs <= each.untilMs);
      expect(window !== undefined && window.periodStart <= shown && shown <= window.periodEnd).toBe(true);
    }),
    { numRuns: 2_000 },
  );
});
