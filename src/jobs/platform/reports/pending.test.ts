import { expect, test } from 'vitest';
import { isToBeCompared, type PulledDay } from './pending.ts';

const HOUR_MS = 3_600_000;
const END_MS = Date.parse('2026-11-19');
const NOW_MS = END_MS + 30 * HOUR_MS;

const DAY: PulledDay = {
  ...{ operatorId: 'casino', day: '2026-11-18', pulls: 1, groups: 3, provisional: 0, underWay: 0 },
  pulledAtMs: END_MS + 2 * HOUR_MS,
  reconciledAtMs: END_MS + 26 * HOUR_MS,
};
const isDue = (changed: Partial<PulledDay>, completeUntilMs = END_MS): boolean =>
  isToBeCompared({ ...DAY, ...changed }, { nowMs: NOW_MS, completeUntilMs });

test('a day is compared again where its report is new, or our books are complete now', () => {
  expect(isDue({})).toBe(false);
  expect(isDue({ pulledAtMs: END_MS + 27 * HOUR_MS })).toBe(true);
  expect(isDue({ reconciledAtMs: null })).toBe(true);
  expect(isDue({ provisional: 1 })).toBe(true);
  expect(isDue({ provisional: 1 }, END_MS - 1)).toBe(false);
  expect(isDue({ provisional: 1, pulledAtMs: END_MS - 1 })).toBe(false);
});

test('what people may be at is compared every hour, and so is an empty day for some time', () => {
  expect(isDue({ underWay: 1 })).toBe(true);
  expect(isDue({ underWay: 1, reconciledAtMs: NOW_MS - HOUR_MS + 1 })).toBe(false);
  expect(isDue({ groups: 0 })).toBe(true);
  expect(isDue({ groups: 0, reconciledAtMs: NOW_MS - 1 })).toBe(false);
  const later = { nowMs: END_MS + 96 * HOUR_MS, completeUntilMs: END_MS };
  expect(isToBeCompared({ ...DAY, groups: 0 }, later)).toBe(false);
});
