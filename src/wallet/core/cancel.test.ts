import { describe, expect, test } from 'vitest';
import { OperationKind, Reason, TransactionStatus } from '../../gen/wallet/v1/money_pb.ts';
import { roundKey } from './keys.ts';
import { MAX_UNITS } from './ledger.ts';
import { dayOf } from './limits.ts';
import {
  accountOf,
  bet,
  cancel,
  decided,
  NO_COUNTERS,
  NOW_MS,
  OPERATOR,
  operation,
  PLAYER_ID,
  PROVIDER,
  play,
  putAccount,
  putPlayer,
  putTransaction,
  rowOf,
  START_UNITS,
  testState,
  win,
  writesOf,
} from './test-state.ts';

const DAY_MS = 86_400_000;
const CANCELED = { reason: Reason.UNSPECIFIED, transactionStatus: TransactionStatus.CANCELED };

describe('a transaction that moved money', () => {
  test.each([
    { kind: OperationKind.BET, units: 300n, debitAccount: 'games', creditAccount: 'player' },
    { kind: OperationKind.WIN, units: 300n, debitAccount: 'player', creditAccount: 'games' },
    { kind: OperationKind.BET, units: 1n, debitAccount: 'games', creditAccount: 'player' },
    { kind: OperationKind.WIN, units: 1n, debitAccount: 'player', creditAccount: 'games' },
    { kind: OperationKind.REFUND, units: 300n, debitAccount: 'player', creditAccount: 'games' },
    { kind: OperationKind.DEPOSIT, units: 300n, debitAccount: 'player', creditAccount: 'cashier' },
    { kind: OperationKind.WITHDRAWAL, units: 300n, debitAccount: 'cashier', creditAccount: 'player' },
    { kind: OperationKind.CORRECTION, units: 300n, debitAccount: 'player', creditAccount: 'corrections' },
    { kind: OperationKind.CORRECTION, units: -300n, debitAccount: 'corrections', creditAccount: 'player' },
  ])('is undone by a row of its own: kind $kind of $units', ({ kind, units, ...sides }) => {
    const state = testState();
    play(state, operation(kind, { amountUnits: units }));
    const decision = decided(state, cancel());
    expect(decision.outcome).toMatchObject({ ...CANCELED, replayed: false });
    expect(rowOf(decision)).toEqual({
      playerId: PLAYER_ID,
      seq: 2n,
      operatorId: OPERATOR,
      provider: PROVIDER,
      transactionId: 't1',
      isReversal: true,
      kind: 'reversal',
      status: 'ok',
      reason: Reason.UNSPECIFIED,
      amountUnits: units,
      currencyCode: 'EUR',
      balanceAfterUnits: START_UNITS,
      roundId: 'r1',
      gameId: '200',
      context: '',
      requestId: 'req-1',
      occurredAtMs: 1_700_000_000_000n,
      createdAtMs: NOW_MS,
      ...sides,
    });
    expect(accountOf(decision)).toEqual({
      balanceUnits: START_UNITS,
      seq: 2n,
      counters: { ...NO_COUNTERS, day: dayOf(NOW_MS) },
    });
  });

  test('is undone for the reason that the cancel gives, which the row keeps as it is; a repeated cancel changes nothing', () => {
    const state = testState();
    play(state, bet({ context: '{"hall":"1"}' }));
    const decision = decided(state, cancel({ context: '{"finding":"log 7"}' }));
    expect(rowOf(decision).context).toBe('{"finding":"log 7"}');
    play(state, cancel({ context: '{"finding":"log 7"}' }));
    expect(decided(state, cancel({ context: '{"finding":"log 8"}' })).writes).toBeNull();
  });

  test('is undone once: the first answer again, and no movement', () => {
    const state = testState();
    play(state, bet());
    const first = play(state, cancel());
    const again = decided(state, cancel({ requestId: 'another' }));
    expect(again.outcome).toEqual({ ...first, replayed: true });
    expect(again.writes).toBeNull();
  });

  test('a win that was spent leaves a debt', () => {
    const state = testState();
    play(state, win({ transactionId: 'w', amountUnits: 500n }));
    play(state, bet({ transactionId: 'b', amountUnits: 10_500n }));
    expect(play(state, cancel({ transactionId: 'w' }))).toMatchObject(CANCELED);
    expect(state.accounts.get(PLAYER_ID)?.balanceUnits).toBe(-500n);
    expect(play(state, bet({ transactionId: 'b2', amountUnits: 1n })).reason).toBe(Reason.INSUFFICIENT_FUNDS);
    play(state, win({ transactionId: 'w2', amountUnits: 501n }));
    expect(play(state, bet({ transactionId: 'b3', amountUnits: 1n })).reason).toBe(Reason.UNSPECIFIED);
  });

  test('is undone alone, of many in one round', () => {
    const state = testState();
    for (const id of ['a', 'b', 'c']) play(state, bet({ transactionId: id }));
    play(state, cancel({ transactionId: 'b' }));
    expect(state.accounts.get(PLAYER_ID)?.balanceUnits).toBe(START_UNITS - 600n);
  });

  test.each([
    { name: 'too high', kind: 'bet' as const, balanceUnits: MAX_UNITS - 299n },
    { name: 'too low', kind: 'win' as const, balanceUnits: -MAX_UNITS + 299n },
  ])('is not undone where the balance would be $name; that is not stored', ({ kind, balanceUnits }) => {
    const state = testState();
    putTransaction(state, { kind });
    putAccount(state, { balanceUnits });
    const decision = decided(state, cancel());
    expect(decision.outcome.reason).toBe(Reason.BALANCE_OUT_OF_RANGE);
    expect(decision.writes).toBeNull();
    putAccount(state, { balanceUnits: balanceUnits > 0n ? balanceUnits - 1n : balanceUnits + 1n });
    expect(decided(state, cancel()).outcome).toMatchObject(CANCELED);
  });
});

