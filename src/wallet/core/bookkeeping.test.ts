import { expect, test } from 'vitest';
import { OperationKind, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { roundKey } from './keys.ts';
import type { State } from './state.ts';
import { bet, cancel, decided, OPERATOR, operation, PLAYER_ID, PROVIDER, play, testState, win } from './test-state.ts';

const JOB = {
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
};

function closedRound(): State {
  const state = testState();
  play(state, bet());
  play(state, operation(OperationKind.FINISH_ROUND));
  return state;
}

test.each([
  ['a win', win({ transactionId: 't2' })],
  ['a refund', operation(OperationKind.REFUND, { transactionId: 't2' })],
  ['a cancel', cancel()],
])('%s in a closed round owes its totals anew', (_, late) => {
  const { outcome, writes } = decided(closedRound(), late);
  expect(outcome.reason).toBe(Reason.UNSPECIFIED);
  expect(writes?.outbox).toEqual(JOB);
});

test.each([
  ['a credit that comes again', [win({ transactionId: 't2' }), win({ transactionId: 't2' })]],
  ['a cancel that comes again', [cancel(), cancel()]],
  ['a bet, which is refused', [bet({ transactionId: 't2' })]],
  ['a credit of another currency, which is refused', [win({ transactionId: 't2', currencyCode: 'USD' })]],
  ['a tombstone', [cancel({ transactionId: 't2' })]],
])('%s owes nothing: its totals stay', (_, operations) => {
  const state = closedRound();
  for (const each of operations.slice(0, -1)) play(state, each);
  const last = operations.at(-1);
  expect(last && (decided(state, last).writes?.outbox ?? null)).toBeNull();
});

test.each([
  ['a bet', bet({ roundFinished: true })],
  ['a win', win({ roundFinished: true })],
])('%s that its provider calls the last of its round owes the totals', (_, last) => {
  expect(decided(testState(), last).writes?.outbox).toEqual(JOB);
});

test.each([
  ['a bet', bet({ transactionId: 't2' })],
  ['a win', win({ transactionId: 't2' })],
  ['a cancel', cancel()],
])('%s in a round that is finished and not closed owes the totals anew', (_, late) => {
  const state = testState();
  play(state, bet({ roundFinished: true }));
  expect(decided(state, late).writes?.outbox).toEqual(JOB);
});

test('what is in an open round or in none owes nothing', () => {
  const state = testState();
  state.rounds.set(roundKey(PLAYER_ID, PROVIDER, ''), { finished: true, closed: true });
  expect(decided(state, win()).writes?.outbox).toBeUndefined();
  expect(decided(state, bet()).writes?.outbox).toBeUndefined();
  expect(decided(state, win({ roundId: '' })).writes?.outbox).toBeUndefined();
  expect(decided(state, win({ roundId: '', roundFinished: true })).writes?.outbox).toBeUndefined();
});
