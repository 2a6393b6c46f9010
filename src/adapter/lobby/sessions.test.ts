import { expect, test } from 'vitest';
import { createLobbySessions, type LobbySession } from './sessions.ts';

const SECRET = 'a secret of this test, of 32 characters or more';
const PLAYER = { operatorId: 'casino', userId: '611', homeUrl: 'https://a/', depositUrl: '', language: 'de' };
const MINUTE_MS = 60_000;

function world() {
  const clock = { nowMs: 1_800_000_000_000 };
  const sessions = createLobbySessions(SECRET, () => clock.nowMs);
  const enter = async (untilMs: number): Promise<{ value: string; session: LobbySession }> => {
    const { value } = await sessions.seal(PLAYER, untilMs);
    const session = await sessions.open(value);
    if (session === null) throw new Error('no session');
    return { value, session };
  };
  return { clock, sessions, enter };
}

test('a cookie says who it is, and is over after half an hour', async () => {
  const { clock, sessions, enter } = world();
  const untilMs = clock.nowMs + 600 * MINUTE_MS;
  const { value, session } = await enter(untilMs);
  expect(session).toEqual({ ...PLAYER, untilMs, expiresAtMs: clock.nowMs + 30 * MINUTE_MS });
  clock.nowMs += 30 * MINUTE_MS;
  expect(await sessions.open(value)).toBeNull();
});

test('a page in use gets new ones, though never beyond what the casino vouches for', async () => {
  const { clock, sessions, enter } = world();
  const untilMs = clock.nowMs + 40 * MINUTE_MS;
  const { session } = await enter(untilMs);
  expect(sessions.isWorn(session)).toBe(false);
  clock.nowMs += 16 * MINUTE_MS;
  expect(sessions.isWorn(session)).toBe(true);
  const renewed = await enter(session.untilMs);
  expect(renewed.session.expiresAtMs).toBe(untilMs);
  clock.nowMs += 15 * MINUTE_MS;
  expect(sessions.isWorn(renewed.session)).toBe(false);
  clock.nowMs = untilMs;
  expect(await sessions.open(renewed.value)).toBeNull();
});

test('another secret opens nothing, nor does a changed cookie', async () => {
  const { clock, sessions, enter } = world();
  const { value } = await enter(clock.nowMs + MINUTE_MS);
  const others = createLobbySessions(`${SECRET}!`, () => clock.nowMs);
  expect(await others.open(value)).toBeNull();
  for (const bad of [`${value}x`, value.slice(1), '', 'x.y.z', undefined]) expect(await sessions.open(bad)).toBeNull();
});
