import { expect, test } from 'vitest';
import { findingsOf, lastReversalMs } from '../../bench/stargame/check.ts';
import {
  FIRST_TERMINAL_PLAYER,
  type Kind,
  notificationOf,
  numberOfAmount,
  TERMINAL_COUNT,
} from '../../bench/stargame/notifications.ts';

// A benchmark that can't see lost money would praise whoever loses it fastest.

const FIRST = 1;
const SENT = 30;
const numbers = Array.from({ length: SENT }, (_, index) => FIRST + index);
const firstOf = (kind: Kind): number => numbers.find((number) => notificationOf(number).kind === kind) as number;

type Row = Parameters<typeof findingsOf>[1][number];

function rowsOf(number: number): Row[] {
  const { terminal, betUnits, winUnits } = notificationOf(number);
  const row = { playerId: FIRST_TERMINAL_PLAYER + terminal + 1, reversedAtMs: null };
  return [
    ...(betUnits > 0 ? [{ ...row, kind: 'bet' as const, units: betUnits }] : []),
    ...(winUnits > 0 ? [{ ...row, kind: 'win' as const, units: winUnits }] : []),
  ];
}

const all = numbers.flatMap(rowsOf);
const without = (number: number): Row[] => all.filter(({ units }) => numberOfAmount(units) !== number);
const reversed = (number: number): Row[] => [
  ...without(number),
  ...rowsOf(number).map((row) => ({ ...row, reversedAtMs: 1 })),
];
const check = (rows: Row[], notSucceeded: number[] = [], notSent: number[] = []): string[] =>
  findingsOf({ firstNumber: FIRST, sent: SENT, notSucceeded, notSent }, rows);

test('a ledger that agrees with the answers has no findings', () => {
  expect(check(all)).toEqual([]);
});

test.each(['bet', 'bet+win'] as const)('a failed %s must count for nothing', (kind) => {
  const number = firstOf(kind);
  expect(check(without(number), [number])).toEqual([]);
  expect(check(reversed(number), [number])).toEqual([]);
  expect(check(all, [number])).toContain(`notification ${number}, fail: its bet counts 1 times`);
});

test.each(['bet', 'bet+win'] as const)('a %s that succeeded must be there, and not reversed', (kind) => {
  const number = firstOf(kind);
  const finding = `notification ${number}, success: its bet counts 0 times`;
  expect(check(without(number))).toContain(finding);
  expect(check(reversed(number))).toContain(finding);
});

test('a win must be there exactly once, whatever was answered', () => {
  const number = firstOf('win');
  expect(check(all, [number])).toEqual([]);
  expect(check(without(number), [number])).toEqual([`notification ${number}, fail: its win counts 0 times`]);
  expect(check([...all, ...rowsOf(number)])).toEqual([`notification ${number}, success: its win counts 2 times`]);
});

test('what found no connection must not be there', () => {
  const number = firstOf('win');
  expect(check(without(number), [number], [number])).toEqual([]);
  expect(check(all, [number], [number])).toEqual([`notification ${number}, not sent: its win counts 1 times`]);
});

test("money that another terminal's player moved is found", () => {
  const number = firstOf('bet');
  const rows = [...without(number), ...rowsOf(number).map((row) => ({ ...row, playerId: 7 }))];
  expect(check(rows)).toEqual([`notification ${number} moved money of player 7`]);
});

test('every terminal meets every kind', () => {
  const met = new Set(
    Array.from({ length: TERMINAL_COUNT * 10 }, (_, number) => {
      const { terminal, kind } = notificationOf(number);
      return `${terminal} ${kind}`;
    }),
  );
  expect(met.size).toBe(TERMINAL_COUNT * 4);
});

test('the last reversal counts from the end of the stall before it', () => {
  const stalls = [
    { fromMs: 1_000, toMs: 1_200 },
    { fromMs: 5_000, toMs: 5_200 },
  ];
  const at = (...times: (number | null)[]) => times.map((reversedAtMs) => ({ reversedAtMs }));
  expect(lastReversalMs(at(1_210, 1_250, 5_900, null), stalls)).toBe(700);
  expect(lastReversalMs(at(1_100), stalls)).toBe(0);
  expect(lastReversalMs(at(null), stalls)).toBeNull();
});
