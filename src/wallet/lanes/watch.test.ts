import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { Request } from './request.ts';
import { request } from './test-request.ts';
import { lockPatienceMs, watchBatch } from './watch.ts';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const until = (...deadlines: number[]): Request[] =>
  deadlines.map((deadlineAtMs, id) => ({ ...request({ id }), deadlineAtMs }));

/** Watches from now on; `seen` is what happened when. */
function watched(
  batch: Request[],
  patienceMs = Number.POSITIVE_INFINITY,
  marginMs = 0,
): { seen: string[]; end: () => void } {
  const startedAtMs = Date.now();
  const clock = (): number => Date.now() - startedAtMs;
  const seen: string[] = [];
  const end = watchBatch(batch, {
    clock,
    lockPatienceMs: patienceMs,
    marginMs,
    onLate: (late) => {
      late.answered = true;
      seen.push(`${clock()}: ${late.operation.id} is late`);
    },
    onOver: () => void seen.push(`${clock()}: over`),
  });
  return { seen, end };
}

test('each is late at its own deadline, and the batch is over when nobody waits for it', () => {
  const { seen } = watched(until(38, 2_000, 38, 40));
  vi.advanceTimersByTime(3_000);
  expect(seen).toEqual(['38: 0 is late', '38: 2 is late', '40: 3 is late', '2000: 1 is late', '2000: over']);
  expect(vi.getTimerCount()).toBe(0);
});

test('locks are waited for until patience is over, once, and deadlines go on', () => {
  const { seen } = watched(until(38, 2_000), 19);
  vi.advanceTimersByTime(100);
  expect(seen).toEqual(['19: over', '38: 0 is late']);
});

test('what is answered already is nobody’s concern', () => {
  const batch = until(38, 50);
  const { seen } = watched(batch);
  for (const each of batch.slice(0, 1)) each.answered = true;
  vi.advanceTimersByTime(100);
  expect(seen).toEqual(['50: 1 is late', '50: over']);
});

test('what still has to be written is late before its deadline; what may have been written already is not', () => {
  const [certain, uncertain] = until(38, 38) as [Request, Request];
  uncertain.uncertain = true;
  const { seen } = watched([certain, uncertain], Number.POSITIVE_INFINITY, 3);
  vi.advanceTimersByTime(100);
  expect(seen).toEqual(['35: 0 is late', '38: 1 is late', '38: over']);
});

test('nothing happens after its end', () => {
  const { seen, end } = watched(until(38), 19);
  end();
  vi.advanceTimersByTime(100);
  expect(seen).toEqual([]);
});

test.each([
  ['half of what the most hurried one has', until(38, 2_000), 19],
  ['no longer than neighbours can be kept', until(2_000, 3_000), 50],
  ['no shorter than an ordinary batch may take', until(4, 2_000), 10],
])('the wait for a lock lasts %s', (_, batch, expected) => {
  expect(lockPatienceMs(batch, 0)).toBe(expected);
});
