import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { countMovement, dayOf, passesLimit, rollCounters } from './limits.ts';
import type { Counters, Limits } from './state.ts';
import { NO_COUNTERS, NO_LIMITS } from './test-state.ts';

const at = (date: string): number => Date.parse(`${date}T12:00:00Z`);
const day = (date: string): number => dayOf(at(date));

const FULL: Omit<Counters, 'day'> = {
  stakeDayUnits: 1n,
  stakeWeekUnits: 2n,
  stakeMonthUnits: 3n,
  lossDayUnits: 4n,
  lossWeekUnits: 5n,
  lossMonthUnits: 6n,
};

describe('days', () => {
  test.each([
    ['1970-01-01T00:00:00.000Z', 0],
    ['1970-01-01T23:59:59.999Z', 0],
    ['1970-01-02T00:00:00.000Z', 1],
    ['2026-07-15T23:59:59.999Z', 20_649],
    ['2026-07-16T00:00:00.000Z', 20_650],
  ])('%s is day %i, in UTC', (date, expected) => {
    expect(dayOf(Date.parse(date))).toBe(expected);
  });
});

describe('periods that are over start from nothing', () => {
  test.each([
    { from: '2026-07-15', to: '2026-07-15', kept: ['day', 'week', 'month'] },
    { from: '2026-07-15', to: '2026-07-16', kept: ['week', 'month'] },
    // Weeks begin on Monday.
    { from: '2026-07-13', to: '2026-07-19', kept: ['week', 'month'] },
    { from: '2026-07-19', to: '2026-07-20', kept: ['month'] },
    { from: '2026-07-31', to: '2026-08-01', kept: ['week'] },
    { from: '2026-12-31', to: '2027-01-01', kept: ['week'] },
    { from: '2026-07-15', to: '2026-08-15', kept: [] },
    // The same month of another year, and a leap day.
    { from: '2026-07-15', to: '2027-07-15', kept: [] },
    { from: '2028-02-28', to: '2028-02-29', kept: ['week', 'month'] },
    { from: '2028-02-29', to: '2028-03-01', kept: ['week'] },
    // A clock that is behind never turns them back.
    { from: '2026-07-15', to: '2026-06-01', kept: ['day', 'week', 'month'] },
  ])('$from to $to keeps $kept', ({ from, to, kept }) => {
    const has = (period: string) => kept.includes(period);
    expect(rollCounters({ day: day(from), ...FULL }, day(to))).toEqual({
      day: Math.max(day(from), day(to)),
      stakeDayUnits: has('day') ? 1n : 0n,
      stakeWeekUnits: has('week') ? 2n : 0n,
      stakeMonthUnits: has('month') ? 3n : 0n,
      lossDayUnits: has('day') ? 4n : 0n,
      lossWeekUnits: has('week') ? 5n : 0n,
      lossMonthUnits: has('month') ? 6n : 0n,
    });
  });
});

describe('a movement', () => {
  test.each([
    { counted: '2026-07-15', of: '2026-07-15', day: 10n, week: 10n, month: 10n },
    { counted: '2026-07-15', of: '2026-07-14', day: 0n, week: 10n, month: 10n },
    { counted: '2026-07-20', of: '2026-07-19', day: 0n, week: 0n, month: 10n },
    { counted: '2026-08-01', of: '2026-07-31', day: 0n, week: 10n, month: 0n },
    { counted: '2026-08-15', of: '2026-07-01', day: 0n, week: 0n, month: 0n },
  ])('of $of is counted in the periods that still run on $counted', ({ counted, of, ...units }) => {
    const counters = countMovement({ ...NO_COUNTERS, day: day(counted) }, day(of), 10n, -10n);
    expect(counters).toEqual({
      day: day(counted),
      stakeDayUnits: units.day,
      stakeWeekUnits: units.week,
      stakeMonthUnits: units.month,
      lossDayUnits: -units.day,
      lossWeekUnits: -units.week,
      lossMonthUnits: -units.month,
    });
  });

  test('fills a counter up to what its column holds, both ways, and no further', () => {
    const MAX = 9_000_000_000_000_000_000n;
    const full = { ...NO_COUNTERS, day: day('2026-07-15'), stakeMonthUnits: MAX - 1n, lossMonthUnits: 1n - MAX };
    const filled = countMovement(full, day('2026-07-15'), 1n, -1n);
    expect(filled).toMatchObject({ stakeDayUnits: 1n, stakeMonthUnits: MAX, lossDayUnits: -1n, lossMonthUnits: -MAX });
    const over = countMovement(filled, day('2026-07-15'), 10n ** 18n, -(10n ** 18n));
    expect(over).toMatchObject({ stakeDayUnits: 10n ** 18n + 1n, stakeMonthUnits: MAX, lossMonthUnits: -MAX });
    // What is taken back leaves room again.
    expect(countMovement(over, day('2026-07-15'), -1n, 1n)).toMatchObject({
      stakeMonthUnits: MAX - 1n,
      lossMonthUnits: 1n - MAX,
    });
  });

  test('of a later day opens it, and what went before counts no more', () => {
    const counters = countMovement({ day: day('2026-07-19'), ...FULL }, day('2026-07-20'), 10n, 20n);
    expect(counters).toEqual({
      day: day('2026-07-20'),
      stakeDayUnits: 10n,
      stakeWeekUnits: 10n,
      stakeMonthUnits: 13n,
      lossDayUnits: 20n,
      lossWeekUnits: 20n,
      lossMonthUnits: 26n,
    });
  });

  test('counters are the sums of the running day, week and month, however the days follow', () => {
    const firstDay = day('2026-06-20');
    const movement = fc.record({
      day: fc.integer({ min: firstDay, max: firstDay + 60 }),
      stakeUnits: fc.bigInt({ min: 0n, max: 1_000n }),
      lossUnits: fc.bigInt({ min: -1_000n, max: 1_000n }),
    });
    fc.assert(
      fc.property(fc.array(movement, { maxLength: 40 }), (movements) => {
        const inOrder = movements.toSorted((a, b) => a.day - b.day);
        const last = inOrder.at(-1)?.day ?? 0;
        const counters = inOrder.reduce((so, m) => countMovement(so, m.day, m.stakeUnits, m.lossUnits), NO_COUNTERS);
        const sum = (field: 'stakeUnits' | 'lossUnits', same: (d: number) => unknown): bigint =>
          inOrder.filter((m) => same(m.day) === same(last)).reduce((total, m) => total + m[field], 0n);
        expect(counters).toEqual({
          day: last,
          stakeDayUnits: sum('stakeUnits', (d) => d),
          stakeWeekUnits: sum('stakeUnits', mondayOf),
          stakeMonthUnits: sum('stakeUnits', monthOf),
          lossDayUnits: sum('lossUnits', (d) => d),
          lossWeekUnits: sum('lossUnits', mondayOf),
          lossMonthUnits: sum('lossUnits', monthOf),
        });
      }),
    );
  });
});

