import { expect, test } from 'vitest';
import { Reason } from '../../gen/wallet/v1/money_pb.ts';
import { reasonName, reasonOf } from './reasons.ts';

const ALL = Object.values(Reason);

test('each reason has a name of its own that fits its column, and the name gives it back', () => {
  const names = ALL.map(reasonName);
  expect(new Set(names).size).toBe(ALL.length);
  expect(names.map(reasonOf)).toEqual(ALL);
  for (const name of names) expect(name).toMatch(/^[a-z_]{0,32}$/);
});

test('an ok row has no reason', () => {
  expect(reasonName(Reason.UNSPECIFIED)).toBe('');
  expect(reasonOf('')).toBe(Reason.UNSPECIFIED);
});

test('what the ledger holds already keeps its meaning', () => {
  expect(reasonOf('insufficient_funds')).toBe(Reason.INSUFFICIENT_FUNDS);
  expect(reasonOf('transaction_not_found')).toBe(Reason.TRANSACTION_NOT_FOUND);
  expect(reasonOf('player_blocked')).toBe(Reason.PLAYER_BLOCKED);
});

test('a name that this version does not know is a fault, and not taken for another', () => {
  expect(() => reasonOf('of_a_newer_version')).toThrow('of_a_newer_version');
  expect(() => reasonOf('INSUFFICIENT_FUNDS')).toThrow();
});
