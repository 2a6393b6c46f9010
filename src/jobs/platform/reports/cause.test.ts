import { expect, test } from 'vitest';
import { REPORT_FIGURES } from '../config.ts';
import { type CauseInput, type ClassPlay, causeOf, type PlayClassName } from './cause.ts';
import { added, type Figures, NO_FIGURES, NO_PLAY, type OurPlay } from './figures.ts';

const bets = (...units: bigint[]): OurPlay => {
  const betsUnits = units.reduce((sum, each) => sum + each, 0n);
  return { ...NO_PLAY, betsCount: BigInt(units.length), betsUnits, ggrUnits: betsUnits };
};
const OURS: OurPlay = { ...bets(100n, 250n, 300n), winsCount: 2n, winsUnits: 90n, ggrUnits: 560n };

const classOf = (name: PlayClassName, play: OurPlay): ClassPlay => ({
  ...{ class: name, play },
  transactionCount: play.betsCount,
});

const named = (theirs: Figures | null, more: Partial<CauseInput> = {}): string =>
  causeOf({
    ...{ ours: OURS, theirs, written: OURS, classes: [], transactions: [] },
    rules: { figures: REPORT_FIGURES, toleranceUnits: 0n },
    ...more,
  });

test('a difference that nothing explains has no cause', () => {
  const classes = [classOf('canceled_later', bets(70n)), classOf('unresolved', bets(250n))];
  expect(named({ ...OURS, betsUnits: 651n, ggrUnits: 561n }, { classes })).toBe('');
  // The sum fits, the count doesn't.
  expect(named({ ...OURS, betsUnits: 720n, ggrUnits: 630n }, { classes })).toBe('');
  // Nor does what is the same on both sides need one.
  expect(named(OURS, { classes: [classOf('canceled_later', NO_PLAY)] })).toBe('');
});

test('what they count by when we wrote it is the day boundary, even where we have nothing of it or they have', () => {
  const written = added(OURS, bets(40n), -1n);
  expect(named(written, { written })).toBe('day_boundary');
  expect(named(null, { written: NO_PLAY })).toBe('day_boundary');
  expect(named(bets(40n), { ours: null, written: bets(40n) })).toBe('day_boundary');
  // Of those at the boundary, only some: their clock is not ours.
  const transactions = [40n, 50n, 60n].map((units) => ({ class: 'made_another_day' as const, figures: bets(units) }));
  const theirs = added(OURS, bets(40n, 60n));
  expect(named(theirs, { transactions })).toBe('day_boundary');
  expect(named(added(OURS, bets(41n)), { transactions })).toBe('');
});

test('what was canceled and what has no known outcome is told, whole or in part', () => {
  const classes = [classOf('canceled_later', bets(70n, 80n)), classOf('unresolved', bets(100n, 300n))];
  expect(named(added(OURS, bets(70n, 80n)), { classes })).toBe('late_cancel');
  expect(named(added(OURS, bets(100n, 300n), -1n), { classes })).toBe('unknown_outcome');
  expect(named(added(OURS, bets(15n)), { classes: [classOf('refused', bets(15n))] })).toBe('unknown_outcome');
  const some = (name: PlayClassName, units: bigint) => ({ class: name, figures: bets(units) });
  expect(named(added(OURS, bets(80n)), { transactions: [some('canceled_later', 70n), some('canceled', 80n)] })).toBe(
    'late_cancel',
  );
  expect(named(added(OURS, bets(300n), -1n), { transactions: [some('unresolved', 300n)] })).toBe('unknown_outcome');
  // More than there are combinations to try.
  const many = Array.from({ length: 13 }, (_, at) => some('unresolved', BigInt(300 + at)));
  expect(named(added(OURS, bets(300n), -1n), { transactions: many })).toBe('');
});

test('refunds are told however they are put into the report', () => {
  const ours = { ...OURS, refundsCount: 1n, refundsUnits: 250n, ggrUnits: 310n };
  for (const theirs of [
    { ...ours, betsUnits: 400n },
    { ...ours, betsUnits: 400n, betsCount: 2n },
    { ...ours, winsUnits: 340n },
    { ...ours, winsUnits: 340n, winsCount: 3n },
    { ...ours, ggrUnits: 560n },
  ]) {
    expect(named(theirs, { ours, written: ours })).toBe('refunds');
  }
});

test('what only one side has is not booked or not reported, unless something else explains it', () => {
  expect(named(null)).toBe('not_reported');
  expect(named(bets(100n), { ours: null, written: null })).toBe('not_booked');
  const classes = [classOf('canceled_later', bets(100n))];
  expect(named(bets(100n), { ours: null, written: NO_PLAY, classes })).toBe('late_cancel');
  // All of ours had no result: that they have no row has a simpler reason.
  expect(named(null, { classes: [classOf('unresolved', OURS)] })).toBe('not_reported');
});

test('of bets that were canceled before they came the number is enough', () => {
  const tombstones = { class: 'tombstone', transactionCount: 2n, play: NO_PLAY } as const;
  expect(named(added(OURS, bets(5n, 6n)), { classes: [tombstones] })).toBe('unknown_outcome');
  expect(named(added(OURS, bets(5n)), { classes: [tombstones] })).toBe('');
  expect(named(added(OURS, { ...NO_FIGURES, winsCount: 2n, winsUnits: 5n }), { classes: [tombstones] })).toBe('');
});
