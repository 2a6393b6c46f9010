import { expect, test } from 'vitest';
import { createKeyedLock } from './keyed-lock.ts';

test('one after the other for a key, also after a failure; other keys do not wait', async () => {
  const lock = createKeyedLock();
  const done: string[] = [];
  const first = Promise.withResolvers<void>();
  const failing = lock('a', async () => {
    await first.promise;
    done.push('a1');
    throw new Error('no');
  });
  const second = lock('a', async () => void done.push('a2'));
  await lock('b', async () => void done.push('b'));
  expect(done).toEqual(['b']);
  first.resolve();
  await expect(failing).rejects.toThrow('no');
  await second;
  expect(done).toEqual(['b', 'a1', 'a2']);
  expect(await lock('a', async () => 'value')).toBe('value');
});
