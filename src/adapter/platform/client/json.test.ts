import { expect, test } from 'vitest';
import { isObject, readJson, textOf } from './json.ts';

test.each([
  '1',
  '-1.5',
  '2.80',
  '-0',
  '1e3',
  '1e+21',
  '1e21',
  '1e999',
  '123456789012345678901234567890',
  '0.1000000000000000055511151231257827',
])('the number %s stays as it was written', (number) => {
  const text = `{"a":[${number},{"b":${number}}],"c":"${number}"}`;
  const read = readJson(text) as { a: [unknown]; c: unknown };
  expect(JSON.stringify(read)).toBe(text);
  expect(textOf(read.a[0])).toBe(number);
  expect(textOf(read.c)).toBe(number);
  expect(isObject(read.a[0])).toBe(false);
});

test('what is no string and no number has no text', () => {
  expect([true, null, undefined, {}, [], { rawJSON: '1' }].map(textOf)).toEqual(Array(6).fill(null));
});

test.each(['', '{', '{"a":1,}', "{'a':1}", '{"enabled": false // Not limited\n}', `${'['.repeat(1_000_000)}`])(
  '%.30s is not JSON',
  (text) => {
    expect(() => readJson(text)).toThrow();
  },
);
