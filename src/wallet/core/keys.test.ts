import fc from 'fast-check';
import { expect, test } from 'vitest';
import { gameKey, roundKey, stopKey, transactionKey, userKey } from './keys.ts';

/** As lanes/validate.ts lets them in: only a user id may hold a space, and never at its ends. */
const operatorId = fc.stringMatching(/^[\w.-]{1,4}$/);
const provider = fc.stringMatching(/^[a-z0-9_-]{1,3}$/);
const id = fc.stringMatching(/^[!-~]{1,4}$/);
const userId = fc.stringMatching(/^[!-~][ -~]{0,3}[!-~]$/);
const playerId = fc.bigInt({ min: 0n, max: 20n });

test('keys of different things differ', () => {
  const differ = <T extends unknown[]>(parts: fc.Arbitrary<T>, key: (...parts: T) => string): void => {
    fc.assert(
      fc.property(parts, parts, (a, b) => {
        expect(key(...a) === key(...b)).toBe(a.every((part, index) => part === b[index]));
      }),
    );
  };
  differ(fc.tuple(operatorId, userId), userKey);
  differ(fc.tuple(operatorId, provider, id), transactionKey);
  differ(fc.tuple(playerId, provider, id), roundKey);
  differ(fc.tuple(provider, id), gameKey);
  differ(fc.tuple(fc.constantFrom('all', 'operator', 'vendor', 'game'), userId), stopKey);
});

test('parts do not run into each other', () => {
  expect(transactionKey('a', 'b-c', 'd')).not.toBe(transactionKey('a', 'b', '-cd'));
  expect(userKey('a', 'b c')).not.toBe(userKey('a', 'bc'));
  expect(gameKey('a', 'b:c')).not.toBe(gameKey('a:b', 'c:'));
});
