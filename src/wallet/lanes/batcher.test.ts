import { describe, expect, test, vi } from 'vitest';
import { type Batcher, type BatcherOptions, createBatcher } from './batcher.ts';
import type { Request } from './request.ts';
import { request } from './test-request.ts';

/** A batcher whose batches end when the test says so. */
function held(options: BatcherOptions): {
  batcher: Batcher;
  batches: Request[][];
  /** Ends the batch that runs; `busy` is what it gives back. */
  settleNext: (busy?: Request[]) => Promise<void>;
} {
  const batches: Request[][] = [];
  const waiting: ((busy: Request[]) => void)[] = [];
  const batcher = createBatcher((batch) => {
    batches.push(batch);
    return new Promise((resolve) => waiting.push(resolve));
  }, options);
  const settleNext = async (busy: Request[] = []): Promise<void> => {
    waiting.shift()?.(busy);
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
      return [];
    }, LIMITS);
    for (let n = 0; n < 20; n += 1) {
      batcher.push(request());
      if (n % 3 === 0) await turn();
    }
    await batcher.close();
    expect(most).toBe(1);
  });
});

describe('what a batch gives back', () => {
  test('comes first in the next one, in its order, with who came meanwhile behind it', async () => {
    const { batcher, batches, settleNext } = held(LIMITS);
    const [first, second, third, fourth, fifth] = requests(5) as [Request, Request, Request, Request, Request];
    for (const each of [first, second, third]) batcher.push(each);
    await turn();
    batcher.push(fourth);
    batcher.push(fifth);
    await settleNext([first, third]);
    expect(batches).toEqual([
      [first, second, third],
      [first, third, fourth],
    ]);
    expect(batcher.queued()).toBe(1);
    await settleNext();
    expect(batches.at(2)).toEqual([fifth]);
  });

  test('all of it: is tried again, with who came meanwhile, until it is done', async () => {
    const { batcher, batches, settleNext } = held(LIMITS);
    const [first, second] = requests(2) as [Request, Request];
    batcher.push(first);
    await turn();
    await settleNext([first]);
    batcher.push(second);
    await vi.waitUntil(() => batches.length === 2);
    expect(batches.at(1)).toEqual([first, second]);
    await settleNext([first, second]);
    await vi.waitUntil(() => batches.length === 3);
    expect(batches.at(2)).toEqual([first, second]);
    await settleNext();
    await batcher.close();
    expect(batches).toHaveLength(3);
  });

  test('is settled before a close ends', async () => {
    const { batcher, batches, settleNext } = held(LIMITS);
    const [first] = requests(1) as [Request];
    batcher.push(first);
    await turn();
    const closing = batcher.close();
    await settleNext([first]);
    await vi.waitUntil(() => batches.length === 2);
    await settleNext();
    await closing;
    expect(batches).toEqual([[first], [first]]);
  });
});

describe('large contexts', () => {
  const BATCH_CHARACTERS = 1_000_000;
  const large = (characters: number): Request => request({ context: 'x'.repeat(characters) });
  const lengths = (batches: Request[][]): number[] => batches.map(({ length }) => length);

  test.each([
    { name: 'just fit', characters: [BATCH_CHARACTERS / 2, BATCH_CHARACTERS / 2, 0], batch: 3 },
    { name: 'are one character too many', characters: [BATCH_CHARACTERS / 2, BATCH_CHARACTERS / 2, 1], batch: 2 },
    { name: 'fill a batch by the first of them', characters: [BATCH_CHARACTERS + 1, 0], batch: 1 },
  ])('that $name: a batch of $batch', async ({ characters, batch }) => {
    const { batcher, batches, settleNext } = held(LIMITS);
    const sent = characters.map(large);
    for (const each of sent) batcher.push(each);
    await turn();
    expect(lengths(batches)).toEqual([batch]);
    await settleNext();
    expect(batches.flat()).toEqual(sent);
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

describe('behind a batch that is slow', () => {
  test('what becomes late is refused at once; the others keep their turn, before whoever comes then', async () => {
    const [first, late, patient, next] = requests(4) as [Request, Request, Request, Request];
    const refused: Request[] = [];
    const { batcher, batches, settleNext } = held({
      ...LIMITS,
      refusedAsLate: (each) => {
        if (each !== late) return false;
        refused.push(each);
        return batcher.push(next);
      },
    });
    batcher.push(first);
    await turn();
    batcher.push(late);
    batcher.push(patient);
    await vi.waitFor(() => expect(refused).toEqual([late]));
    expect(batcher.queued()).toBe(2);
    await settleNext();
    expect(batches).toEqual([[first], [patient, next]]);
    await settleNext();
    await batcher.close();
  });
});
