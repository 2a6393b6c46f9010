import { describe, expect, it } from 'vitest';
import { currencyNumber, numberedCurrencies } from './currencies.ts';

describe('currencyNumber', () => {
  it.each([
    ['RUB', '643'],
    ['EUR', '978'],
    ['USD', '840'],
    ['ALL', '008'],
    ['AUD', '036'],
    ['KZT', '398'],
    ['ZWG', '924'],
  ])('of %s is %s', (code, number) => expect(currencyNumber(code)).toBe(number));

  it.each(['', 'PTS', 'rub', 'RUB ', 'toString'])('of %j is none', (code) => expect(currencyNumber(code)).toBe(''));

  it('is known for all of ISO 4217, as three digits, and no two but ANG and its successor share one', () => {
    const codes = [...numberedCurrencies()];
    expect(codes.length).toBeGreaterThan(175);
    for (const code of codes) {
      expect(code).toMatch(/^[A-Z]{3}$/);
      expect(currencyNumber(code), code).toMatch(/^\d{3}$/);
    }
    expect(new Set(codes.map(currencyNumber)).size).toBe(codes.length - 1);
    expect(currencyNumber('ANG')).toBe(currencyNumber('XCG'));
  });
});
