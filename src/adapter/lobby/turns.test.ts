import { setImmediate } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createTurns, inSteps, type Steps } from './turns.ts';

test('a list is gone through once and in order, in steps of few', () => {
  fc.assert(
    fc.property(fc.nat(500), (length) => {
      const list = Array.from({ length }, (_, index) => index);
      const seen: number[] = [];
      const sizes: number[] = [];
      for (const _ of inSteps(list, (entry) => void seen.push(entry))) {
        sizes.push(seen.length - sizes.reduce((sum, size) => sum + size, 0));
      }
      expect(seen).toEqual(list);
      expect(Math.max(0, ...sizes)).toBeLessThanOrEqual(64);
    }),
  );
});

/** Takes longer than a turn, each step. */
function* slow(steps: number): Steps<number> {
  for (let step = 0; step < steps; step += 1) {
    const endsAtMs = performance.now() + 2;
    while (performance.now() < endsAtMs);
    yield;
  }
  return steps;
}

test('however much work waits, the loop goes round between two turns', async () => {
  const turns = createTurns();
  let rounds = 0;
  let isDone = false;
  const works = Promise.all([3, 4, 0, 5].map((steps) => turns(slow(steps)))).finally(() => {
    isDone = true;
  });
  while (!isDone) {
    rounds += 1;
    await setImmediate();
  }
  expect(await works).toEqual([3, 4, 0, 5]);
  // One for each step, and one for the end of each.
  expect(rounds).toBeGreaterThanOrEqual(12 + 4);
});

test('work that fails holds up nobody, and of too much some is turned away', async () => {
  const turns = createTurns();
  // biome-ignore lint/correctness/useYield: it never gets so far
  const failing = (function* (): Steps<number> {
    throw new Error('broken');
  })();
  const works = [failing, ...Array.from({ length: 250 }, () => slow(0))].map(turns);
  const [failed, ...others] = await Promise.allSettled(works);
  expect(failed).toMatchObject({ status: 'rejected', reason: { message: 'broken' } });
  expect(others.filter(({ status }) => status === 'fulfilled').length).toBe(199);
  expect(others.find(({ status }) => status === 'rejected')).toMatchObject({ reason: { code: 'unavailable' } });
  expect(await turns(slow(1))).toBe(1);
});
