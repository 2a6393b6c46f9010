import { expect, test } from 'vitest';
import { decimal } from './decimal.ts';

test.each([
  [0n, '0.00'],
  [5n, '0.05'],
  [-5n, '-0.05'],
  [70n, '0.70'],
  [42_000n, '420.00'],
  [42_076n, '420.76'],
  [-150n, '-1.50'],
  [999_999_999_999_999_999n, '9999999999999999.99'],
])('%d units are %s', (units, text) => {
  expect(decimal(units)).toBe(text);
});
