import fc from 'fast-check';
import { expect, test } from 'vitest';
import { fromServerTime, toServerTime } from './times.ts';

const ms = (iso: string): number => Date.parse(iso);

test('the sample of a log, in several zones', () => {
  const at = ms('2016-07-31T12:26:02Z');
  expect(toServerTime(at, 'UTC')).toBe('2016-07-31 12:26:02');
  expect(toServerTime(at + 999, 'Europe/Berlin')).toBe('2016-07-31 14:26:02');
  expect(toServerTime(at, 'Asia/Kolkata')).toBe('2016-07-31 17:56:02');
  expect(fromServerTime('2016-07-31 14:26:02', 'Europe/Berlin')).toBe(at);
  expect(fromServerTime('2016-07-31 12:26:02', 'UTC')).toBe(at);
});

test('a time that the clock shows twice is the first of the two', () => {
  expect(toServerTime(ms('2026-10-25T00:30:00Z'), 'Europe/Berlin')).toBe('2026-10-25 02:30:00');
  expect(toServerTime(ms('2026-10-25T01:30:00Z'), 'Europe/Berlin')).toBe('2026-10-25 02:30:00');
  expect(fromServerTime('2026-10-25 02:30:00', 'Europe/Berlin')).toBe(ms('2026-10-25T00:30:00Z'));
});

test('a time that the clock skips is read as if the clock had not been changed yet', () => {
  const at = fromServerTime('2026-03-29 02:30:00', 'Europe/Berlin');
  expect(at).toBe(ms('2026-03-29T01:30:00Z'));
  expect(toServerTime(at, 'Europe/Berlin')).toBe('2026-03-29 03:30:00');
});

test.each(['Europe/Berlin', 'America/New_York', 'Australia/Lord_Howe', 'Pacific/Apia', 'Asia/Kathmandu', 'UTC'])(
  'there and back in %s, but for the hour that comes twice',
  (zone) => {
    const second = fc.integer({ min: ms('2000-01-01T00:00:00Z') / 1000, max: ms('2037-12-31T00:00:00Z') / 1000 });
    fc.assert(
      fc.property(second, (seconds) => {
        const text = toServerTime(seconds * 1000, zone);
        const back = fromServerTime(text, zone);
        expect(toServerTime(back, zone)).toBe(text);
        expect(back).toBeLessThanOrEqual(seconds * 1000);
        expect(back).toBeGreaterThanOrEqual((seconds - 3600) * 1000);
      }),
      { numRuns: 300 },
    );
  },
);

test.each([
  '2016-07-31',
  '2016-02-30 00:00:00',
  '2016-07-31 24:00:00',
  '2016-07-31T12:26:02',
  '0000-00-00 00:00:00',
  '',
])('%j is no time', (text) => {
  expect(() => fromServerTime(text, 'UTC')).toThrow(RangeError);
});

test('a zone that does not exist is refused', () => {
  expect(() => toServerTime(0, 'Europe/Atlantis')).toThrow(RangeError);
});