describe('a transaction that moved nothing', () => {
  test('a refused one is canceled without a movement', () => {
    const state = testState();
    play(state, bet({ amountUnits: START_UNITS + 1n }));
    const decision = decided(state, cancel());
    expect(decision.outcome).toMatchObject(CANCELED);
    expect(rowOf(decision)).toMatchObject({
      kind: 'reversal',
      isReversal: true,
      seq: 2n,
      amountUnits: 0n,
      debitAccount: '',
      creditAccount: '',
      balanceAfterUnits: START_UNITS,
    });
    expect(accountOf(decision)).toMatchObject({ balanceUnits: START_UNITS, seq: 2n });
  });

  test('the reversal of what was refused in another currency is in the player’s', () => {
    const state = testState();
    play(state, bet({ currencyCode: 'USD' }));
    expect(rowOf(decided(state, cancel())).currencyCode).toBe('EUR');
  });
});

describe('an id that is not known', () => {
  test('gets a tombstone, and the same answer ever after', () => {
    const state = testState();
    putAccount(state, { seq: 3n });
    const decision = decided(state, cancel({ transactionId: 'late' }));
    expect(decision.outcome).toMatchObject({ reason: Reason.TRANSACTION_NOT_FOUND, replayed: false });
    expect(rowOf(decision)).toMatchObject({
      transactionId: 'late',
      kind: 'tombstone',
      status: 'canceled',
      reason: Reason.TRANSACTION_NOT_FOUND,
      isReversal: false,
      amountUnits: 0n,
      debitAccount: '',
      creditAccount: '',
      balanceAfterUnits: START_UNITS,
      roundId: 'r1',
      gameId: '200',
    });
    expect(accountOf(decision)).toMatchObject({ balanceUnits: START_UNITS, seq: 4n });

    play(state, cancel({ transactionId: 'late' }));
    const again = decided(state, cancel({ transactionId: 'late', roundId: 'other' }));
    expect(again.outcome).toEqual({ ...decision.outcome, replayed: true });
    expect(again.writes).toBeNull();
  });

  test('is refused when it arrives', () => {
    const state = testState();
    play(state, cancel());
    for (const kind of [OperationKind.BET, OperationKind.WIN, OperationKind.REFUND]) {
      expect(play(state, operation(kind)).reason).toBe(Reason.TRANSACTION_CANCELED);
    }
    expect(state.accounts.get(PLAYER_ID)?.balanceUnits).toBe(START_UNITS);
  });
});

