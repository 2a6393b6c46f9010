import { expect, test } from 'vitest';
import { createThrottle } from './throttle.ts';

test('five attempts, then one a minute, whatever the name: known names are not told apart', () => {
  let nowMs = 0;
  const throttle = createThrottle(() => nowMs);
  const attempts = Array.from({ length: 6 }, () => throttle.attempt('jane', '1.2.3.4'));
  expect(attempts).toEqual([0, 0, 0, 0, 0, 60_000]);
  nowMs += 30_000;
  expect(throttle.attempt('jane', '1.2.3.4')).toBe(30_000);
  nowMs += 30_000;
  expect(throttle.attempt('jane', '1.2.3.4')).toBe(0);
  expect(throttle.attempt('jane', '1.2.3.4')).toBeGreaterThan(0);
});

test("somebody else's attempts, or those from elsewhere, lock nobody out", () => {
  const throttle = createThrottle(() => 0);
  for (let attempt = 0; attempt < 10; attempt += 1) throttle.attempt('jane', '1.2.3.4');
  expect(throttle.attempt('john', '1.2.3.4')).toBe(0);
  expect(throttle.attempt('jane', '5.6.7.8')).toBe(0);
});

test('one address can not try one password with every name', () => {
  const throttle = createThrottle(() => 0);
  const passed = Array.from({ length: 100 }, (_, index) => throttle.attempt(`name${index}`, '1.2.3.4')).filter(
    (waitMs) => waitMs === 0,
  );
  expect(passed).toHaveLength(30);
});

test('who got in starts afresh', () => {
  const throttle = createThrottle(() => 0);
  for (let attempt = 0; attempt < 5; attempt += 1) throttle.attempt('jane', '1.2.3.4');
  throttle.forgive('jane', '1.2.3.4');
  expect(throttle.attempt('jane', '1.2.3.4')).toBe(0);
});
