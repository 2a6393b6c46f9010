import { describe, expect, test } from 'vitest';
import { Reason } from '../../gen/wallet/v1/money_pb.ts';
import { currencyOf, inRange, MAX_UNITS, move, refuseForGood, unmovedRow } from './ledger.ts';
import { dayOf } from './limits.ts';
import type { Account, Player } from './state.ts';
import { accountOf, bet, NO_COUNTERS, NOW_MS, PLAYER_ID, rowOf, testState, writesOf } from './test-state.ts';

const state = testState();
const player = state.playersById.get(PLAYER_ID) as Player;
const account = state.accounts.get(PLAYER_ID) as Account;

describe('range', () => {
  test('is what DECIMAL(18,2) holds, both ways', () => {
    expect(MAX_UNITS).toBe(BigInt('9999999999999999.99'.replace('.', '')));
    expect(inRange(MAX_UNITS)).toBe(true);
    expect(inRange(MAX_UNITS + 1n)).toBe(false);
    expect(inRange(-MAX_UNITS)).toBe(true);
    expect(inRange(-MAX_UNITS - 1n)).toBe(false);
    expect(inRange(0n)).toBe(true);
  });

  test('a full account and its movements stay within a BIGINT', () => {
    expect(2n * MAX_UNITS).toBeLessThan(2n ** 63n);
  });
});

describe('currency', () => {
  test('of the operation, and where it names none, of the player', () => {
    expect(currencyOf(bet({ currencyCode: 'USD' }), player)).toBe('USD');
    expect(currencyOf(bet({ currencyCode: '' }), player)).toBe('EUR');
  });
});

describe('a movement', () => {
  test.each([
    { takes: true, units: 300n, debitAccount: 'player', creditAccount: 'games', balance: 9_700n },
    { takes: true, units: 0n, debitAccount: 'player', creditAccount: 'games', balance: 10_000n },
    { takes: false, units: 300n, debitAccount: 'games', creditAccount: 'player', balance: 10_300n },
    { takes: false, units: 0n, debitAccount: 'games', creditAccount: 'player', balance: 10_000n },
  ])('of $units that takes: $takes, has its two sides', ({ takes, units, balance, ...sides }) => {
    const movement = { kind: 'bet', takes, units, house: 'games', stakeUnits: 4n, lossUnits: 5n } as const;
    const decision = move(bet(), player, account, movement, NOW_MS);
    expect(rowOf(decision)).toMatchObject({ ...sides, balanceAfterUnits: balance, status: 'ok' });
    expect(accountOf(decision)).toEqual({
      balanceUnits: balance,
      seq: account.seq + 1n,
      counters: {
        day: dayOf(NOW_MS),
        stakeDayUnits: 4n,
        stakeWeekUnits: 4n,
        stakeMonthUnits: 4n,
        lossDayUnits: 5n,
        lossWeekUnits: 5n,
        lossMonthUnits: 5n,
      },
    });
    expect(decision.outcome.balanceUnits).toBe(balance);
  });

  test('leaves the account that it was given as it was', () => {
    const before = structuredClone(account);
    const movement = { kind: 'bet', takes: true, units: 1n, house: 'games', stakeUnits: 1n, lossUnits: 1n } as const;
    move(bet(), player, account, movement, NOW_MS);
    expect(account).toEqual(before);
  });
});

describe('a refusal for good', () => {
  test('takes a seq and nothing else: a day that is over stays counted until money moves', () => {
    const counted = { ...account, counters: { ...NO_COUNTERS, day: dayOf(NOW_MS) - 40, stakeMonthUnits: 7n } };
    const decision = refuseForGood(bet(), player, counted, 'bet', Reason.GAME_DISABLED, NOW_MS);
    expect(decision.outcome).toMatchObject({ reason: Reason.GAME_DISABLED, balanceUnits: 0n, currencyCode: '' });
    expect(writesOf(decision)).toEqual({
      row: unmovedRow(bet(), player, counted, 'bet', 'error', Reason.GAME_DISABLED, NOW_MS),
      account: { ...counted, seq: 1n },
    });
  });
});
