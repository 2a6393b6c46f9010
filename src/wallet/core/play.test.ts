import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type Operation, OperationKind, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { gameKey, listedGameKey } from './keys.ts';
import { gameEnabled, sessionOpen, usedSession } from './play.ts';
import { emptyState, type Session, type State } from './state.ts';
import { decided, NOW_MS, OPERATOR, operation, PLAYER_ID, PROVIDER, testState } from './test-state.ts';

const SESSION: Session = {
  playerId: PLAYER_ID,
  gameId: '200',
  expiresAtMs: NOW_MS + 1_000_000_000,
  closed: false,
  idleTimeoutMs: 60_000,
  usedAtMs: NOW_MS,
};

function withSession(session: Partial<Session>): State {
  const state = testState();
  state.sessions.set('token', { ...SESSION, ...session });
  return state;
}

const playerOf = (state: State) => {
  const player = state.playersById.get(PLAYER_ID);
  if (player === undefined) throw new Error('the test state has no player');
  return player;
};

const sessions = fc.record({
  expiresAtMs: fc.integer({ min: NOW_MS - 100_000, max: NOW_MS + 100_000 }),
  closed: fc.boolean(),
  idleTimeoutMs: fc.oneof(fc.constant(0), fc.integer({ min: 1_000, max: 100_000 })),
  usedAtMs: fc.integer({ min: NOW_MS - 200_000, max: NOW_MS + 1_000 }),
});

const KINDS = [
  OperationKind.BET,
  OperationKind.BALANCE,
  OperationKind.AUTHENTICATE,
  OperationKind.WIN,
  OperationKind.REFUND,
  OperationKind.CANCEL,
  OperationKind.FINISH_ROUND,
  OperationKind.STATUS,
];
const USES = KINDS.slice(0, 3);

const operationOf = (kind: OperationKind): Operation =>
  operation(kind, {
    sessionToken: 'token',
    ...(kind === OperationKind.BALANCE && { transactionId: '' }),
    ...(kind === OperationKind.AUTHENTICATE && { transactionId: '', userId: '' }),
  });

describe('an idle time-out', () => {
  test('ends a session exactly then, and only where it has one; whatever else ends it does so as ever', () => {
    fc.assert(
      fc.property(sessions, (session) => {
        const state = withSession(session);
        const { closed, expiresAtMs, idleTimeoutMs, usedAtMs } = session;
        const ended = closed || expiresAtMs <= NOW_MS || (idleTimeoutMs !== 0 && NOW_MS - usedAtMs >= idleTimeoutMs);
        expect(sessionOpen({ ...SESSION, ...session }, playerOf(state), NOW_MS)).toBe(!ended);
      }),
    );
  });

  test('refuses bets, balances and authenticates, and nothing else', () => {
    for (const kind of KINDS) {
      const idle = decided(withSession({ usedAtMs: NOW_MS - 60_000 }), operationOf(kind)).outcome.reason;
      const open = decided(withSession({ usedAtMs: NOW_MS - 59_999 }), operationOf(kind)).outcome.reason;
      expect(idle).toBe(USES.includes(kind) ? Reason.SESSION_INVALID : open);
      if (USES.includes(kind)) expect(open).not.toBe(Reason.SESSION_INVALID);
    }
  });
});

describe('the use of a session', () => {
  const used = (state: State, wanted: Operation, nowMs = NOW_MS) =>
    usedSession(state, wanted, decided(state, wanted).outcome, nowMs);

  test('is remembered only of a session that is open, can be idle and was not used just now', () => {
    fc.assert(
      fc.property(sessions, fc.constantFrom(...KINDS), (session, kind) => {
        const state = withSession(session);
        const open = sessionOpen({ ...SESSION, ...session }, playerOf(state), NOW_MS);
        const old = NOW_MS - session.usedAtMs >= Math.min(session.idleTimeoutMs / 8, 60_000);
        const expected = open && session.idleTimeoutMs > 0 && old && USES.includes(kind);
        expect(used(state, operationOf(kind)) !== null).toBe(expected);
      }),
    );
  });

  test('keeps a session open for good, however uses fall, if none is a time-out less an eighth after the last', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_000, max: 86_400_000 }),
        fc.array(fc.double({ min: 0, max: 0.874, noNaN: true }), { minLength: 1, maxLength: 50 }),
        (idleTimeoutMs, pauses) => {
          let nowMs = NOW_MS;
          const state = withSession({ idleTimeoutMs, expiresAtMs: Number.MAX_SAFE_INTEGER });
          for (const pause of pauses) {
            nowMs += Math.floor(pause * idleTimeoutMs);
            const session = state.sessions.get('token');
            expect(sessionOpen(session, playerOf(state), nowMs)).toBe(true);
            if (used(state, operationOf(OperationKind.BET), nowMs) !== null) {
              state.sessions.set('token', { ...SESSION, ...session, usedAtMs: nowMs });
            }
          }
        },
      ),
    );
  });

  test('is also a bet that another rule refuses; not an answer that is given again, nor somebody else with the token', () => {
    const state = withSession({ usedAtMs: NOW_MS - 30_000 });
    const poor = operation(OperationKind.BET, { sessionToken: 'token', amountUnits: 10n ** 15n });
    expect(decided(state, poor).outcome.reason).toBe(Reason.INSUFFICIENT_FUNDS);
    expect(used(state, poor)).not.toBeNull();
    const { outcome } = decided(state, poor);
    expect(usedSession(state, poor, { ...outcome, replayed: true }, NOW_MS)).toBeNull();
    expect(used(state, operation(OperationKind.BET, { sessionToken: 'token', userId: 'u2' }))).toBeNull();
    expect(used(state, operation(OperationKind.BET, { sessionToken: 'token', operatorId: 'another' }))).toBeNull();
    expect(used(state, operation(OperationKind.BET, { sessionToken: 'unknown' }))).toBeNull();
    expect(used(state, operation(OperationKind.BET))).toBeNull();
  });
});

describe('a game', () => {
  test('is enabled unless a person disabled it, or the list of this operator did and nobody pinned it', () => {
    const games = fc.option(fc.record({ enabled: fc.boolean(), pinned: fc.boolean() }), { nil: undefined });
    fc.assert(
      fc.property(games, fc.boolean(), fc.boolean(), (game, listed, listedElsewhere) => {
        const state = emptyState();
        if (game !== undefined) state.games.set(gameKey(PROVIDER, '200'), { ...game, vendor: '' });
        if (listed) state.disabledGames.add(listedGameKey(OPERATOR, PROVIDER, '200'));
        if (listedElsewhere) {
          state.disabledGames.add(listedGameKey('another', PROVIDER, '200'));
          state.disabledGames.add(listedGameKey(OPERATOR, 'another', '200'));
          state.disabledGames.add(listedGameKey(OPERATOR, PROVIDER, '20'));
        }
        const byPerson = game?.enabled ?? true;
        const byList = !listed || (game?.pinned ?? false);
        expect(gameEnabled(state, OPERATOR, PROVIDER, '200')).toBe(byPerson && byList);
      }),
    );
  });
});
