import { describe, expect, test } from 'vitest';
import { Reason } from '../../gen/wallet/v1/money_pb.ts';
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
  cancel,
  decided,
  NO_LIMITS,
  NOW_MS,
  PLAYER_ID,
  play,
  putAccount,
  putPlayer,
  putTransaction,
  START_UNITS,
  testState,
  win,
  writesOf,
} from './test-state.ts';

/** A stake of 3.00 with a win of 5.00. */
const both = (more = {}) => bet({ winUnits: 500n, ...more });
const WIN_ID = 't1+win';

const OUT_OF_RANGE: Cause = {
  reason: Reason.BALANCE_OUT_OF_RANGE,
  change: (operation) => {
    operation.winUnits = MAX_UNITS;
  },
};
const WIN_CANCELED: Cause = {
  reason: Reason.TRANSACTION_CANCELED,
  prepare: (state) => putTransaction(state, { kind: 'tombstone', status: 'canceled' }, WIN_ID),
};
const WIN_TAKEN: Cause = {
  reason: Reason.DUPLICATE_TRANSACTION,
  prepare: (state) => putTransaction(state, { kind: 'win', amountUnits: 500n }, WIN_ID),
};

describe('a bet with a win', () => {
  test('is two rows, the bet first, and the balance after the win', () => {
    const decision = decided(testState(), both());
    expect(decision.outcome).toMatchObject({ id: 7, reason: Reason.UNSPECIFIED, balanceUnits: START_UNITS + 200n });
    const { row, winRow } = writesOf(decision);
    expect(row).toMatchObject({
      transactionId: 't1',
      seq: 1n,
      kind: 'bet',
      status: 'ok',
      amountUnits: 300n,
      debitAccount: 'player',
      creditAccount: 'games',
      balanceAfterUnits: START_UNITS - 300n,
    });
    expect(winRow).toEqual({
      ...row,
      transactionId: WIN_ID,
      seq: 2n,
      kind: 'win',
      amountUnits: 500n,
      debitAccount: 'games',
      creditAccount: 'player',
      balanceAfterUnits: START_UNITS + 200n,
    });
  });

  test('counts the stake whole, and the win against the loss', () => {
    expect(accountOf(decided(testState(), both()))).toEqual({
      balanceUnits: START_UNITS + 200n,
      seq: 2n,
      counters: {
        day: dayOf(NOW_MS),
        stakeDayUnits: 300n,
        stakeWeekUnits: 300n,
        stakeMonthUnits: 300n,
        lossDayUnits: -200n,
        lossWeekUnits: -200n,
        lossMonthUnits: -200n,
      },
    });
  });

  test('must be affordable before the win, and within the limits without it', () => {
    const poor = testState();
    putAccount(poor, { balanceUnits: 299n });
    expect(decided(poor, both()).outcome.reason).toBe(Reason.INSUFFICIENT_FUNDS);
    const limited = testState();
    putPlayer(limited, { limits: { ...NO_LIMITS, lossDayUnits: 299n } });
    expect(decided(limited, both()).outcome.reason).toBe(Reason.LIMIT_REACHED);
  });

  test('that is refused for good writes nothing of the win', () => {
    const state = testState();
    putAccount(state, { balanceUnits: 0n });
    const { row, winRow, account } = writesOf(decided(state, both()));
    expect(row).toMatchObject({ transactionId: 't1', status: 'error', amountUnits: 300n });
    expect(winRow).toBeUndefined();
    expect(account).toMatchObject({ balanceUnits: 0n, seq: 1n });
  });

  test('marks its round as finished once', () => {
    expect(writesOf(decided(testState(), both({ roundFinished: true }))).round).toMatchObject({ finished: true });
  });

  test.each([
    { winUnits: MAX_UNITS - START_UNITS + 300n, reason: Reason.UNSPECIFIED },
    { winUnits: MAX_UNITS - START_UNITS + 301n, reason: Reason.BALANCE_OUT_OF_RANGE },
  ])('stays in range, or is refused whole and not stored: $winUnits', ({ winUnits, reason }) => {
    const decision = decided(testState(), both({ winUnits }));
    expect(decision.outcome.reason).toBe(reason);
    expect(decision.writes === null).toBe(reason !== Reason.UNSPECIFIED);
  });
});

