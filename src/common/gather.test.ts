import { status } from '@grpc/grpc-js';
import { describe, expect, test } from 'vitest';
import { createGather } from './gather.ts';

describe('calls that are gathered', () => {
  const soon = (): number => Date.now() + 10_000;

  test('share a run with those that came during the one before, in order and within bounds', async () => {
    const runs: number[][] = [];
    const gather = createGather<number, { is: number }>(
      async (items) => {
        runs.push([...items]);
        await new Promise(setImmediate);
        return items.map((is) => ({ is }));
      },
      { batchMax: 3, queueMax: 100 },
    );
    const answers = await Promise.all([1, 2, 3, 4, 5].map((item) => gather(item, soon())));
    expect(answers).toEqual([1, 2, 3, 4, 5].map((is) => ({ is })));
    expect(runs).toEqual([[1], [2, 3, 4], [5]]);
    expect(await gather(6, soon())).toEqual({ is: 6 });
  });

  test('share a run with those that come while it lingers', async () => {
    const runs: number[][] = [];
    const run = async (items: readonly number[]) => {
      runs.push([...items]);
      return items.map((is) => ({ is }));
    };
    const gather = createGather<number, { is: number }>(run, { batchMax: 10, queueMax: 100, lingerMs: 50 });
    const first = gather(1, soon());
    await new Promise(setImmediate);
    expect(runs).toEqual([]);
    await Promise.all([first, gather(2, soon())]);
    expect(runs).toEqual([[1, 2]]);
  });

  test('fail one by one, or all where their run does; and the next run goes on', async () => {
    const gather = createGather<string, { is: string }>(
      async (items) => {
        await new Promise(setImmediate);
        if (items.includes('lost')) throw new Error('lost');
        return items.map((is) => (is === 'bad' ? new Error('bad') : { is }));
      },
      { batchMax: 2, queueMax: 100 },
    );
    const asked = ['first', 'bad', 'good', 'lost', 'with it', 'last'].map((item) => gather(item, soon()));
    const answers = (await Promise.allSettled(asked)).map((answer) =>
      answer.status === 'fulfilled' ? answer.value.is : String(answer.reason),
    );
    expect(answers).toEqual(['first', 'Error: bad', 'good', 'Error: lost', 'Error: lost', 'last']);
  });

  test('are refused where too many wait, and left out where nobody waits for them any more', async () => {
    const runs: number[][] = [];
    let open = (): void => {};
    const opened = new Promise<void>((resolve) => {
      open = resolve;
    });
    const gather = createGather<number, { is: number }>(
      async (items) => {
        runs.push([...items]);
        await opened;
        return items.map((is) => ({ is }));
      },
      { batchMax: 10, queueMax: 2 },
    );
    const first = gather(1, soon());
    const late = gather(2, Date.now() - 1);
    const third = gather(3, soon());
    await expect(gather(4, soon())).rejects.toMatchObject({ code: status.RESOURCE_EXHAUSTED });
    open();
    await expect(late).rejects.toMatchObject({ code: status.DEADLINE_EXCEEDED });
    expect([await first, await third]).toEqual([{ is: 1 }, { is: 3 }]);
    expect(runs).toEqual([[1], [3]]);
  });
});
