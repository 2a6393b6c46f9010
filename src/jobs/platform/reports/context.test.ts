import { expect, test } from 'vitest';
import { isFreeSpin, isJackpot, readContext } from './context.ts';

test.each([
  ['{"reason":"JACKPOT"}', true],
  ['{"reason":"Mega-Jackpot-Win"}', true],
  ['{"reason":"SPIN"}', false],
  ['{"reason":{"x":"JACKPOT"}}', false],
  ['JACKPOT', false],
])('%s is a jackpot as the books count one: %s', (context, is) => {
  expect(isJackpot(readContext(context))).toBe(is);
});

test.each([
  ['{"reason":"PROMO-FREESPIN"}', true],
  ['{"reason":"promo-freespin"}', false],
])('%s is a free spin as the books count one: %s', (context, is) => {
  expect(isFreeSpin(readContext(context))).toBe(is);
});
