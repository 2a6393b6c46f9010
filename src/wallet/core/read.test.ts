import { describe, expect, test } from 'vitest';
import { OperationKind, Reason, TransactionStatus } from '../../gen/wallet/v1/money_pb.ts';
import { gameKey, stopKey } from './keys.ts';
import { statusOf } from './read.ts';
import { reasonName } from './reasons.ts';
import type { State } from './state.ts';
import {
  BLOCKED,
  type Cause,
  cause,
  GAME_OFF,
  NO_PLAYER,
  NO_SESSION,
  OTHER_CURRENCY,
  pairsOf,
  STOPPED,
} from './test-precedence.ts';
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
  putAccount,
  putPlayer,
  START_UNITS,
  testState,
} from './test-state.ts';

const SESSION = {
  playerId: PLAYER_ID,
  gameId: '200',
  expiresAtMs: NOW_MS + 1,
  closed: false,
  idleTimeoutMs: 0,
  usedAtMs: 0,
};

function withSession(session: Partial<typeof SESSION> = {}): State {
  const state = testState();
  state.sessions.set('token', { ...SESSION, ...session });
  return state;
}

const BAD_SESSIONS: { name: string; session: Partial<typeof SESSION> }[] = [
  { name: 'expired now', session: { expiresAtMs: NOW_MS } },
  { name: 'closed', session: { closed: true } },
];

describe('balance', () => {
  const balance = (more = {}) =>
    operation(OperationKind.BALANCE, { transactionId: '', sessionToken: 'token', ...more });

  test('is what the account holds, negative ones too', () => {
    const state = withSession();
    expect(decided(state, balance())).toEqual({
      outcome: expect.objectContaining({ reason: Reason.UNSPECIFIED, balanceUnits: START_UNITS, currencyCode: 'EUR' }),
      writes: null,
    });
    putAccount(state, { balanceUnits: -5n });
    expect(decided(state, balance()).outcome.balanceUnits).toBe(-5n);
  });

  test.each(pairsOf([NO_PLAYER, NO_SESSION, BLOCKED, OTHER_CURRENCY]))('$name', ({ first, second }) => {
    const state = withSession();
    const op = balance();
    cause(state, op, [first, second]);
    expect(reasonName(decided(state, op).outcome.reason)).toBe(reasonName(first.reason));
  });

  test.each([NO_PLAYER, NO_SESSION, BLOCKED, OTHER_CURRENCY].map((each) => [reasonName(each.reason), each] as const))(
    '%s alone',
    (_, one) => {
      const state = withSession();
      const op = balance();
      cause(state, op, [one]);
      expect(decided(state, op).outcome).toMatchObject({ reason: one.reason, balanceUnits: 0n });
    },
  );

  test.each([...BAD_SESSIONS, { name: 'of another player', session: { playerId: 2n } }])(
    'is not told to a session that is $name',
    ({ session }) => {
      expect(decided(withSession(session), balance()).outcome.reason).toBe(Reason.SESSION_INVALID);
    },
  );

  test('works on disabled games and in stopped play', () => {
    const state = withSession();
    const op = balance();
    cause(state, op, [GAME_OFF, STOPPED]);
    expect(decided(state, op).outcome.reason).toBe(Reason.UNSPECIFIED);
  });

  test('of a player without an account is not told', () => {
    const state = withSession();
    state.accounts.clear();
    expect(decided(state, balance()).outcome.reason).toBe(Reason.PLAYER_NOT_FOUND);
  });

  test('without a token, which is what services ask, is told of blocked players too', () => {
    const state = testState();
    putPlayer(state, { blocked: true });
    const op = operation(OperationKind.BALANCE, { currencyCode: '' });
    expect(decided(state, op).outcome).toMatchObject({ reason: Reason.UNSPECIFIED, balanceUnits: START_UNITS });
  });
});

