import { describe, expect, test } from 'vitest';
import { OperationKind, Reason, TransactionStatus } from '../../gen/wallet/v1/money_pb.ts';
import { apply, decide } from './decide.ts';
import { roundKey, transactionKey } from './keys.ts';
import {
  bet,
  cancel,
  decided,
  NOW_MS,
  OPERATOR,
  operation,
  PLAYER_ID,
  PROVIDER,
  play,
  putPlayer,
  testState,
  win,
  writesOf,
} from './test-state.ts';

describe('each kind', () => {
  test.each([
    [OperationKind.BET, 'bet'],
    [OperationKind.WIN, 'win'],
    [OperationKind.REFUND, 'refund'],
    [OperationKind.DEPOSIT, 'deposit'],
    [OperationKind.WITHDRAWAL, 'withdrawal'],
    [OperationKind.CORRECTION, 'correction'],
    [OperationKind.CANCEL, 'tombstone'],
  ])('%s writes a row of kind %s', (kind, written) => {
    expect(decided(testState(), operation(kind)).writes?.row?.kind).toBe(written);
  });

  test.each([OperationKind.BALANCE, OperationKind.STATUS, OperationKind.AUTHENTICATE])('%s writes nothing', (kind) => {
    expect(decided(testState(), operation(kind)).writes).toBeNull();
  });

  test('one that nobody knows is refused', () => {
    const decision = decided(testState(), operation(OperationKind.UNSPECIFIED));
    expect(decision.outcome.reason).toBe(Reason.INVALID_ARGUMENT);
    expect(decision.writes).toBeNull();
  });

  test('answers under the id of its request', () => {
    for (const kind of Object.values(OperationKind)) {
      expect(decide(testState(), operation(kind, { id: 4_294_967_295 }), NOW_MS).outcome.id).toBe(4_294_967_295);
    }
  });
});

describe('apply', () => {
  test('makes a movement known, moves the account and has its round played', () => {
    const state = testState();
    const decision = decided(state, bet());
    apply(state, writesOf(decision));
    expect(state.accounts.get(PLAYER_ID)).toEqual(writesOf(decision).account);
    expect(state.transactions.get(transactionKey(OPERATOR, PROVIDER, 't1'))).toMatchObject({
      playerId: PLAYER_ID,
      kind: 'bet',
      status: 'ok',
      amountUnits: 300n,
      roundId: 'r1',
      gameId: '200',
      balanceAfterUnits: 9_700n,
      createdAtMs: NOW_MS,
      reversed: false,
    });
    expect(state.playedRounds.has(roundKey(PLAYER_ID, PROVIDER, 'r1'))).toBe(true);
  });

  test('of a reversal marks what it undoes, and keeps what is known of it', () => {
    const state = testState();
    play(state, bet());
    play(state, cancel());
    expect(state.transactions.get(transactionKey(OPERATOR, PROVIDER, 't1'))).toMatchObject({
      kind: 'bet',
      amountUnits: 300n,
      reversed: true,
    });
  });

  test('a closed round stays closed, whatever is said of it later', () => {
    const state = testState();
    const key = roundKey(PLAYER_ID, PROVIDER, 'r1');
    play(state, bet());
    play(state, operation(OperationKind.FINISH_ROUND));
    play(state, win({ transactionId: 't2', roundFinished: true }));
    expect(state.rounds.get(key)).toEqual({ finished: true, closed: true });
    play(state, cancel({ transactionId: 't2', roundFinished: false }));
    expect(state.rounds.get(key)).toEqual({ finished: false, closed: true });
  });

  test('two players of one batch do not touch each other', () => {
    const state = testState();
    putPlayer(state, { playerId: 2n });
    const second = state.accounts.get(2n);
    play(state, bet());
    expect(state.accounts.get(2n)).toEqual(second);
  });
});

describe('one batch', () => {
  test('decides each request on what those before it did', () => {
    const state = testState();
    expect(play(state, bet({ transactionId: 'a', amountUnits: 6_000n })).reason).toBe(Reason.UNSPECIFIED);
    expect(play(state, bet({ transactionId: 'b', amountUnits: 6_000n })).reason).toBe(Reason.INSUFFICIENT_FUNDS);
    expect(play(state, win({ transactionId: 'c', amountUnits: 3_000n }))).toMatchObject({ balanceUnits: 7_000n });
    expect(play(state, bet({ transactionId: 'd', amountUnits: 6_000n }))).toMatchObject({ balanceUnits: 1_000n });
    expect(play(state, bet({ transactionId: 'a', amountUnits: 6_000n }))).toMatchObject({
      replayed: true,
      balanceUnits: 4_000n,
    });
    expect(play(state, operation(OperationKind.STATUS, { transactionId: 'b' })).transactionStatus).toBe(
      TransactionStatus.ERROR,
    );
    expect(state.accounts.get(PLAYER_ID)?.seq).toBe(4n);
  });
});
