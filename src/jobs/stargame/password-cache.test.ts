import { expect, test } from 'vitest';
import { createPasswordCache } from './password-cache.ts';

test('passwords are kept for a while, and not more than so many', () => {
  let nowMs = 0;
  const cache = createPasswordCache(() => nowMs, 2);
  cache.keep('1', '10', 'a');
  cache.keep('1', '11', 'b');
  cache.keep('2', '10', 'c');
  expect([cache.find('1', '10'), cache.find('1', '11'), cache.find('2', '10')]).toEqual([undefined, 'b', 'c']);
  nowMs += 600_000;
  expect(cache.find('1', '11')).toBeUndefined();
});

test('a password that is not to be trusted is forgotten until the hall has been heard of anew', () => {
  const cache = createPasswordCache(() => 0);
  cache.keep('1', '10', 'a');
  cache.distrust('1', '10');
  expect(cache.find('1', '10')).toBeUndefined();
  expect([cache.isDistrusted('1', '10'), cache.isDistrusted('2', '10')]).toEqual([true, false]);
  cache.trust('1');
  expect(cache.isDistrusted('1', '10')).toBe(false);
});
