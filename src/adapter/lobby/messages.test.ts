import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readGameMessage } from './public/messages.ts';

test.each([
  [{ msg: 'closeGame' }, { type: 'close' }],
  [{ type: 'closeGame' }, { type: 'close' }],
  [{ msg: 'balanceChange', amount: 100 }, { type: 'balance' }],
  [{ type: 'balanceChanged' }, { type: 'balance' }],
  [
    { msg: 'panic', url: 'https://example.com/news' },
    { type: 'panic', url: 'https://example.com/news' },
  ],
  [
    { msg: 'panic', url: 'javascript:alert(1)' },
    { type: 'panic', url: null },
  ],
  [
    { msg: 'panic', url: ' JaVaScRiPt:alert(1)' },
    { type: 'panic', url: null },
  ],
  [
    { msg: 'panic', url: '/elsewhere' },
    { type: 'panic', url: null },
  ],
  [
    { msg: 'panic', url: ['https://example.com'] },
    { type: 'panic', url: null },
  ],
  [{ msg: 'panic' }, { type: 'panic', url: null }],
])('%j is understood', (data, expected) => {
  expect(readGameMessage(data)).toEqual(expected);
});

test('anything else is nothing, and never throws', () => {
  fc.assert(
    fc.property(fc.anything(), (data) => {
      expect(readGameMessage(data)).toBeNull();
    }),
  );
});
