import { describe, expect, test } from 'vitest';
import { Reason } from '../../gen/wallet/v1/money_pb.ts';
import { gameKey, roundKey, stopKey } from './keys.ts';
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
  NOW_MS,
  OPERATOR,
  PLAYER_ID,
  PROVIDER,
  play,
  putAccount,
  putPlayer,
  rowOf,
  START_UNITS,
  testState,
  writesOf,
} from './test-state.ts';

/** Precedence of Bet in money.proto. */
const NOT_STORED: Cause[] = [CANCELED, DUPLICATE, NO_PLAYER, NO_SESSION];
const STORED: Cause[] = [BLOCKED, STOPPED, OTHER_CURRENCY, GAME_OFF, ROUND_OVER, OVER_LIMIT, NO_FUNDS];

describe('a bet that may be made', () => {
  test('debits the player to the games, and the row says all of it', () => {
    const decision = decided(testState(), bet());
    expect(decision.outcome).toMatchObject({
      id: 7,
      reason: Reason.UNSPECIFIED,
      replayed: false,
      balanceUnits: 9_700n,
      currencyCode: 'EUR',
    });
    expect(rowOf(decision)).toEqual({
      playerId: PLAYER_ID,
      seq: 1n,
      operatorId: OPERATOR,
      provider: PROVIDER,
      transactionId: 't1',
      isReversal: false,
      kind: 'bet',
      status: 'ok',
      reason: Reason.UNSPECIFIED,
      amountUnits: 300n,
      currencyCode: 'EUR',
      debitAccount: 'player',
      creditAccount: 'games',
      balanceAfterUnits: 9_700n,
      roundId: 'r1',
      gameId: '200',
      context: '{"reason":"SPIN"}',
      requestId: 'req-1',
      occurredAtMs: 1_700_000_000_000n,
      createdAtMs: NOW_MS,
    });
  });

  test('counts as stake and as loss, and takes the next seq', () => {
    const state = testState();
    putAccount(state, { seq: 41n });
    expect(accountOf(decided(state, bet()))).toEqual({
      balanceUnits: 9_700n,
      seq: 42n,
      counters: {
        day: dayOf(NOW_MS),
        stakeDayUnits: 300n,
        stakeWeekUnits: 300n,
        stakeMonthUnits: 300n,
        lossDayUnits: 300n,
        lossWeekUnits: 300n,
        lossMonthUnits: 300n,
      },
    });
  });

  test('of nothing is a transaction like any other', () => {
    const decision = decided(testState(), bet({ amountUnits: 0n }));
    expect(decision.outcome).toMatchObject({ reason: Reason.UNSPECIFIED, balanceUnits: START_UNITS });
    expect(rowOf(decision)).toMatchObject({ kind: 'bet', status: 'ok', amountUnits: 0n, seq: 1n });
  });

  test('may take all that is there, and not a unit more', () => {
    const all = decided(testState(), bet({ amountUnits: START_UNITS }));
    expect(all.outcome).toMatchObject({ reason: Reason.UNSPECIFIED, balanceUnits: 0n });
    expect(decided(testState(), bet({ amountUnits: START_UNITS + 1n })).outcome.reason).toBe(Reason.INSUFFICIENT_FUNDS);
  });

  test('without a currency is in the player’s own', () => {
    expect(rowOf(decided(testState(), bet({ currencyCode: '' }))).currencyCode).toBe('EUR');
  });

  test('may be one of many in a round, each under its own id', () => {
    const state = testState();
    for (let n = 1; n <= 10; n += 1) play(state, bet({ transactionId: `t${n}` }));
    expect(state.accounts.get(PLAYER_ID)).toMatchObject({ balanceUnits: 7_000n, seq: 10n });
  });

  test.each([
    { roundFinished: true, roundId: 'r1', writes: true },
    { roundFinished: false, roundId: 'r1', writes: false },
    { roundFinished: undefined, roundId: 'r1', writes: false },
    { roundFinished: true, roundId: '', writes: false },
  ])('marks its round as finished, and does not close it: $roundFinished of "$roundId"', ({ writes, ...said }) => {
    const { roundFinished, ...more } = said;
    const { round } = writesOf(
      decided(testState(), bet({ ...more, ...(roundFinished !== undefined && { roundFinished }) })),
    );
    const finished = { playerId: PLAYER_ID, provider: PROVIDER, roundId: 'r1', finished: true, closed: false };
    expect(round).toEqual(writes ? finished : undefined);
  });

  test('goes on in a round that was called finished, until it is closed', () => {
    const state = testState();
    state.rounds.set(roundKey(PLAYER_ID, PROVIDER, 'r1'), { finished: true, closed: false });
    expect(decided(state, bet()).outcome.reason).toBe(Reason.UNSPECIFIED);
  });

  test.each([
    ['another player', roundKey(2n, PROVIDER, 'r1')],
    ['another provider', roundKey(PLAYER_ID, 'other', 'r1')],
    ['another round', roundKey(PLAYER_ID, PROVIDER, 'r2')],
  ])('is not stopped by a closed round of %s', (_, key) => {
    const state = testState();
    state.rounds.set(key, { finished: true, closed: true });
    expect(decided(state, bet()).outcome.reason).toBe(Reason.UNSPECIFIED);
  });

  test('on a game that is in no catalogue is on an enabled one', () => {
    const state = testState();
    state.games.set(gameKey(PROVIDER, '201'), { enabled: false, vendor: '', pinned: false });
    expect(decided(state, bet({ gameId: '200' })).outcome.reason).toBe(Reason.UNSPECIFIED);
  });
});

