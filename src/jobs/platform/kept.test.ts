import { expect, test } from 'vitest';
import { createKept } from './kept.ts';

function kept() {
  let nowMs = 0;
  const waiting: PromiseWithResolvers<number>[] = [];
  const value = createKept({
    read: () => {
      const next = Promise.withResolvers<number>();
      waiting.push(next);
      return next.promise;
    },
    freshMs: 10,
    staleMs: 20,
    now: () => nowMs,
  });
  return {
    ...value,
    reads: () => waiting.length,
    answer: async (read: number, answer: number) => {
      waiting[read]?.resolve(answer);
      await new Promise(setImmediate);
    },
    fail: (read: number) => waiting[read]?.reject(new Error('away')),
    at: (ms: number) => {
      nowMs = ms;
    },
  };
}

test('it is read once for all who wait, and kept while it is fresh', async () => {
  const value = kept();
  const both = Promise.all([value.get(), value.get()]);
  await value.answer(0, 1);
  expect(await both).toEqual([1, 1]);
  value.at(10);
  expect(await value.get()).toBe(1);
  expect(value.reads()).toBe(1);
});

test('one that is a little old is given, and read behind that', async () => {
  const value = kept();
  value.get();
  await value.answer(0, 1);
  value.at(11);
  expect(await value.get()).toBe(1);
  await value.answer(1, 2);
  expect(await value.get()).toBe(2);
});

test('one that is old is waited for, and a failure is told', async () => {
  const value = kept();
  value.get();
  await value.answer(0, 1);
  value.at(21);
  const next = value.get();
  value.fail(1);
  await expect(next).rejects.toThrow('away');
  const again = value.get();
  await value.answer(2, 3);
  expect(await again).toBe(3);
});

test('what was begun before it expired is not kept', async () => {
  const value = kept();
  const before = value.get();
  value.expire();
  const after = value.get();
  await value.answer(1, 2);
  await value.answer(0, 1);
  expect([await before, await after, await value.get()]).toEqual([1, 2, 2]);
  expect(value.reads()).toBe(2);
});
