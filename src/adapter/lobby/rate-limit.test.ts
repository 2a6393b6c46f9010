import fc from 'fast-check';
import { expect, test } from 'vitest';
import { addressGroup, createRateLimit } from './rate-limit.ts';

test('however somebody asks, no more goes on than the burst and what has come back since', () => {
  fc.assert(
    fc.property(fc.array(fc.nat(500), { maxLength: 200 }), (pausesMs) => {
      let nowMs = 0;
      const limit = createRateLimit({ burst: 5, refillMs: 100, now: () => nowMs });
      let passed = 0;
      for (const pauseMs of pausesMs) {
        nowMs += pauseMs;
        if (limit('somebody') === 0) passed += 1;
      }
      expect(passed).toBeLessThanOrEqual(5 + Math.ceil(nowMs / 100));
    }),
  );
});

test('who waits as long as told goes on, and others are not held up', () => {
  let nowMs = 0;
  const limit = createRateLimit({ burst: 2, refillMs: 100, now: () => nowMs });
  expect([limit('a'), limit('a')]).toEqual([0, 0]);
  const waitMs = limit('a');
  expect(waitMs).toBe(100);
  expect(limit('b')).toBe(0);
  nowMs += waitMs;
  expect(limit('a')).toBe(0);
});

test.each([
  ['203.0.113.9', '203.0.113.9'],
  ['::ffff:203.0.113.9', '203.0.113.9'],
  ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
  ['2001:DB8:0001:2::99', '2001:db8:1:2::/64'],
  ['2001:db8::1', '2001:db8:0:0::/64'],
  ['::1', '0:0:0:0::/64'],
  ['undefined', 'undefined'],
])('%s is limited as %s', (address, group) => {
  expect(addressGroup(address)).toBe(group);
});