describe('a session', () => {
  const SESSION = {
    playerId: PLAYER_ID,
    gameId: '200',
    expiresAtMs: NOW_MS + 1,
    closed: false,
    idleTimeoutMs: 0,
    usedAtMs: 0,
  };

  test.each([
    { name: 'open', session: SESSION, reason: Reason.UNSPECIFIED },
    { name: 'expired now', session: { ...SESSION, expiresAtMs: NOW_MS }, reason: Reason.SESSION_INVALID },
    { name: 'closed', session: { ...SESSION, closed: true }, reason: Reason.SESSION_INVALID },
    { name: 'of another player', session: { ...SESSION, playerId: 2n }, reason: Reason.SESSION_INVALID },
  ])('that is $name', ({ session, reason }) => {
    const state = testState();
    state.sessions.set('token', session);
    const decision = decided(state, bet({ sessionToken: 'token' }));
    expect(decision.outcome.reason).toBe(reason);
    if (reason !== Reason.UNSPECIFIED) expect(decision.writes).toBeNull();
  });

  test('is not asked for where no token is present, and an empty token is an invalid one', () => {
    expect(decided(testState(), bet()).outcome.reason).toBe(Reason.UNSPECIFIED);
    expect(decided(testState(), bet({ sessionToken: '' })).outcome.reason).toBe(Reason.SESSION_INVALID);
  });
});

describe('a stop', () => {
  test.each([
    { scope: 'all', id: '', stops: true },
    { scope: 'operator', id: OPERATOR, stops: true },
    { scope: 'operator', id: 'another', stops: false },
    { scope: 'vendor', id: 'Evolution', stops: true },
    { scope: 'vendor', id: 'another', stops: false },
    { scope: 'vendor', id: '', stops: false },
    { scope: 'game', id: gameKey(PROVIDER, '200'), stops: true },
    { scope: 'game', id: gameKey(PROVIDER, '20'), stops: false },
    { scope: 'game', id: gameKey('other', '200'), stops: false },
  ])('of $scope "$id"', ({ scope, id, stops }) => {
    const state = testState();
    state.games.set(gameKey(PROVIDER, '200'), { enabled: true, vendor: 'Evolution', pinned: false });
    state.stops.add(stopKey(scope, id));
    const expected = stops ? Reason.PLAY_STOPPED : Reason.UNSPECIFIED;
    expect(decided(state, bet()).outcome.reason).toBe(expected);
  });

  test('of a nameless vendor does not stop games that have none', () => {
    const state = testState();
    state.games.set(gameKey(PROVIDER, '200'), { enabled: true, vendor: '', pinned: false });
    state.stops.add(stopKey('vendor', ''));
    expect(decided(state, bet()).outcome.reason).toBe(Reason.UNSPECIFIED);
  });
});

describe('refusals', () => {
  test.each(NOT_STORED.map((each) => [reasonName(each.reason), each] as const))('%s is not stored', (_, one) => {
    const state = testState();
    const operation = bet();
    cause(state, operation, [one]);
    const decision = decided(state, operation);
    expect(decision.outcome).toMatchObject({ reason: one.reason, balanceUnits: 0n, replayed: false });
    expect(decision.writes).toBeNull();
  });

  test.each(STORED.map((each) => [reasonName(each.reason), each] as const))('%s is stored under the id', (_, one) => {
    const state = testState();
    const operation = bet();
    cause(state, operation, [one]);
    const before = state.accounts.get(PLAYER_ID);
    const decision = decided(state, operation);
    expect(decision.outcome.reason).toBe(one.reason);
    expect(rowOf(decision)).toMatchObject({
      kind: 'bet',
      status: 'error',
      reason: one.reason,
      seq: 1n,
      amountUnits: 300n,
      currencyCode: operation.currencyCode,
      debitAccount: '',
      creditAccount: '',
      balanceAfterUnits: before?.balanceUnits,
    });
    expect(accountOf(decision)).toEqual({ ...before, seq: 1n });
    expect(writesOf(decision).round).toBeUndefined();
  });

  test('a stored one does not mark the round, whatever the request says of it', () => {
    const state = testState();
    putAccount(state, { balanceUnits: 0n });
    expect(writesOf(decided(state, bet({ roundFinished: true }))).round).toBeUndefined();
  });

  test('a negative balance refuses every bet, even of nothing, until credits cover it', () => {
    const state = testState();
    putAccount(state, { balanceUnits: -1n });
    expect(decided(state, bet({ amountUnits: 0n })).outcome.reason).toBe(Reason.INSUFFICIENT_FUNDS);
    putAccount(state, { balanceUnits: 0n });
    expect(decided(state, bet({ amountUnits: 0n })).outcome.reason).toBe(Reason.UNSPECIFIED);
  });

  test('a player of another operator is not found', () => {
    const state = testState();
    putPlayer(state, { playerId: 2n, operatorId: 'another', userId: 'u2' });
    expect(decided(state, bet({ userId: 'u2' })).outcome.reason).toBe(Reason.PLAYER_NOT_FOUND);
  });

  test('a player without an account is not found', () => {
    const state = testState();
    state.accounts.clear();
    expect(decided(state, bet()).outcome.reason).toBe(Reason.PLAYER_NOT_FOUND);
  });
});

describe('precedence', () => {
  test.each(pairsOf([...NOT_STORED, ...STORED]))('$name', ({ first, second }) => {
    const state = testState();
    const operation = bet();
    cause(state, operation, [first, second]);
    expect(reasonName(decided(state, operation).outcome.reason)).toBe(reasonName(first.reason));
  });
});
