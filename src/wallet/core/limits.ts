import type { Account, Counters, Limits } from './state.ts';

const DAY_MS = 86_400_000;

export const dayOf = (atMs: number): number => Math.floor(atMs / DAY_MS);

/** Weeks begin on Monday; 1970-01-01 was a Thursday. */
const weekOf = (day: number): number => Math.floor((day + 3) / 7);

function monthOf(day: number): number {
  const date = new Date(day * DAY_MS);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** The counters as of `day`: periods that are over start from nothing. A clock that is behind another wallet's never turns them back. */
export function rollCounters(counters: Counters, day: number): Counters {
  if (day <= counters.day) return counters;
  const sameWeek = weekOf(day) === weekOf(counters.day);
  const sameMonth = monthOf(day) === monthOf(counters.day);
  return {
    day,
    stakeDayUnits: 0n,
    stakeWeekUnits: sameWeek ? counters.stakeWeekUnits : 0n,
    stakeMonthUnits: sameMonth ? counters.stakeMonthUnits : 0n,
    lossDayUnits: 0n,
    lossWeekUnits: sameWeek ? counters.lossWeekUnits : 0n,
    lossMonthUnits: sameMonth ? counters.lossMonthUnits : 0n,
  };
}

/** Far above any limit, and within a BIGINT: a counter that is full stays full, and holds up nobody's credit. */
const MAX_COUNTER_UNITS = 9_000_000_000_000_000_000n;

function add(counterUnits: bigint, units: bigint): bigint {
  const sum = counterUnits + units;
  if (sum > MAX_COUNTER_UNITS) return MAX_COUNTER_UNITS;
  return sum < -MAX_COUNTER_UNITS ? -MAX_COUNTER_UNITS : sum;
}

/** Counts a stake and a loss (negative: takes back) that belong to `day`; periods that have ended since are left alone. */
export function countMovement(counters: Counters, day: number, stakeUnits: bigint, lossUnits: bigint): Counters {
  const rolled = rollCounters(counters, day);
  const ownDay = day >= rolled.day;
  const ownWeek = ownDay || weekOf(day) === weekOf(rolled.day);
  const ownMonth = ownDay || monthOf(day) === monthOf(rolled.day);
  return {
    day: rolled.day,
    stakeDayUnits: add(rolled.stakeDayUnits, ownDay ? stakeUnits : 0n),
    stakeWeekUnits: add(rolled.stakeWeekUnits, ownWeek ? stakeUnits : 0n),
    stakeMonthUnits: add(rolled.stakeMonthUnits, ownMonth ? stakeUnits : 0n),
    lossDayUnits: add(rolled.lossDayUnits, ownDay ? lossUnits : 0n),
    lossWeekUnits: add(rolled.lossWeekUnits, ownWeek ? lossUnits : 0n),
    lossMonthUnits: add(rolled.lossMonthUnits, ownMonth ? lossUnits : 0n),
  };
}

/** Whether a bet of `amountUnits` now would pass one of the player's limits. A bet of nothing passes none. */
export function passesLimit(limits: Limits | null, account: Account, amountUnits: bigint, nowMs: number): boolean {
  if (limits === null || amountUnits === 0n) return false;
  const counters = rollCounters(account.counters, dayOf(nowMs));
  const passes = (limit: bigint | null, units: bigint): boolean => limit !== null && units > limit;
  return (
    passes(limits.betMaxUnits, amountUnits) ||
    passes(limits.stakeDayUnits, counters.stakeDayUnits + amountUnits) ||
    passes(limits.stakeWeekUnits, counters.stakeWeekUnits + amountUnits) ||
    passes(limits.stakeMonthUnits, counters.stakeMonthUnits + amountUnits) ||
    passes(limits.lossDayUnits, counters.lossDayUnits + amountUnits) ||
    passes(limits.lossWeekUnits, counters.lossWeekUnits + amountUnits) ||
    passes(limits.lossMonthUnits, counters.lossMonthUnits + amountUnits)
  );
}
