import fc from 'fast-check';
import { expect, test } from 'vitest';
import { unitsOf, wholeOf } from './decimal.ts';

test.each<[string, bigint | null]>([
  ['2.80', 280n],
  ['2.8', 280n],
  ['0', 0n],
  ['-0', 0n],
  ['-0.5', -50n],
  ['+1', 100n],
  ['1e3', 100_000n],
  ['1.5E-1', 15n],
  ['6.0999999999999996447', 610n],
  ['0.004999999', 0n],
  ['0.005', 1n],
  ['-0.005', -1n],
  ['-0.0049', 0n],
  ['1e-400', 0n],
  ['9999999999999999.99', 999_999_999_999_999_999n],
  ['9999999999999999.995', null],
  ['1e999', null],
  ['1e1000', null],
  ['', null],
  ['.5', null],
  ['5.', null],
  ['1,234.50', null],
  ['1 000', null],
  ['0x10', null],
  ['NaN', null],
  ['Infinity', null],
  ['1e', null],
  ['--1', null],
  ['9'.repeat(65), null],
])('%s is %s units', (text, units) => {
  expect(unitsOf(text)).toBe(units);
});

test.each<[string, bigint | null]>([
  ['7', 7n],
  ['7.0', 7n],
  ['7e2', 700n],
  ['-7', -7n],
  ['700e-2', 7n],
  ['7.5', null],
  ['9007199254740993', 9_007_199_254_740_993n],
  ['1e18', null],
  ['seven', null],
])('%s is the whole number %s', (text, whole) => {
  expect(wholeOf(text)).toBe(whole);
});

test('units come through every spelling of them', () => {
  const amounts = fc.bigInt({ min: -999_999_999_999_999_999n, max: 999_999_999_999_999_999n });
  fc.assert(
    fc.property(amounts, fc.nat(10), fc.nat(8), (units, zeros, shift) => {
      const size = units < 0n ? -units : units;
      const digits = size.toString().padStart(3, '0');
      const sign = units < 0n ? '-' : '';
      expect(unitsOf(`${sign}${digits.slice(0, -2)}.${digits.slice(-2)}${'0'.repeat(zeros)}`)).toBe(units);
      expect(unitsOf(`${sign}${size}${'0'.repeat(shift)}e-${shift + 2}`)).toBe(units);
    }),
  );
});

test('what is rounded is off by half a unit at most, and as far from zero as can be', () => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 10n ** 15n }), fc.boolean(), (thousandths, isNegative) => {
      const text = `${isNegative ? '-' : ''}${thousandths}e-3`;
      const units = unitsOf(text) ?? 0n;
      const off = (isNegative ? -units : units) * 10n - thousandths;
      expect(off > -5n && off <= 5n).toBe(true);
    }),
  );
});