describe('what comes again', () => {
  test('gets the balance after the win again, also when the balance is another by now', () => {
    const state = testState();
    const first = play(state, both());
    play(state, win({ transactionId: 'later' }));
    const again = decided(state, both({ context: '{}', currencyCode: '' }));
    expect(again).toEqual({ outcome: { ...first, replayed: true }, writes: null });
  });

  test('is refused as it was', () => {
    const state = testState();
    putAccount(state, { balanceUnits: 0n });
    const first = play(state, both());
    putAccount(state, { balanceUnits: 1_000n });
    expect(decided(state, both())).toEqual({ outcome: { ...first, replayed: true }, writes: null });
  });

  test.each([
    ['another win', both({ winUnits: 501n })],
    ['another stake', both({ amountUnits: 301n })],
    ['another round', both({ roundId: 'r2' })],
  ])('with %s is a duplicate', (_, other) => {
    const state = testState();
    play(state, both());
    const decision = decided(state, other);
    expect(decision.outcome).toMatchObject({ reason: Reason.DUPLICATE_TRANSACTION, replayed: false });
    expect(decision.writes).toBeNull();
  });

  test('with a win, where the bet had none, is a duplicate', () => {
    const state = testState();
    play(state, bet());
    expect(decided(state, both()).outcome.reason).toBe(Reason.DUPLICATE_TRANSACTION);
  });

  test('as the win alone is that win again', () => {
    const state = testState();
    play(state, both());
    const again = decided(state, win({ transactionId: WIN_ID, amountUnits: 500n }));
    expect(again.outcome).toMatchObject({
      reason: Reason.UNSPECIFIED,
      replayed: true,
      balanceUnits: START_UNITS + 200n,
    });
  });
});

describe('a cancel', () => {
  test('of the bet and of the win leaves nothing: no money, no stake, no loss', () => {
    const state = testState();
    play(state, both());
    expect(play(state, cancel()).reason).toBe(Reason.UNSPECIFIED);
    expect(play(state, cancel({ transactionId: WIN_ID })).reason).toBe(Reason.UNSPECIFIED);
    expect(state.accounts.get(PLAYER_ID)).toMatchObject({
      balanceUnits: START_UNITS,
      seq: 4n,
      counters: { stakeDayUnits: 0n, lossDayUnits: 0n },
    });
  });

  test.each([
    ['the bet', ['t1']],
    ['the win', [WIN_ID]],
    ['both', ['t1', WIN_ID]],
  ])('of %s refuses what comes again, and what comes after it', (_, ids) => {
    const after = testState();
    play(after, both());
    const before = testState();
    for (const transactionId of ids) {
      play(after, cancel({ transactionId }));
      play(before, cancel({ transactionId }));
    }
    for (const state of [after, before]) {
      const decision = decided(state, both());
      expect(decision.outcome.reason).toBe(Reason.TRANSACTION_CANCELED);
      expect(decision.writes).toBeNull();
    }
  });
});

describe('precedence', () => {
  const all = [CANCELED, DUPLICATE, NO_PLAYER, NO_SESSION, BLOCKED, STOPPED, OTHER_CURRENCY, GAME_OFF, ROUND_OVER];
  test.each(pairsOf([...all, OVER_LIMIT, NO_FUNDS, OUT_OF_RANGE]))('$name', ({ first, second }) => {
    const state = testState();
    const operation = both();
    cause(state, operation, [first, second]);
    expect(reasonName(decided(state, operation).outcome.reason)).toBe(reasonName(first.reason));
  });

  test.each([
    ['canceled', WIN_CANCELED],
    ['another transaction’s', WIN_TAKEN],
  ])('a win’s id that is %s comes before all that is asked of the player', (_, first) => {
    for (const second of [NO_PLAYER, NO_SESSION, BLOCKED, NO_FUNDS]) {
      const state = testState();
      const operation = both();
      cause(state, operation, [first, second]);
      const decision = decided(state, operation);
      expect(decision.outcome.reason).toBe(first.reason);
      expect(decision.writes).toBeNull();
    }
  });
});
