import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decimal } from '../../common/decimal.ts';
import { MAX_AMOUNT_UNITS, parseAmountUnits } from './amounts.ts';

describe('parseAmountUnits', () => {
  it.each([
    ['0', 0n],
    ['0.0', 0n],
    ['3', 300n],
    ['3.0', 300n],
    ['3.00', 300n],
    ['17.25', 1725n],
    ['0.7', 70n],
    ['0.01', 1n],
    ['9999999999999999.99', MAX_AMOUNT_UNITS],
    ['1.0e+15', 100_000_000_000_000_000n],
    ['1E2', 10_000n],
    ['1725e-2', 1725n],
    ['1.0e-2', 1n],
    ['0e999', 0n],
    ['9.99999999999999999e15', MAX_AMOUNT_UNITS],
  ])('reads %s', (text, units) => expect(parseAmountUnits(text)).toBe(units));

  it.each([
    '',
    ' 1',
    '-1',
    '-0',
    '-0.00',
    '+1',
    '.5',
    '5.',
    '01',
    '0x10',
    '1_000',
    '1,5',
    'NaN',
    'Infinity',
    'null',
    '0.001',
    '3.000',
    '17.255',
    '1e-3',
    '10000000000000000',
    '10000000000000000.00',
    '1e16',
    '1e999',
    '1e-999',
    '1e99999999999',
    `0.${'0'.repeat(100)}`,
    '9'.repeat(60_000),
    '٣',
  ])('refuses %j', (text) => expect(parseAmountUnits(text)).toBeNull());

  it('reads back what is printed', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_AMOUNT_UNITS }), (units) => {
        expect(parseAmountUnits(decimal(units))).toBe(units);
      }),
    );
  });

  it('reads the same amount in every spelling', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: 0n, max: MAX_AMOUNT_UNITS }), fc.integer({ min: -20, max: 20 }), (units, shift) => {
        const digits = units.toString().padStart(30, '0');
        const point = digits.length - 2 - shift;
        const moved = digits.padEnd(point, '0');
        const whole = moved.slice(0, point).replace(/^0+(?=\d)/, '');
        const fraction = moved.slice(point);
        expect(parseAmountUnits(`${whole}${fraction === '' ? '' : `.${fraction}`}e${shift}`)).toBe(units);
      }),
    );
  });
});
