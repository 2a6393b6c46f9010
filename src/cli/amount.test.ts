import fc from 'fast-check';
import { expect, test } from 'vitest';
import { decimal } from '../common/decimal.ts';
import { formatTenThousandths, parseAmount } from './amount.ts';

test.each<[string, bigint]>([
  ['100', 10_000n],
  ['100.00', 10_000n],
  ['0.1', 10n],
  ['0.01', 1n],
  ['-5', -500n],
  ['+5.5', 550n],
  ['007', 700n],
  ['9999999999999999.99', 999_999_999_999_999_999n],
])('%s is %d units', (text, units) => {
  expect(parseAmount(text)).toBe(units);
});

test.each(['', ' 1', '1.', '.5', '1.234', '1e3', '1,00', '0x10', '--1', 'NaN', '10000000000000000', '1 000', '١'])(
  '%j is no amount',
  (text) => {
    expect(parseAmount(text)).toBeUndefined();
  },
);

test.each<[bigint, string]>([
  [0n, '0.0000'],
  [328n, '0.0328'],
  [12_345n, '1.2345'],
  [-5n, '-0.0005'],
])('a rake of %d is %s', (value, text) => {
  expect(formatTenThousandths(value)).toBe(text);
});

test('what is printed is read back', () => {
  const units = fc.bigInt({ min: -999_999_999_999_999_999n, max: 999_999_999_999_999_999n });
  fc.assert(fc.property(units, (value) => parseAmount(decimal(value)) === value));
});
