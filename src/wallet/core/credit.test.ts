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
  GAME_OFF,
  NO_FUNDS,
  NO_PLAYER,
  NO_SESSION,
  OTHER_CURRENCY,
  OVER_LIMIT,
  pairsOf,
  ROUND_OVER,
  STOPPED,
} from './test-precedence.ts';
import {
  accountOf,
  bet,
  decided,
  NO_COUNTERS,
  NOW_MS,
  operation,
  PLAYER_ID,
  PROVIDER,
  play,
  putAccount,
  rowOf,
  testState,
  writesOf,
} from './test-state.ts';

const OUT_OF_RANGE: Cause = {
  reason: Reason.BALANCE_OUT_OF_RANGE,
  prepare: (state) => putAccount(state, { balanceUnits: MAX_UNITS }),
};

const CREDITS = [
  { kind: 'win', of: OperationKind.WIN, house: 'games' },
  { kind: 'refund', of: OperationKind.REFUND, house: 'games' },
  { kind: 'deposit', of: OperationKind.DEPOSIT, house: 'cashier' },
] as const;

describe.each(CREDITS)('a $kind', ({ kind, of, house }) => {
  test('credits the player from the house', () => {
    const decision = decided(testState(), operation(of));
    expect(decision.outcome).toMatchObject({ reason: Reason.UNSPECIFIED, balanceUnits: 10_300n, currencyCode: 'EUR' });
    expect(rowOf(decision)).toMatchObject({
      kind,
      status: 'ok',
      reason: Reason.UNSPECIFIED,
      seq: 1n,
      isReversal: false,
      amountUnits: 300n,
      debitAccount: house,
      creditAccount: 'player',
      balanceAfterUnits: 10_300n,
      createdAtMs: NOW_MS,
    });
    expect(accountOf(decision)).toMatchObject({ balanceUnits: 10_300n, seq: 1n });
  });

  test('of nothing is a transaction like any other', () => {
    const decision = decided(testState(), operation(of, { amountUnits: 0n }));
    expect(decision.outcome).toMatchObject({ reason: Reason.UNSPECIFIED, balanceUnits: 10_000n });
    expect(rowOf(decision)).toMatchObject({ kind, status: 'ok', amountUnits: 0n });
  });

  test.each(
    [BLOCKED, STOPPED, GAME_OFF, ROUND_OVER, OVER_LIMIT, NO_FUNDS, NO_SESSION].map(
      (each) => [reasonName(each.reason), each] as const,
    ),
  )('is credited although a bet would get %s', (_, one) => {
    const state = testState();
    const credit = operation(of);
    cause(state, credit, [one]);
    expect(decided(state, credit).outcome.reason).toBe(Reason.UNSPECIFIED);
  });

  test('may be larger than the balance, and lifts a negative one', () => {
    const state = testState();
    putAccount(state, { balanceUnits: -5_000n });
    expect(decided(state, operation(of, { amountUnits: 20_000n })).outcome.balanceUnits).toBe(15_000n);
  });

  test('may fill the account to the last unit, and not pass it; that is not stored', () => {
    const state = testState();
    putAccount(state, { balanceUnits: MAX_UNITS - 300n });
    expect(decided(state, operation(of)).outcome).toMatchObject({
      reason: Reason.UNSPECIFIED,
      balanceUnits: MAX_UNITS,
    });
    const over = decided(state, operation(of, { amountUnits: 301n }));
    expect(over.outcome.reason).toBe(Reason.BALANCE_OUT_OF_RANGE);
    expect(over.writes).toBeNull();
  });

  test('of a player without an account is refused', () => {
    const state = testState();
    state.accounts.clear();
    expect(decided(state, operation(of)).outcome.reason).toBe(Reason.PLAYER_NOT_FOUND);
  });

  test('in another currency is refused, and the refusal stored', () => {
    const decision = decided(testState(), operation(of, { currencyCode: 'USD' }));
    expect(decision.outcome.reason).toBe(Reason.CURRENCY_MISMATCH);
    expect(rowOf(decision)).toMatchObject({
      kind,
      status: 'error',
      reason: Reason.CURRENCY_MISMATCH,
      amountUnits: 300n,
      currencyCode: 'USD',
      debitAccount: '',
      creditAccount: '',
      balanceAfterUnits: 10_000n,
    });
    expect(accountOf(decision)).toMatchObject({ balanceUnits: 10_000n, seq: 1n });
  });

  test.each(pairsOf([CANCELED, DUPLICATE, NO_PLAYER, OTHER_CURRENCY, OUT_OF_RANGE]))('$name', ({ first, second }) => {
    const state = testState();
    const credit = operation(of);
    cause(state, credit, [first, second]);
    expect(reasonName(decided(state, credit).outcome.reason)).toBe(reasonName(first.reason));
  });
});

describe('what the limits count', () => {
  test('a win and a refund take back losses, and no stake', () => {
    for (const kind of [OperationKind.WIN, OperationKind.REFUND]) {
      const { counters } = accountOf(decided(testState(), operation(kind)));
      expect(counters).toEqual({
        ...NO_COUNTERS,
        day: dayOf(NOW_MS),
        lossDayUnits: -300n,
        lossWeekUnits: -300n,
        lossMonthUnits: -300n,
      });
    }
  });

  test('a deposit is neither', () => {
    const { counters } = accountOf(decided(testState(), operation(OperationKind.DEPOSIT)));
    expect(counters).toEqual({ ...NO_COUNTERS, day: dayOf(NOW_MS) });
  });
});

test('a win needs no bet: a prize comes alone, on a game and in a round that nobody has seen', () => {
  const prize = operation(OperationKind.WIN, { gameId: '403', roundId: '' });
  expect(decided(testState(), prize).outcome).toMatchObject({ reason: Reason.UNSPECIFIED, balanceUnits: 10_300n });
});

test('a win marks its round as finished, and a closed round stays closed', () => {
  const state = testState();
  state.rounds.set(`${PLAYER_ID} ${PROVIDER} r1`, { finished: true, closed: true });
  const last = operation(OperationKind.WIN, { roundFinished: true });
  expect(writesOf(decided(state, last)).round).toMatchObject({ finished: true });
  play(state, last);
  expect(decided(state, bet({ transactionId: 't2' })).outcome.reason).toBe(Reason.ROUND_CLOSED);
});
