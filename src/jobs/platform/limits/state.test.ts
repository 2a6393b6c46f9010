import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type LimitReading, limitState } from './state.ts';

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const NOW_MS = Date.UTC(2026, 10, 20, 12);

const config = {
  LIMITS_EVERY_MS: 10 * MINUTE_MS,
  LIMITS_WARN_HOURS: 24,
  LIMITS_WARN_AVAILABLE: new Map([['EUR', 50_000n]]),
  LIMITS_WARN_PERCENT: 80,
};

const balance = (agoMs: number, availableUnits: bigint, more: Partial<LimitReading> = {}): LimitReading => ({
  ...{ kind: 'balance', currencyCode: 'USD', readAtMs: NOW_MS - agoMs, isEnabled: true, isExceeded: false },
  ...{ availableUnits, limitUnits: null, usedUnits: null },
  ...more,
});

const ggr = (agoMs: number, usedUnits: bigint, limitUnits = 1_000_000n): LimitReading => ({
  ...balance(agoMs, 0n),
  ...{ kind: 'ggr', availableUnits: null, limitUnits, usedUnits },
});

const stateOf = (...readings: LimitReading[]) => limitState(readings, config, NOW_MS);

test('what is not heard of, not limited, or used up', () => {
  expect(stateOf()).toEqual({ state: 'unknown', reachedAtMs: null });
  expect(stateOf(balance(31 * MINUTE_MS, 1_000n)).state).toBe('unknown');
  expect(stateOf(balance(30 * MINUTE_MS, 1_000_000n)).state).toBe('ok');
  expect(stateOf(balance(0, 0n, { isEnabled: false, availableUnits: null })).state).toBe('ok');
  expect(stateOf(balance(0, 1_000_000n, { isExceeded: true })).state).toBe('exceeded');
  expect(stateOf(balance(0, 0n)).state).toBe('exceeded');
  expect(stateOf(balance(0, -1n)).state).toBe('exceeded');
  expect(stateOf(ggr(0, 1_000_000n)).state).toBe('exceeded');
});

test('little is left, or most is used', () => {
  expect(stateOf(balance(0, 49_999n, { currencyCode: 'EUR' })).state).toBe('warning');
  expect(stateOf(balance(0, 50_000n, { currencyCode: 'EUR' })).state).toBe('ok');
  // Nothing is said of how much is little in USD.
  expect(stateOf(balance(0, 1n)).state).toBe('ok');
  expect(stateOf(ggr(0, 800_000n)).state).toBe('ok');
  expect(stateOf(ggr(0, 800_001n)).state).toBe('warning');
});

test('it will be reached: the pace of the last day, in exact units', () => {
  // 100.00 an hour, 2300.00 left: in 23 hours.
  const soon = stateOf(balance(10 * HOUR_MS, 330_000n), balance(5 * HOUR_MS, 300_000n), balance(0, 230_000n));
  expect(soon).toEqual({ state: 'warning', reachedAtMs: NOW_MS + 23 * HOUR_MS });
  const later = stateOf(balance(10 * HOUR_MS, 350_000n), balance(0, 250_000n));
  expect(later).toEqual({ state: 'ok', reachedAtMs: NOW_MS + 25 * HOUR_MS });
  expect(stateOf(ggr(10 * HOUR_MS, 0n), ggr(0, 500_000n))).toEqual({
    state: 'warning',
    reachedAtMs: NOW_MS + 10 * HOUR_MS,
  });
  // A raised GGR limit doesn't hide the pace.
  expect(stateOf(ggr(10 * HOUR_MS, 0n, 600_000n), ggr(0, 500_000n)).reachedAtMs).toBe(NOW_MS + 10 * HOUR_MS);
  // What was before yesterday counts no more, and a few minutes don't yet.
  expect(stateOf(balance(25 * HOUR_MS, 9_000_000n), balance(0, 100_000n)).reachedAtMs).toBe(null);
  expect(stateOf(balance(20 * MINUTE_MS, 9_000_000n), balance(0, 100_000n)).reachedAtMs).toBe(null);
  // Two months from now is not soon.
  expect(stateOf(balance(10 * HOUR_MS, 14_410n), balance(0, 14_400n))).toEqual({ state: 'ok', reachedAtMs: null });
});

const units = fc.bigInt({ min: -1_000n, max: 999_999_999_999_999_999n });
const anyReading = fc
  .record({
    agoMs: fc.integer({ min: 0, max: 40 * HOUR_MS }),
    isEnabled: fc.boolean(),
    isExceeded: fc.boolean(),
    first: units,
    second: units,
    isGgr: fc.boolean(),
  })
  .map(({ agoMs, isEnabled, isExceeded, first, second, isGgr }) => ({
    ...(isGgr ? ggr(agoMs, first, second) : balance(agoMs, first)),
    ...{ isEnabled, isExceeded },
  }));
const anyReadings = fc.uniqueArray(anyReading, { maxLength: 20, selector: ({ readAtMs }) => readAtMs });

test('order does not matter, and of a limit that is exceeded, off or unknown no time is told', () => {
  fc.assert(
    fc.property(anyReadings, (readings) => {
      const told = limitState(readings, config, NOW_MS);
      expect(limitState(readings.toReversed(), config, NOW_MS)).toEqual(told);
      const last = readings.toSorted((a, b) => a.readAtMs - b.readAtMs).at(-1);
      const isFresh = last !== undefined && NOW_MS - last.readAtMs <= 30 * MINUTE_MS;
      expect(told.state === 'unknown').toBe(!isFresh);
      if (told.reachedAtMs === null) return;
      expect(['ok', 'warning']).toContain(told.state);
      expect(last?.isEnabled).toBe(true);
      expect(told.reachedAtMs).toBeGreaterThanOrEqual(last?.readAtMs ?? 0);
      expect(told.reachedAtMs - NOW_MS).toBeLessThanOrEqual(720 * HOUR_MS);
      if (told.reachedAtMs <= NOW_MS + 24 * HOUR_MS) expect(told.state).toBe('warning');
    }),
    { numRuns: 500 },
  );
});

test('less left is never a better state', () => {
  const rank = { unknown: 0, ok: 1, warning: 2, exceeded: 3 };
  const some = fc.bigInt({ min: 0n, max: 100_000_000n });
  fc.assert(
    fc.property(some, some, some, (before, left, less) => {
      const [more, fewer] = left > less ? [left, less] : [less, left];
      const at = (now: bigint) => stateOf(balance(8 * HOUR_MS, before), balance(0, now, { currencyCode: 'EUR' }));
      expect(rank[at(fewer).state]).toBeGreaterThanOrEqual(rank[at(more).state]);
    }),
    { numRuns: 500 },
  );
});

test('the time told is when the rest is spent at that pace, to the millisecond', () => {
  fc.assert(
    fc.property(
      fc.bigInt({ min: 1n, max: 10n ** 15n }),
      fc.bigInt({ min: 1n, max: 10n ** 15n }),
      fc.integer({ min: HOUR_MS, max: 24 * HOUR_MS }),
      (leftUnits, spentUnits, tookMs) => {
        const { reachedAtMs } = stateOf(balance(tookMs, leftUnits + spentUnits), balance(0, leftUnits));
        if (reachedAtMs === null) {
          expect(leftUnits * BigInt(tookMs)).toBeGreaterThan(spentUnits * BigInt(720 * HOUR_MS));
          return;
        }
        const inMs = BigInt(reachedAtMs - NOW_MS);
        expect(inMs * spentUnits <= leftUnits * BigInt(tookMs)).toBe(true);
        expect((inMs + 1n) * spentUnits > leftUnits * BigInt(tookMs)).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});
