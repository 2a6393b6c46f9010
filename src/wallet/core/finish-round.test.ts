import { describe, expect, test } from 'vitest';
import { OperationKind, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { roundKey } from './keys.ts';
import {
  bet,
  cancel,
  decided,
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

const finishRound = (more = {}) =>
  operation(OperationKind.FINISH_ROUND, { transactionId: '', amountUnits: 0n, currencyCode: '', context: '', ...more });

describe('a round that was played', () => {
  test('is finished and closed, and owes one bookkeeping job that says whose and which', () => {
    const state = testState();
    play(state, bet());
    const decision = decided(state, finishRound());
    expect(decision.outcome).toMatchObject({ id: 7, reason: Reason.UNSPECIFIED, replayed: false });
    expect(writesOf(decision)).toEqual({
      round: { playerId: PLAYER_ID, provider: PROVIDER, roundId: 'r1', finished: true, closed: true },
      outbox: {
        playerId: PLAYER_ID,
        topic: 'round-close',
        payload: {
          operatorId: OPERATOR,
          userId: 'u1',
          playerId: '1',
          provider: PROVIDER,
          roundId: 'r1',
          gameId: '200',
          requestId: 'req-1',
        },
      },
    });
  });

  test('closed again gets the same answer and owes nothing more', () => {
    const state = testState();
    play(state, bet());
    const first = play(state, finishRound());
    const again = decided(state, finishRound());
    expect(again.outcome).toEqual({ ...first, replayed: true });
    expect(again.writes).toBeNull();
  });

  test('is closed although it was only called finished before', () => {
    const state = testState();
    play(state, bet({ roundFinished: true }));
    expect(writesOf(decided(state, finishRound())).outbox).toBeDefined();
  });

  test('takes no bet afterwards, and every credit, cancel and replay', () => {
    const state = testState();
    const first = play(state, bet());
    play(state, finishRound());
    expect(play(state, bet({ transactionId: 't2' })).reason).toBe(Reason.ROUND_CLOSED);
    expect(play(state, bet())).toEqual({ ...first, replayed: true });
    expect(play(state, win({ transactionId: 't3' })).reason).toBe(Reason.UNSPECIFIED);
    expect(play(state, cancel()).reason).toBe(Reason.UNSPECIFIED);
  });

  test.each([
    ['a refused bet', bet({ amountUnits: 99_999n })],
    ['a prize', win()],
    ['a tombstone', cancel()],
  ])('is one that the ledger holds anything of, even %s', (_, only) => {
    const state = testState();
    play(state, only);
    expect(decided(state, finishRound()).outcome.reason).toBe(Reason.UNSPECIFIED);
  });
});

describe('refusals', () => {
  test('PLAYER_NOT_FOUND before ROUND_NOT_FOUND', () => {
    expect(decided(testState(), finishRound({ userId: 'nobody' })).outcome.reason).toBe(Reason.PLAYER_NOT_FOUND);
  });

  test.each([
    ['round', { roundId: 'r2' }],
    ['player', { userId: 'u2' }],
    ['provider', { provider: 'stargame' }],
  ])('a round of another %s is not found, and nothing is written', (_, changed) => {
    const state = testState();
    putPlayer(state, { playerId: 2n });
    play(state, bet());
    const decision = decided(state, finishRound(changed));
    expect(decision.outcome.reason).toBe(Reason.ROUND_NOT_FOUND);
    expect(decision.writes).toBeNull();
  });

  test('a row about the round is no play: what only a row of its own names is not found', () => {
    const state = testState();
    state.rounds.set(roundKey(PLAYER_ID, PROVIDER, 'r1'), { finished: true, closed: false });
    expect(decided(state, finishRound()).outcome.reason).toBe(Reason.ROUND_NOT_FOUND);
  });

  test('a blocked player, stopped play and a disabled game do not hold it up', () => {
    const state = testState();
    play(state, bet());
    state.stops.add('all ');
    state.games.set('platform:200', { enabled: false, vendor: '', pinned: false });
    putPlayer(state, { blocked: true }, state.accounts.get(PLAYER_ID));
    expect(decided(state, finishRound()).outcome.reason).toBe(Reason.UNSPECIFIED);
  });
});
