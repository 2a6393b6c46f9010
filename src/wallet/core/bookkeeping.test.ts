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

test('a round that is only finished owes nothing yet, and neither does what is in no round', () => {
  const state = testState();
  state.rounds.set(roundKey(PLAYER_ID, PROVIDER, 'r1'), { finished: true, closed: false });
  state.rounds.set(roundKey(PLAYER_ID, PROVIDER, ''), { finished: true, closed: true });
  expect(decided(state, win()).writes?.outbox).toBeUndefined();
  expect(decided(state, win({ roundId: '' })).writes?.outbox).toBeUndefined();
  expect(decided(state, bet()).writes?.outbox).toBeUndefined();
});
