import { expect, test } from 'vitest';
import { createDirectory } from './directory.ts';

test('remembers which player a user is', () => {
  const directory = createDirectory();
  expect(directory.get('casino u1')).toBeUndefined();
  directory.set('casino u1', 1n);
  directory.set('casino u2', 2n);
  expect(directory.get('casino u1')).toBe(1n);
  expect(directory.get('casino u2')).toBe(2n);
});

test('is bounded: the oldest is forgotten, and can be learnt again', () => {
  const directory = createDirectory(2);
  directory.set('a', 1n);
  directory.set('b', 2n);
  directory.set('c', 3n);
  expect([directory.get('a'), directory.get('b'), directory.get('c')]).toEqual([undefined, 2n, 3n]);
  directory.set('a', 1n);
  expect([directory.get('a'), directory.get('b'), directory.get('c')]).toEqual([1n, undefined, 3n]);
});
