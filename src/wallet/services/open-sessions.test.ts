import { status } from '@grpc/grpc-js';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { Fault } from '../../common/fault.ts';
import { userKey } from '../core/keys.ts';
import {
  decideOpens,
  type KnownSessions,
  type OpenedSession,
  type SessionPlayer,
  type WantedSession,
} from './open-sessions.ts';
import type { SessionRow } from './session-rows.ts';

const NOW_MS = 1_700_000_000_000n;

const wantedSession = fc.record({
  operator_id: fc.constantFrom('a', 'b'),
  user_id: fc.constantFrom('1', '2', 'blocked', 'nobody'),
  game_id: fc.constantFrom('200', '201'),
  lobby_id: fc.constant(''),
  ttl_seconds: fc.integer({ min: 1, max: 100 }),
  idle_timeout_seconds: fc.integer({ min: 0, max: 100 }),
  token: fc.constantFrom('t1', 't2', 't3', 't4', 't5'),
});

const players = new Map<string, SessionPlayer>(
  ['a', 'b'].flatMap((operator_id, at) =>
    ['1', '2', 'blocked'].map((user_id, index) => [
      userKey(operator_id, user_id),
      {
        player_id: BigInt(at * 3 + index),
        operator_id,
        user_id,
        blocked_at_ms: user_id === 'blocked' ? 1n : null,
        currency_code: 'EUR',
        language: 'en',
        player_group: '',
      },
    ]),
  ),
);

/** One after the other, each in a batch of its own: what a batch must be like. */
function oneByOne(wanted: readonly WantedSession[]): (SessionRow | string)[] {
  const sessions = new Map<string, SessionRow>();
  return wanted.map((each) => {
    const known: KnownSessions = { players, sessions };
    const { answers, rows } = decideOpens([each], known, NOW_MS);
    for (const row of rows) sessions.set(row.token, row);
    return plain(answers[0]);
  });
}

const plain = (answer: OpenedSession | Fault | undefined): SessionRow | string => {
  if (answer === undefined) return 'nothing';
  return answer instanceof Fault ? `${status[answer.code]} ${answer.message}` : answer.session;
};

test('a batch answers as its calls would one after the other, and writes each token once', () => {
  fc.assert(
    fc.property(fc.array(wantedSession, { minLength: 1, maxLength: 20 }), (wanted) => {
      const { answers, rows } = decideOpens(wanted, { players, sessions: new Map() }, NOW_MS);
      expect(answers.map(plain)).toEqual(oneByOne(wanted));
      expect(new Set(rows.map(({ token }) => token)).size).toBe(rows.length);
      const opened = answers.flatMap((answer) => (answer instanceof Fault ? [] : [answer]));
      for (const row of rows) expect(opened.map(({ session }) => session)).toContain(row);
      for (const { session, player } of opened) {
        expect(rows).toContain(session);
        expect(player.player_id).toBe(session.player_id);
      }
    }),
  );
});