describe('authenticate', () => {
  const authenticate = (more = {}) =>
    operation(OperationKind.AUTHENTICATE, {
      userId: '',
      transactionId: '',
      gameId: '',
      roundId: '',
      currencyCode: '',
      sessionToken: 'token',
      ...more,
    });

  test('says who the token belongs to', () => {
    const decision = decided(withSession(), authenticate());
    expect(decision.writes).toBeNull();
    expect(decision.outcome).toMatchObject({
      reason: Reason.UNSPECIFIED,
      balanceUnits: START_UNITS,
      currencyCode: 'EUR',
      identity: { userId: 'u1', userName: 'john_doe', displayName: 'John Doe', country: 'Germany', group: 'vip' },
    });
  });

  test.each(BAD_SESSIONS)('refuses a session that is $name', ({ session }) => {
    const { outcome } = decided(withSession(session), authenticate());
    expect(outcome.reason).toBe(Reason.SESSION_INVALID);
    expect(outcome.identity).toBeUndefined();
  });

  test.each([
    ['unknown', { sessionToken: 'another' }],
    ['empty', { sessionToken: '' }],
    ['of a player of another operator', { operatorId: 'another' }],
  ])('refuses a token that is %s', (_, changed) => {
    const { outcome } = decided(withSession(), authenticate(changed));
    expect(outcome.reason).toBe(Reason.SESSION_INVALID);
    expect(outcome.identity).toBeUndefined();
  });

  test('refuses where no token is present, and where the player has no account', () => {
    const { sessionToken: _, ...none } = authenticate();
    expect(decided(withSession(), none).outcome.reason).toBe(Reason.SESSION_INVALID);
    const state = withSession();
    state.accounts.clear();
    expect(decided(state, authenticate()).outcome.reason).toBe(Reason.SESSION_INVALID);
  });

  const EXPIRED: Cause = {
    reason: Reason.SESSION_INVALID,
    prepare: (state) => void state.sessions.set('token', { ...SESSION, expiresAtMs: NOW_MS }),
  };

  test.each(pairsOf([EXPIRED, BLOCKED, STOPPED]))('$name', ({ first, second }) => {
    const state = withSession();
    const op = authenticate();
    cause(state, op, [first, second]);
    expect(reasonName(decided(state, op).outcome.reason)).toBe(reasonName(first.reason));
  });

  test.each([
    { scope: 'all', id: '', stops: true },
    { scope: 'operator', id: OPERATOR, stops: true },
    { scope: 'operator', id: 'another', stops: false },
    { scope: 'game', id: gameKey(PROVIDER, '200'), stops: true },
    { scope: 'game', id: gameKey(PROVIDER, '201'), stops: false },
    { scope: 'vendor', id: 'Evolution', stops: true },
    { scope: 'vendor', id: 'another', stops: false },
  ])('is subject to a stop of $scope "$id", by the game of the session', ({ scope, id, stops }) => {
    const state = withSession();
    state.games.set(gameKey(PROVIDER, '200'), { enabled: true, vendor: 'Evolution', pinned: false });
    state.stops.add(stopKey(scope, id));
    const expected = stops ? Reason.PLAY_STOPPED : Reason.UNSPECIFIED;
    expect(decided(state, authenticate()).outcome.reason).toBe(expected);
  });

  test('a disabled game and an empty account do not matter', () => {
    const state = withSession();
    const op = authenticate();
    cause(state, op, [GAME_OFF]);
    putAccount(state, { balanceUnits: 0n });
    expect(decided(state, op).outcome).toMatchObject({ reason: Reason.UNSPECIFIED, balanceUnits: 0n });
  });
});

describe('status', () => {
  const status = (more = {}) => operation(OperationKind.STATUS, { amountUnits: 0n, currencyCode: '', ...more });

  test.each([
    { name: 'done', plays: [bet()], status: TransactionStatus.OK },
    { name: 'refused', plays: [bet({ amountUnits: 99_999n })], status: TransactionStatus.ERROR },
    { name: 'canceled', plays: [bet(), cancel()], status: TransactionStatus.CANCELED },
    {
      name: 'refused and canceled',
      plays: [bet({ currencyCode: 'USD' }), cancel()],
      status: TransactionStatus.CANCELED,
    },
    { name: 'a tombstone', plays: [cancel()], status: TransactionStatus.CANCELED },
  ])('of a transaction that is $name', ({ plays, status: expected }) => {
    const state = testState();
    for (const op of plays) play(state, op);
    const decision = decided(state, status());
    expect(decision.outcome).toMatchObject({ reason: Reason.UNSPECIFIED, transactionStatus: expected });
    expect(decision.writes).toBeNull();
  });

  test('asks for no session, round or game', () => {
    const state = testState();
    play(state, bet());
    const op = status({ sessionToken: 'unknown', roundId: 'r9', gameId: '9' });
    expect(decided(state, op).outcome.transactionStatus).toBe(TransactionStatus.OK);
  });

  test('an unknown player comes before an unknown transaction', () => {
    expect(decided(testState(), status({ userId: 'nobody' })).outcome.reason).toBe(Reason.PLAYER_NOT_FOUND);
    expect(decided(testState(), status()).outcome.reason).toBe(Reason.TRANSACTION_NOT_FOUND);
  });

  test('another player’s transaction is not found', () => {
    const state = testState();
    putPlayer(state, { playerId: 2n });
    play(state, bet());
    expect(decided(state, status({ userId: 'u2' })).outcome.reason).toBe(Reason.TRANSACTION_NOT_FOUND);
  });

  test('a reversal makes it canceled, whatever it was', () => {
    for (const stored of ['ok', 'error', 'canceled'] as const) {
      expect(statusOf({ status: stored, reversed: true })).toBe(TransactionStatus.CANCELED);
    }
  });
});