/** The calendar's own words, to hold the arithmetic against. */
const mondayOf = (d: number): number => d - ((new Date(d * 86_400_000).getUTCDay() + 6) % 7);
const monthOf = (d: number): string => new Date(d * 86_400_000).toISOString().slice(0, 7);

describe('limits', () => {
  const TODAY = '2026-07-15';
  const passes = (limits: Partial<Limits>, counters: Partial<Counters>, amountUnits: bigint, date = TODAY): boolean =>
    passesLimit(
      { ...NO_LIMITS, ...limits },
      { balanceUnits: 0n, seq: 0n, counters: { ...NO_COUNTERS, day: day(TODAY), ...counters } },
      amountUnits,
      at(date),
    );

  test('of a bet: the amount itself, to the unit', () => {
    expect(passes({ betMaxUnits: 100n }, {}, 100n)).toBe(false);
    expect(passes({ betMaxUnits: 100n }, {}, 101n)).toBe(true);
  });

  test.each([
    'stakeDayUnits',
    'stakeWeekUnits',
    'stakeMonthUnits',
    'lossDayUnits',
    'lossWeekUnits',
    'lossMonthUnits',
  ] as const)('%s: with what is counted already, to the unit, and by itself', (name) => {
    expect(passes({ [name]: 100n }, { [name]: 60n }, 40n)).toBe(false);
    expect(passes({ [name]: 100n }, { [name]: 60n }, 41n)).toBe(true);
    const others = { ...FULL, [name]: 0n };
    expect(passes({ [name]: 1n }, others, 1n)).toBe(false);
  });

  test.each([
    { name: 'stakeDayUnits', opens: '2026-07-16' },
    { name: 'lossDayUnits', opens: '2026-07-16' },
    { name: 'stakeWeekUnits', opens: '2026-07-20' },
    { name: 'lossWeekUnits', opens: '2026-07-20' },
    { name: 'stakeMonthUnits', opens: '2026-08-01' },
    { name: 'lossMonthUnits', opens: '2026-08-01' },
  ] as const)('$name counts anew from $opens, before anything was counted there', ({ name, opens }) => {
    const dayBefore = new Date(at(opens) - 86_400_000).toISOString().slice(0, 10);
    expect(passes({ [name]: 100n }, { [name]: 100n }, 1n, dayBefore)).toBe(dayBefore >= TODAY);
    expect(passes({ [name]: 100n }, { [name]: 100n }, 1n, opens)).toBe(false);
  });

  test('winnings make room for losses', () => {
    expect(passes({ lossDayUnits: 100n }, { lossDayUnits: -50n }, 150n)).toBe(false);
    expect(passes({ lossDayUnits: 100n }, { lossDayUnits: -50n }, 151n)).toBe(true);
  });

  test('a limit of nothing refuses every stake; a bet of nothing passes none', () => {
    expect(passes({ stakeDayUnits: 0n }, {}, 1n)).toBe(true);
    expect(passes({ stakeDayUnits: 0n, betMaxUnits: 0n }, { stakeDayUnits: 500n }, 0n)).toBe(false);
  });

  test('none are none', () => {
    const account = { balanceUnits: 0n, seq: 0n, counters: { day: day(TODAY), ...FULL } };
    expect(passesLimit(null, account, 10n ** 18n, at(TODAY))).toBe(false);
    expect(passesLimit(NO_LIMITS, account, 10n ** 18n, at(TODAY))).toBe(false);
  });
});
