import fc from 'fast-check';
import { expect, test } from 'vitest';
import { REPORT_FIGURES } from '../config.ts';
import { atStakeUnits, compareDay, findingKey } from './compare.ts';
import { type Figures, formatFigures, NO_FIGURES, parseFigures, type Rules } from './figures.ts';

const RULES: Rules = { figures: REPORT_FIGURES, toleranceUnits: 0n };
const NETENT = { vendor: 'netent', currencyCode: 'EUR' };
const FIGURES: Figures = {
  ...NO_FIGURES,
  betsCount: 3n,
  betsUnits: 610n,
  winsCount: 1n,
  winsUnits: 330n,
  ggrUnits: 280n,
};

const compareOne = (ours: Figures | null, theirs: Figures | null, rules = RULES) => {
  const rows = (figures: Figures | null) => (figures === null ? [] : [{ ...NETENT, figures }]);
  return compareDay(rows(ours), rows(theirs), rules);
};

test('a difference names its figures with both sides, and what is at stake', () => {
  const theirs = { ...FIGURES, betsCount: 4n, betsUnits: 620n, ggrUnits: 290n };
  expect(compareOne(FIGURES, theirs)).toEqual([
    {
      ...{ ...NETENT, ours: FIGURES, theirs },
      difference: {
        kind: 'report_differs',
        figures: ['bets_sum', 'bets_count', 'gross_gaming_revenue'],
        amountUnits: 10n,
        detail:
          'bets_sum 6.10 (ours) 6.20 (report); bets_count 3 (ours) 4 (report); gross_gaming_revenue 2.80 (ours) 2.90 (report)',
      },
      isUnlisted: false,
    },
  ]);
  expect(compareOne(FIGURES, FIGURES)[0]?.difference).toBeNull();
});

test('a long difference is cut, and still another one where only what is cut off differs', () => {
  const theirs = (ggrUnits: bigint): Figures => ({
    ...{ betsCount: 10n ** 9n, betsUnits: 10n ** 15n, winsCount: 10n ** 9n, winsUnits: 10n ** 15n, ggrUnits },
    ...{ freespinsCount: 10n ** 9n, freespinsUnits: 10n ** 15n, jackpotsCount: 10n ** 9n, jackpotsUnits: 10n ** 15n },
  });
  const details = [1n, 2n, 1n].map((ggrUnits) => compareOne(FIGURES, theirs(ggrUnits))[0]?.difference?.detail ?? '');
  expect(details.map((detail) => detail.length)).toEqual([255, 255, 255]);
  expect(new Set(details).size).toBe(2);
});

test('one side alone is a difference, unless it has nothing but zeros', () => {
  expect(compareOne(FIGURES, null)[0]?.difference?.kind).toBe('report_missing');
  expect(compareOne(null, FIGURES)[0]?.difference?.kind).toBe('ledger_missing');
  expect(compareOne(NO_FIGURES, FIGURES)[0]).toMatchObject({ ours: null, difference: { kind: 'ledger_missing' } });
  expect(compareOne(FIGURES, NO_FIGURES)[0]?.difference?.kind).toBe('report_differs');
  expect(compareOne(NO_FIGURES, null)).toEqual([]);
  expect(compareOne(null, NO_FIGURES)[0]?.difference).toBeNull();
});

test('vendors and currencies are compared as they are spelled, and the rows of several entities are one', () => {
  const half = { ...NO_FIGURES, betsCount: 1n, betsUnits: 5n, ggrUnits: 5n };
  const whole = { ...NO_FIGURES, betsCount: 2n, betsUnits: 10n, ggrUnits: 10n };
  const rows = [NETENT, NETENT, { ...NETENT, vendor: 'NetEnt' }, { ...NETENT, currencyCode: 'eur' }];
  const compared = compareDay(
    [{ ...NETENT, figures: whole }],
    rows.map((key) => ({ ...key, figures: half })),
    RULES,
  );
  expect(compared.map(({ vendor, currencyCode, difference }) => [vendor, currencyCode, difference?.kind])).toEqual([
    ['netent', 'EUR', undefined],
    ['NetEnt', 'EUR', 'ledger_missing'],
    ['netent', 'eur', 'ledger_missing'],
  ]);
});

test('sums may differ by the tolerance, counts may not, and figures that are not configured decide nothing', () => {
  const rules: Rules = { figures: REPORT_FIGURES, toleranceUnits: 2n };
  const by = (figures: Partial<Figures>) => compareOne(FIGURES, { ...FIGURES, ...figures }, rules)[0]?.difference;
  expect(by({ betsUnits: 612n, ggrUnits: 282n })).toBeNull();
  expect(by({ betsUnits: 608n, ggrUnits: 278n })).toBeNull();
  expect(by({ betsUnits: 613n })?.figures).toEqual(['bets_sum']);
  expect(by({ betsCount: 4n })?.figures).toEqual(['bets_count']);
  const betsOnly: Rules = { figures: ['bets_sum'], toleranceUnits: 0n };
  expect(compareOne(FIGURES, { ...FIGURES, winsUnits: 0n, ggrUnits: 610n }, betsOnly)[0]?.difference).toBeNull();
});