describe('refusals', () => {
  test('an unknown player comes before everything else, and leaves no tombstone', () => {
    const decision = decided(testState(), cancel({ userId: 'nobody' }));
    expect(decision.outcome.reason).toBe(Reason.PLAYER_NOT_FOUND);
    expect(decision.writes).toBeNull();
  });

  test('a player without an account is not found', () => {
    const state = testState();
    state.accounts.clear();
    expect(decided(state, cancel()).outcome.reason).toBe(Reason.PLAYER_NOT_FOUND);
  });

  test.each([
    ['player', { userId: 'u2' }],
    ['round', { roundId: 'r2' }],
    ['game', { gameId: '201' }],
  ])('a transaction of another %s is not found, and nothing changes', (_, changed) => {
    const state = testState();
    putPlayer(state, { playerId: 2n });
    play(state, bet());
    const decision = decided(state, cancel(changed));
    expect(decision.outcome).toMatchObject({ reason: Reason.TRANSACTION_NOT_FOUND, replayed: false });
    expect(decision.writes).toBeNull();
    expect(decided(state, bet()).outcome).toMatchObject({ reason: Reason.UNSPECIFIED, replayed: true });
  });

  test('that it is canceled already comes before a round or game that differ', () => {
    const state = testState();
    play(state, bet());
    play(state, cancel());
    expect(decided(state, cancel({ roundId: 'r2', gameId: '201' })).outcome).toMatchObject({
      ...CANCELED,
      replayed: true,
    });
  });

  test('a blocked player and stopped play do not hold it up', () => {
    const state = testState();
    play(state, bet());
    state.stops.add('all ');
    putPlayer(state, { blocked: true }, state.accounts.get(PLAYER_ID));
    expect(decided(state, cancel()).outcome).toMatchObject(CANCELED);
  });
});

describe('the round', () => {
  const key = roundKey(PLAYER_ID, PROVIDER, 'r1');

  test.each([
    { before: null, says: true, after: { finished: true, closed: false } },
    { before: null, says: false, after: null },
    { before: null, says: undefined, after: null },
    { before: { finished: true, closed: false }, says: false, after: { finished: false, closed: false } },
    { before: { finished: true, closed: false }, says: true, after: null },
    { before: { finished: true, closed: true }, says: false, after: { finished: false, closed: true } },
    { before: { finished: false, closed: true }, says: true, after: { finished: true, closed: true } },
  ])('$before becomes $after where the cancel says $says', ({ before, says, after }) => {
    const state = testState();
    play(state, bet());
    if (before !== null) state.rounds.set(key, before);
    const { round } = writesOf(decided(state, cancel({ ...(says !== undefined && { roundFinished: says }) })));
    expect(round).toEqual(
      after === null ? undefined : { playerId: PLAYER_ID, provider: PROVIDER, roundId: 'r1', ...after },
    );
  });

  test('is left alone where there is none, and by a tombstone', () => {
    const state = testState();
    play(state, bet({ roundId: '' }));
    expect(writesOf(decided(state, cancel({ roundId: '', roundFinished: true }))).round).toBeUndefined();
    expect(writesOf(decided(state, cancel({ transactionId: 'x', roundFinished: true }))).round).toBeUndefined();
  });
});

describe('what the limits count', () => {
  test('a canceled bet takes its stake and loss back from the day it was made, not from today', () => {
    const state = testState();
    const monday = NOW_MS - 2 * DAY_MS;
    play(state, bet({ transactionId: 'monday' }), monday);
    play(state, bet({ transactionId: 'today', amountUnits: 50n }));
    play(state, cancel({ transactionId: 'monday' }));
    expect(state.accounts.get(PLAYER_ID)?.counters).toEqual({
      day: dayOf(NOW_MS),
      stakeDayUnits: 50n,
      stakeWeekUnits: 50n,
      stakeMonthUnits: 50n,
      lossDayUnits: 50n,
      lossWeekUnits: 50n,
      lossMonthUnits: 50n,
    });
  });

  test('a canceled win is a loss again, and a canceled deposit is nothing', () => {
    const state = testState();
    play(state, win());
    play(state, cancel());
    play(state, operation(OperationKind.DEPOSIT, { transactionId: 'd' }));
    play(state, cancel({ transactionId: 'd' }));
    expect(state.accounts.get(PLAYER_ID)?.counters).toEqual({ ...NO_COUNTERS, day: dayOf(NOW_MS) });
  });
});
