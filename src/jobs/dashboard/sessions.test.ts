import { expect, test } from 'vitest';
import { createSessions, isSameToken } from './sessions.ts';

const MINUTE_MS = 60_000;

function fixture() {
  let nowMs = 1_000_000;
  const sessions = createSessions(() => nowMs);
  return { sessions, pass: (ms: number) => (nowMs += ms) };
}

test('a session is found by its id alone, and gone once it is closed', () => {
  const { sessions } = fixture();
  const { id, session } = sessions.open('jane');
  const other = sessions.open('jane');
  expect(sessions.find(id)).toMatchObject({ user: 'jane', csrfToken: session.csrfToken });
  expect(other.session.csrfToken).not.toBe(session.csrfToken);
  expect(sessions.find(`${id}x`)).toBeNull();
  expect(sessions.find(undefined)).toBeNull();
  sessions.close(id);
  expect(sessions.find(id)).toBeNull();
  expect(sessions.find(other.id)).not.toBeNull();
});

test('it ends half an hour after its last use', () => {
  const { sessions, pass } = fixture();
  const { id } = sessions.open('jane');
  pass(29 * MINUTE_MS);
  expect(sessions.find(id)).not.toBeNull();
  pass(29 * MINUTE_MS);
  expect(sessions.find(id)).not.toBeNull();
  pass(31 * MINUTE_MS);
  expect(sessions.find(id)).toBeNull();
});

test('it ends after half a day, however much it is used', () => {
  const { sessions, pass } = fixture();
  const { id } = sessions.open('jane');
  for (let minutes = 0; minutes < 12 * 60; minutes += 20) {
    expect(sessions.find(id)).not.toBeNull();
    pass(20 * MINUTE_MS);
  }
  pass(MINUTE_MS);
  expect(sessions.find(id)).toBeNull();
});

test('more sessions than there may be push the oldest out', () => {
  const { sessions } = fixture();
  const ids = Array.from({ length: 1_001 }, () => sessions.open('jane').id);
  expect(sessions.find(ids[0])).toBeNull();
  expect(sessions.find(ids[1_000])).not.toBeNull();
});

test.each([
  ['abc', 'abc', true],
  ['abd', 'abc', false],
  ['abcd', 'abc', false],
  ['', '', false],
  [undefined, 'abc', false],
  [['abc'], 'abc', false],
])('token %j against %j', (given, expected, same) => {
  expect(isSameToken(given, expected)).toBe(same);
});