test('free spins are counted only where our books tell bets from wins', () => {
  const theirs = { ...FIGURES, freespinsCount: 7n };
  expect(compareOne({ ...FIGURES, freespinsCount: null }, theirs)[0]?.difference).toBeNull();
  expect(compareOne(FIGURES, theirs)[0]?.difference?.figures).toEqual(['freespins_count']);
});

test('play of games that no list has is what they report of vendors that we know nothing of, or else each is told', () => {
  const prize = (units: bigint): Figures => ({ ...NO_FIGURES, winsCount: 1n, winsUnits: units, ggrUnits: -units });
  const both = { ...prize(12n), winsCount: 2n };
  const of = (vendor: string, currencyCode: string, figures: Figures) => ({ vendor, currencyCode, figures });
  const ours = [of('', 'EUR', both), of('', 'USD', prize(5n)), of('netent', 'EUR', FIGURES)];
  const told = (theirs: Parameters<typeof compareDay>[1]) =>
    compareDay(ours, theirs, RULES).map(({ vendor, currencyCode, difference, isUnlisted }) =>
      [vendor, currencyCode, difference?.kind ?? 'agrees', isUnlisted ? 'together' : ''].join(' ').trim(),
    );
  const [netent, dollars] = [of('netent', 'EUR', FIGURES), of('prizes', 'USD', prize(5n))];
  expect(told([netent, of('prizes', 'EUR', prize(7n)), of('drops', 'EUR', prize(5n)), dollars])).toEqual([
    'EUR agrees together',
    'USD agrees together',
    'netent EUR agrees',
    'prizes EUR agrees together',
    'drops EUR agrees together',
    'prizes USD agrees together',
  ]);
  // A cent less, another count, or another currency: each is a difference of its own.
  for (const other of [prize(11n), prize(12n)]) {
    expect(told([netent, of('prizes', 'EUR', other), dollars])).toEqual([
      'EUR report_missing',
      'USD agrees together',
      'netent EUR agrees',
      'prizes EUR ledger_missing',
      'prizes USD agrees together',
    ]);
  }
  expect(told([netent, of('prizes', 'SEK', prize(5n))])).toContain('prizes SEK ledger_missing');
  // What differs at a vendor that both have is no part of it.
  expect(told([of('netent', 'EUR', { ...FIGURES, ...both }), dollars])).toContain('netent EUR report_differs');
});

test('where the revenue is the same, the largest sum that differs is at stake', () => {
  expect(atStakeUnits(FIGURES, { ...FIGURES, betsUnits: 1_610n, winsUnits: 1_330n })).toBe(1_000n);
  expect(atStakeUnits(null, FIGURES)).toBe(280n);
  expect(atStakeUnits(FIGURES, { ...FIGURES, betsCount: 9n })).toBe(0n);
});

test('keys of findings fit their column, are ASCII, and no two groups share one', () => {
  const group = fc.record({
    vendor: fc.string({ unit: 'grapheme', maxLength: 64 }),
    currencyCode: fc.stringMatching(/^[A-Za-z0-9]{1,4}$/),
    number: fc.integer({ min: 1, max: 20 }),
  });
  fc.assert(
    fc.property(group, group, (a, b) => {
      const [one, other] = [a, b].map((each) => findingKey('operator.of-20-chars', '2026-11-18', each, each.number));
      expect(one).toMatch(/^[!-~]{1,160}$/);
      expect(one === other).toBe(JSON.stringify(Object.values(a)) === JSON.stringify(Object.values(b)));
    }),
  );
  const tricky = [
    findingKey('casino', '2026-11-18', { vendor: 'a:EUR', currencyCode: '2' }),
    findingKey('casino', '2026-11-18', { vendor: 'a', currencyCode: 'EUR' }, 2),
    findingKey('casino', '2026-11-18', { vendor: 'a#2', currencyCode: 'EUR' }),
  ];
  expect(new Set(tricky).size).toBe(3);
});

test('figures are kept exactly', () => {
  const value = fc.bigInt({ min: -(2n ** 63n) + 1n, max: 2n ** 63n - 1n });
  const figures = fc.record({
    ...{ betsCount: value, betsUnits: value, winsCount: value, winsUnits: value, freespinsUnits: value },
    ...{ jackpotsCount: value, jackpotsUnits: value, ggrUnits: value, freespinsCount: fc.option(value) },
  });
  fc.assert(
    fc.property(figures, (kept) => {
      expect(parseFigures(formatFigures(kept))).toEqual(kept);
    }),
  );
  expect(parseFigures(formatFigures(null))).toBeNull();
});
