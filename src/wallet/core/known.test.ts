import { describe, expect, test } from 'vitest';
import { OperationKind, Reason } from '../../gen/wallet/v1/money_pb.ts';
import {
  bet,
  cancel,
  decided,
  NOW_MS,
  operation,
  PLAYER_ID,
  play,
  putAccount,
  putPlayer,
  putTransaction,
  testState,
} from './test-state.ts';

const MOVEMENTS = [
  { name: 'bet', kind: OperationKind.BET },
  { name: 'win', kind: OperationKind.WIN },
  { name: 'refund', kind: OperationKind.REFUND },
  { name: 'deposit', kind: OperationKind.DEPOSIT },
  { name: 'withdrawal', kind: OperationKind.WITHDRAWAL },
  { name: 'correction', kind: OperationKind.CORRECTION },
];

describe.each(MOVEMENTS)('a $name that comes again', ({ kind }) => {
  test('gets the stored answer, with the balance of then, and moves nothing', () => {
    const state = testState();
    const first = play(state, operation(kind));
    play(state, operation(OperationKind.WIN, { transactionId: 'later', amountUnits: 5n }));
    const again = decided(state, operation(kind));
    expect(again.outcome).toEqual({ ...first, replayed: true });
    expect(again.writes).toBeNull();
  });

  test.each([
    ['session', { sessionToken: 'gone' }],
    ['round_finished', { roundFinished: true }],
    ['context', { context: '{}' }],
    ['time', { occurredAtMs: 5n }],
    ['request id', { requestId: 'another' }],
    ['currency left out', { currencyCode: '' }],
  ])('may differ in its %s', (_, changed) => {
    const state = testState();
    const first = play(state, operation(kind));
    expect(decided(state, operation(kind, changed)).outcome).toEqual({ ...first, replayed: true });
  });

  test.each([
    ['user', { userId: 'u2' }],
    ['amount', { amountUnits: 301n }],
    ['currency', { currencyCode: 'USD' }],
    ['round', { roundId: 'r2' }],
    ['game', { gameId: '201' }],
  ])('with another %s is a duplicate, and nothing is stored', (_, changed) => {
    const state = testState();
    putPlayer(state, { playerId: 2n });
    play(state, operation(kind));
    const decision = decided(state, operation(kind, changed));
    expect(decision.outcome).toMatchObject({ reason: Reason.DUPLICATE_TRANSACTION, replayed: false, balanceUnits: 0n });
    expect(decision.writes).toBeNull();
  });

  test('as another kind is a duplicate', () => {
    const state = testState();
    play(state, operation(kind));
    for (const other of MOVEMENTS.filter((each) => each.kind !== kind)) {
      expect(decided(state, operation(other.kind)).outcome.reason).toBe(Reason.DUPLICATE_TRANSACTION);
    }
  });

  test('from a user whom nobody knows is a duplicate: the id is taken for everybody', () => {
    const state = testState();
    play(state, operation(kind));
    expect(decided(state, operation(kind, { userId: 'nobody' })).outcome.reason).toBe(Reason.DUPLICATE_TRANSACTION);
  });

  test('after its cancel is refused, and so it is under a tombstone', () => {
    const state = testState();
    play(state, operation(kind));
    play(state, cancel());
    expect(decided(state, operation(kind)).outcome.reason).toBe(Reason.TRANSACTION_CANCELED);
    play(state, cancel({ transactionId: 't2' }));
    const late = decided(state, operation(kind, { transactionId: 't2' }));
    expect(late.outcome.reason).toBe(Reason.TRANSACTION_CANCELED);
    expect(late.writes).toBeNull();
  });

  test('refused for good is refused again, although nothing stands against it any more', () => {
    const state = testState();
    const refused = play(state, operation(kind, { currencyCode: 'USD' }));
    expect(refused.reason).toBe(Reason.CURRENCY_MISMATCH);
    putPlayer(state, { currencyCode: 'USD' }, state.accounts.get(PLAYER_ID));
    const again = decided(state, operation(kind, { currencyCode: 'USD' }));
    expect(again.outcome).toEqual({ ...refused, replayed: true });
    expect(again.writes).toBeNull();
  });
});

test('a bet refused for lack of funds stays refused when funds are there', () => {
  const state = testState();
  putAccount(state, { balanceUnits: 0n });
  play(state, bet());
  putAccount(state, { balanceUnits: 10_000n });
  expect(decided(state, bet()).outcome).toMatchObject({ reason: Reason.INSUFFICIENT_FUNDS, replayed: true });
  expect(decided(state, bet({ transactionId: 't2' })).outcome.reason).toBe(Reason.UNSPECIFIED);
});

test('the same id at another operator, or of another provider, is another transaction', () => {
  const state = testState();
  putPlayer(state, { playerId: 2n, operatorId: 'another', userId: 'u1' });
  play(state, bet());
  for (const other of [bet({ operatorId: 'another' }), bet({ provider: 'stargame' })]) {
    const decision = decided(state, other);
    expect(decision.outcome).toMatchObject({ reason: Reason.UNSPECIFIED, replayed: false });
    expect(decision.writes).not.toBeNull();
  }
});

test('ids that differ by case, or by a zero in front, are different ids', () => {
  const state = testState();
  play(state, bet({ transactionId: 'a1' }));
  expect(decided(state, bet({ transactionId: 'A1' })).outcome.replayed).toBe(false);
  expect(decided(state, bet({ transactionId: '0a1' })).outcome.replayed).toBe(false);
});

test('a replay answers in the currency that was stored', () => {
  const state = testState();
  putTransaction(state, { kind: 'bet', balanceAfterUnits: 123n, createdAtMs: NOW_MS - 86_400_000 });
  expect(decided(state, bet()).outcome).toMatchObject({ balanceUnits: 123n, currencyCode: 'EUR', replayed: true });
});
