import { expect, test } from 'vitest';
import { REPORT_FIGURES } from '../config.ts';
import { COMBINED_AT_MOST, COMBINED_CLASSES, causeOf } from './cause.ts';
import { compareDay, findingKey } from './compare.ts';
import { isNothing, playOf, type Rules } from './figures.ts';
import { DAY, ERRORS, OPERATOR, type SimulatedDay, type SimulatedGroup, simulateDay } from './test-report-day.ts';

const DAYS = 300;
const RULES: Rules = { figures: REPORT_FIGURES, toleranceUnits: 0n };

/** What is found of a day, as reconcile.ts puts it together. */
function find({ groups }: SimulatedDay): { key: string; kind: string; cause: string }[] {
  const ours = groups.map((group) => ({ ...group, figures: playOf(group.played) }));
  const theirs = groups.flatMap((group) => (group.theirs === null ? [] : [{ ...group, figures: group.theirs }]));
  return compareDay(ours, theirs, RULES).flatMap((compared) => {
    if (compared.difference === null) return [];
    const group = groups.find((each) => each.vendor === compared.vendor && each.currencyCode === compared.currencyCode);
    if (group === undefined) throw new Error('a group that nobody made');
    return [{ key: findingKey(OPERATOR, DAY, compared), kind: compared.difference.kind, cause: causeFor(group) }];
  });
}

function causeFor(group: SimulatedGroup): string {
  const small = group.classes.filter(
    ({ class: name, transactionCount }) => COMBINED_CLASSES.has(name) && transactionCount <= COMBINED_AT_MOST,
  );
  const names = new Set(small.map((each) => each.class));
  const played = playOf(group.played);
  return causeOf({
    ours: isNothing(played) ? null : played,
    theirs: group.theirs,
    written: playOf(group.written),
    classes: group.classes,
    transactions: group.transactions.filter((each) => names.has(each.class)),
    rules: RULES,
  });
}

const sorted = (found: readonly { key: string; kind: string; cause: string }[]) =>
  found.map(({ key, kind, cause }) => `${key} ${kind} ${cause}`).sort();

test(`of ${DAYS} days with differences, all are found, each with its cause, and nothing else is`, () => {
  const injected = new Map<string, number>();
  let groups = 0;
  for (let seed = 1; seed <= DAYS; seed += 1) {
    const day = simulateDay(seed, 0.4);
    groups += day.groups.length;
    expect(sorted(find(day)), `seed ${seed}`).toEqual(sorted(day.wrong));
    for (const { cause } of day.wrong) injected.set(cause, (injected.get(cause) ?? 0) + 1);
  }
  const counts = Object.fromEntries(ERRORS.map((error) => [error, injected.get(error)]));
  // Days are made from seeds: as many as ever, and of each kind enough.
  expect({ groups, ...counts }).toEqual({
    groups: 2066,
    day_boundary: 98,
    late_cancel: 68,
    refunds: 91,
    unknown_outcome: 73,
    not_reported: 120,
    not_booked: 108,
    '': 127,
  });
});

test(`of ${DAYS} days without, nothing is found`, () => {
  for (let seed = 1; seed <= DAYS; seed += 1) expect(find(simulateDay(seed, 0)), `seed ${seed}`).toEqual([]);
});
