import { expect, test } from 'vitest';
import { createCached, createCachedByKey } from './cached.ts';

function counted() {
  const clock = { nowMs: 0 };
  const source = { loads: 0, isAway: false };
  const load = async (): Promise<number> => {
    source.loads += 1;
    if (source.isAway) throw new Error('away');
    return source.loads;
  };
  return { clock, source, load, now: () => clock.nowMs };
}

test('whoever asks at the same time shares one question, and its answer stays for a while', async () => {
  const { clock, source, load, now } = counted();
  const get = createCached({ load, freshMs: 1_000, now });
  expect(await Promise.all([get(), get(), get()])).toEqual([1, 1, 1]);
  clock.nowMs = 999;
  expect(await get()).toBe(1);
  clock.nowMs = 1_000;
  expect(await get()).toBe(2);
  expect(source.loads).toBe(2);
});

test('while it fails the last answer serves on, and it is asked for only now and then', async () => {
  const { clock, source, load, now } = counted();
  const get = createCached({ load, freshMs: 1_000, now });
  await get();
  source.isAway = true;
  clock.nowMs = 1_000;
  expect([await get(), await get(), await get()]).toEqual([1, 1, 1]);
  expect(source.loads).toBe(2);
  source.isAway = false;
  clock.nowMs = 4_000;
  expect(await get()).toBe(3);
});

test('without any answer the failure is told, without asking each time', async () => {
  const { source, load, now } = counted();
  source.isAway = true;
  const get = createCached({ load, freshMs: 1_000, now });
  for (let count = 0; count < 5; count += 1) await expect(get()).rejects.toThrow('away');
  expect(source.loads).toBe(1);
});

test('of many keys, the one that was asked for longest ago is forgotten', async () => {
  const loads: string[] = [];
  const load = async (key: string): Promise<string> => {
    loads.push(key);
    return key;
  };
  const get = createCachedByKey({ load, freshMs: 1_000, max: 2, now: () => 0 });
  for (const key of ['a', 'b', 'a', 'c', 'a', 'b']) expect(await get(key)).toBe(key);
  expect(loads).toEqual(['a', 'b', 'c', 'b']);
});

test('while the new answer is long in coming, the last one serves, and what comes late is taken', async () => {
  let nowMs = 0;
  const lasts: (string | null)[] = [];
  const answers = [Promise.resolve('old'), new Promise<string>((resolve) => setTimeout(resolve, 1_200, 'new'))];
  const load = (last: string | null): Promise<string> => {
    lasts.push(last);
    return answers[lasts.length - 1] ?? Promise.reject(new Error('asked again'));
  };
  const get = createCached({ load, freshMs: 1_000, now: () => nowMs });
  await get();
  nowMs = 1_000;
  expect(await Promise.all([get(), get()])).toEqual(['old', 'old']);
  expect(lasts).toEqual([null, 'old']);
  await answers[1];
  expect(await get()).toBe('new');
});
