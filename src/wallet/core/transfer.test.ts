import { describe, expect, test } from 'vitest';
import { OperationKind, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { MAX_UNITS } from './ledger.ts';
import { dayOf } from './limits.ts';
import { reasonName } from './reasons.ts';
import {
  BLOCKED,
  CANCELED,
  type Cause,
  cause,
  DUPLICATE,
  NO_FUNDS,
  NO_PLAYER,
  OTHER_CURRENCY,
  OVER_LIMIT,
  pairsOf,
  STOPPED,
} from './test-precedence.ts';
import { accountOf, decided, NO_COUNTERS, NOW_MS, operation, putAccount, rowOf, testState } from './test-state.ts';

test.each([OperationKind.WITHDRAWAL, OperationKind.CORRECTION])('kind %s of a player without an account', (kind) => {
  const state = testState();
  state.accounts.clear();
  expect(decided(state, operation(kind)).outcome.reason).toBe(Reason.PLAYER_NOT_FOUND);
});

const UNMOVED = { ...NO_COUNTERS, day: dayOf(NOW_MS) };

describe('a withdrawal', () => {
  const withdrawal = (amountUnits = 300n) => operation(OperationKind.WITHDRAWAL, { amountUnits });

  test('debits the player to the cashier, and no limit counts it', () => {
    const decision = decided(testState(), withdrawal());
    expect(decision.outcome).toMatchObject({ reason: Reason.UNSPECIFIED, balanceUnits: 9_700n });
    expect(rowOf(decision)).toMatchObject({
      kind: 'withdrawal',
      status: 'ok',
      amountUnits: 300n,
      debitAccount: 'player',
      creditAccount: 'cashier',
      balanceAfterUnits: 9_700n,
    });
    expect(accountOf(decision)).toEqual({ balanceUnits: 9_700n, seq: 1n, counters: UNMOVED });
  });

  test.each([BLOCKED, STOPPED, OVER_LIMIT].map((each) => [reasonName(each.reason), each] as const))(
    'is the player’s own money, although a bet would get %s',
    (_, one) => {
      const state = testState();
      const op = withdrawal();
      cause(state, op, [one]);
      expect(decided(state, op).outcome.reason).toBe(Reason.UNSPECIFIED);
    },
  );

  test('may take all that is there; more is refused, and the refusal stored', () => {
    const all = decided(testState(), withdrawal(10_000n));
    expect(all.outcome).toMatchObject({ reason: Reason.UNSPECIFIED, balanceUnits: 0n });
    const decision = decided(testState(), withdrawal(10_001n));
    expect(decision.outcome.reason).toBe(Reason.INSUFFICIENT_FUNDS);
    expect(rowOf(decision)).toMatchObject({
      kind: 'withdrawal',
      status: 'error',
      reason: Reason.INSUFFICIENT_FUNDS,
      debitAccount: '',
      creditAccount: '',
      balanceAfterUnits: 10_000n,
    });
  });

  test.each(pairsOf([CANCELED, DUPLICATE, NO_PLAYER, OTHER_CURRENCY, NO_FUNDS]))('$name', ({ first, second }) => {
    const state = testState();
    const op = withdrawal();
    cause(state, op, [first, second]);
    expect(reasonName(decided(state, op).outcome.reason)).toBe(reasonName(first.reason));
  });

  test('in another currency is stored as refused', () => {
    const op = operation(OperationKind.WITHDRAWAL, { currencyCode: 'USD' });
    expect(rowOf(decided(testState(), op))).toMatchObject({ kind: 'withdrawal', status: 'error', currencyCode: 'USD' });
  });
});

describe('a correction', () => {
  const correction = (amountUnits: bigint) => operation(OperationKind.CORRECTION, { amountUnits });

  test.each([
    { units: 300n, after: 10_300n, debitAccount: 'corrections', creditAccount: 'player' },
    { units: -300n, after: 9_700n, debitAccount: 'player', creditAccount: 'corrections' },
    { units: -10_001n, after: -1n, debitAccount: 'player', creditAccount: 'corrections' },
  ])('of $units leaves $after', ({ units, after, ...sides }) => {
    const decision = decided(testState(), correction(units));
    expect(decision.outcome).toMatchObject({ reason: Reason.UNSPECIFIED, balanceUnits: after });
    expect(rowOf(decision)).toMatchObject({
      kind: 'correction',
      amountUnits: units,
      balanceAfterUnits: after,
      ...sides,
    });
    expect(accountOf(decision).counters).toEqual(UNMOVED);
  });

  test.each([
    { units: MAX_UNITS - 10_000n, reason: Reason.UNSPECIFIED },
    { units: MAX_UNITS - 9_999n, reason: Reason.BALANCE_OUT_OF_RANGE },
  ])('upwards stays in range: $units', ({ units, reason }) => {
    expect(decided(testState(), correction(units)).outcome.reason).toBe(reason);
  });

  test.each([
    { balanceUnits: -1n, reason: Reason.BALANCE_OUT_OF_RANGE },
    { balanceUnits: 0n, reason: Reason.UNSPECIFIED },
  ])('downwards stays in range, from $balanceUnits', ({ balanceUnits, reason }) => {
    const state = testState();
    putAccount(state, { balanceUnits });
    const decision = decided(state, correction(-MAX_UNITS));
    expect(decision.outcome.reason).toBe(reason);
    expect(decision.writes === null).toBe(reason !== Reason.UNSPECIFIED);
  });

  const OUT_OF_RANGE: Cause = {
    reason: Reason.BALANCE_OUT_OF_RANGE,
    prepare: (state) => putAccount(state, { balanceUnits: MAX_UNITS }),
  };

  test.each(pairsOf([CANCELED, DUPLICATE, NO_PLAYER, OTHER_CURRENCY, OUT_OF_RANGE]))('$name', ({ first, second }) => {
    const state = testState();
    const op = correction(300n);
    cause(state, op, [first, second]);
    expect(reasonName(decided(state, op).outcome.reason)).toBe(reasonName(first.reason));
  });

  test('in another currency is stored as refused', () => {
    const op = operation(OperationKind.CORRECTION, { currencyCode: 'USD' });
    expect(rowOf(decided(testState(), op))).toMatchObject({ kind: 'correction', status: 'error', currencyCode: 'USD' });
  });
});
