import { expect, test } from 'vitest';
import { integer, isNull, quote, quoteAll, text, units, unitsOrNull } from './sql.ts';

test('quotes every string as one literal, whatever it holds', () => {
  expect(quote('abc-1.x:y_2')).toBe("'abc-1.x:y_2'");
  expect(quote('')).toBe("''");
  expect(quote("it's")).toBe("'it\\'s'");
  expect(quote('a\\')).toBe("'a\\\\'");
  expect(quote("'; DROP TABLE accounts; --")).toBe("'\\'; DROP TABLE accounts; --'");
  expect(quote('a\0b\nc')).toBe("'a\\0b\\nc'");
  expect(quote('plain\n')).toBe("'plain\\n'");
});

test('quotes many', () => {
  expect(quoteAll(['a', "b'"])).toBe("'a','b\\''");
});

test('reads a row, and amounts never through a number', () => {
  const row = ['abc', '9223372036854775807', null, '1700000000000', 1] as const;
  expect(text(row, 0)).toBe('abc');
  expect(units(row, 1)).toBe(9_223_372_036_854_775_807n);
  expect(unitsOrNull(row, 1)).toBe(9_223_372_036_854_775_807n);
  expect(unitsOrNull(row, 2)).toBeNull();
  expect(integer(row, 3)).toBe(1_700_000_000_000);
  expect(integer(row, 4)).toBe(1);
  expect([isNull(row, 1), isNull(row, 2)]).toEqual([false, true]);
});
