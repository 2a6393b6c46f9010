import fc from 'fast-check';
import { expect, test } from 'vitest';
import { historyIdIn } from './hand-histories.ts';

test('the history id of a transaction is a string of its context, or there is none', () => {
  expect(historyIdIn('{"reason":"GAME-PLAY","history_id":"350-a1Basdf"}')).toBe('350-a1Basdf');
  for (const context of ['', 'null', '[]', '"x"', '{', '{}', '{"history_id":""}', '{"history_id":350}']) {
    expect(historyIdIn(context)).toBe(null);
  }
  expect(historyIdIn(JSON.stringify({ history_id: 'x'.repeat(256) }))).toBe(null);
});

test('no context is too odd', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.json()), (context) => {
      const found = historyIdIn(context);
      expect(found === null || found.length > 0).toBe(true);
    }),
  );
});
