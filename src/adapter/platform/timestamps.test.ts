import { describe, expect, it } from 'vitest';
import { parseDateTimeMs, printDateTime } from './timestamps.ts';

describe('printDateTime', () => {
  it('prints UTC on a 24-hour clock', () => {
    expect(printDateTime(Date.UTC(2020, 11, 1, 15, 33, 11, 999))).toBe('2020-12-01 15:33:11');
  });
});

describe('parseDateTimeMs', () => {
  it('reads UTC', () => expect(parseDateTimeMs('2020-12-01 13:44:54')).toBe(Date.UTC(2020, 11, 1, 13, 44, 54)));

  it('reads a day that no calendar has', () => {
    expect(parseDateTimeMs('2020-11-31 00:00:00')).toBe(Date.UTC(2020, 11, 1));
  });

  it.each([
    '',
    '2020-12-01',
    '2020-12-01T13:44:54',
    '2020-12-01 13:44:54Z',
    ' 2020-12-01 13:44:54',
    '2020-12-01 1:44:54',
  ])('refuses %j', (text) => expect(parseDateTimeMs(text)).toBeNull());
});
