import { describe, expect, test } from 'vitest';
import { type Batcher, createBatcher } from './batcher.ts';
import type { Request } from './request.ts';
import { request } from './test-request.ts';

/** A batcher whose batches end when the test says so. */
function held(limits: { batchMax: number; queueMax: number }): {
  batcher: Batcher;
  batches: Request[][];
  settleNext: () => Promise<void>;
} {
  const batches: Request[][] = [];
  const waiting: (() => void)[] = [];
  const batcher = createBatcher((batch) => {
    batches.push(batch);
    return new Promise((resolve) => waiting.push(resolve));
  }, limits);
  const settleNext = async (): Promise<void> => {
    waiting.shift()?.();
    await turn();
  };
  return { batcher, batches, settleNext };
}

/** Until everything that can go on has gone on. */
const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const LIMITS = { batchMax: 3, queueMax: 5 };
const requests = (count: number): Request[] => Array.from({ length: count }, (_, id) => request({ id }));

describe('gathering', () => {
  test('what comes in one turn is one batch, in order of arrival', async () => {
    const { batcher, batches } = held(LIMITS);
    const sent = requests(3);
    for (const each of sent) expect(batcher.push(each)).toBe(true);
    await turn();
    expect(batches).toEqual([sent]);
  });

  test('what comes during a batch is the next one', async () => {
    const { batcher, batches, settleNext } = held(LIMITS);
    const [first, second, third] = requests(3) as [Request, Request, Request];
    batcher.push(first);
    await turn();
    batcher.push(second);
    batcher.push(third);
    await turn();
    expect(batches).toEqual([[first]]);
    expect(batcher.queued()).toBe(2);
    await settleNext();
    expect(batches).toEqual([[first], [second, third]]);
    expect(batcher.queued()).toBe(0);
  });

  test('a batch is bounded; the rest waits for the next ones', async () => {
    const { batcher, batches, settleNext } = held({ batchMax: 2, queueMax: 10 });
    const sent = requests(5);
    for (const each of sent) batcher.push(each);
    await turn();
    await settleNext();
    await settleNext();
    expect(batches).toEqual([sent.slice(0, 2), sent.slice(2, 4), sent.slice(4)]);
  });

  test('starts again after it stood still', async () => {
    const { batcher, batches, settleNext } = held(LIMITS);
    batcher.push(request({ id: 1 }));
    await turn();
    await settleNext();
    batcher.push(request({ id: 2 }));
    await turn();
    expect(batches.map((batch) => batch.map(({ operation }) => operation.id))).toEqual([[1], [2]]);
  });

  test('never runs two batches at once', async () => {
    let running = 0;
    let most = 0;
    const batcher = createBatcher(async () => {
      running += 1;
      most = Math.max(most, running);
      await turn();
      running -= 1;
    }, LIMITS);
    for (let n = 0; n < 20; n += 1) {
      batcher.push(request());
      if (n % 3 === 0) await turn();
    }
    await batcher.close();
    expect(most).toBe(1);
  });
});

describe('a full queue', () => {
  test('takes no more, and does again when there is room', async () => {
    const { batcher, settleNext } = held({ batchMax: 1, queueMax: 2 });
    batcher.push(request());
    await turn();
    expect([batcher.push(request()), batcher.push(request()), batcher.push(request())]).toEqual([true, true, false]);
    await settleNext();
    expect(batcher.push(request())).toBe(true);
  });
});

describe('close', () => {
  test('takes nothing more, and ends when everything taken is settled', async () => {
    const { batcher, batches, settleNext } = held({ batchMax: 1, queueMax: 5 });
    for (const each of requests(2)) batcher.push(each);
    let closed = false;
    const closing = batcher.close().then(() => {
      closed = true;
    });
    expect(batcher.push(request())).toBe(false);
    await turn();
    await settleNext();
    expect([batches.length, closed]).toEqual([2, false]);
    await settleNext();
    await closing;
    expect(closed).toBe(true);
  });

  test('of one that never ran ends at once', async () => {
    const { batcher } = held(LIMITS);
    await batcher.close();
    expect(batcher.push(request())).toBe(false);
  });
});
