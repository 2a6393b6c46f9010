import type { PlatformJobsConfig } from '../config.ts';

export type LimitKind = 'balance' | 'ggr';

/** What PLATFORM said at `readAtMs`. Units of 1/100; null: not said. */
export type LimitReading = {
  kind: LimitKind;
  currencyCode: string;
  readAtMs: number;
  /** Whether there is a limit at all. */
  isEnabled: boolean;
  isExceeded: boolean;
  /** Balance: what may still be lost. */
  availableUnits: bigint | null;
  /** GGR: the limit, and what of it is used. */
  limitUnits: bigint | null;
  usedUnits: bigint | null;
};

export const LIMIT_STATES = ['ok', 'warning', 'exceeded', 'unknown'] as const;
export type LimitStateName = (typeof LIMIT_STATES)[number];

/** `reachedAtMs`: when the limit is reached at the pace of the last day; null: it can't be told, or not soon. */
export type LimitState = { state: LimitStateName; reachedAtMs: number | null };

type StateConfig = Pick<
  PlatformJobsConfig,
  'LIMITS_EVERY_MS' | 'LIMITS_WARN_HOURS' | 'LIMITS_WARN_AVAILABLE' | 'LIMITS_WARN_PERCENT'
>;

const HOUR_MS = 3_600_000;
/** What the pace is taken of. */
export const PACE_MS = 24 * HOUR_MS;
/** A few minutes say nothing of a day. */
const PACE_MIN_MS = HOUR_MS;
/** As LIMITS_WARN_HOURS goes up to. */
const SOON_MS = 720n * BigInt(HOUR_MS);
/** So many readings may be missed. */
const UNKNOWN_AFTER = 3;

/** What is to be said of a limit, of its readings in any order. */
export function limitState(readings: readonly LimitReading[], config: StateConfig, nowMs: number): LimitState {
  const [last, ...before] = readings.toSorted((a, b) => b.readAtMs - a.readAtMs);
  if (last === undefined || nowMs - last.readAtMs > UNKNOWN_AFTER * config.LIMITS_EVERY_MS) return plain('unknown');
  if (!last.isEnabled) return plain('ok');
  const leftUnits = leftOf(last);
  if (last.isExceeded || (leftUnits !== null && leftUnits <= 0n)) return plain('exceeded');
  const reachedAtMs = reachedAt(last, before);
  const isNear = reachedAtMs !== null && reachedAtMs <= nowMs + config.LIMITS_WARN_HOURS * HOUR_MS;
  return { state: isNear || isLow(last, config) ? 'warning' : 'ok', reachedAtMs };
}

const plain = (state: LimitStateName): LimitState => ({ state, reachedAtMs: null });

/** Null: not said. */
function leftOf({ availableUnits, limitUnits, usedUnits }: LimitReading): bigint | null {
  if (availableUnits !== null) return availableUnits;
  return limitUnits === null || usedUnits === null ? null : limitUnits - usedUnits;
}

/** Only grows while players lose: where the limit is raised, the pace of a GGR limit stays right. */
function spentOf({ availableUnits, usedUnits }: LimitReading): bigint | null {
  if (usedUnits !== null) return usedUnits;
  return availableUnits === null ? null : -availableUnits;
}

/**
 * The first reading of the last day and the last one make the pace. An available balance that was topped up in between hides it until that
 * is a day ago; LIMITS_WARN_AVAILABLE is not fooled by that.
 */
function reachedAt(last: LimitReading, before: readonly LimitReading[]): number | null {
  const first = before.findLast(({ isEnabled, readAtMs }) => isEnabled && last.readAtMs - readAtMs <= PACE_MS);
  const leftUnits = leftOf(last);
  if (first === undefined || leftUnits === null) return null;
  const tookMs = last.readAtMs - first.readAtMs;
  const [spentFirst, spentLast] = [spentOf(first), spentOf(last)];
  if (tookMs < PACE_MIN_MS || spentFirst === null || spentLast === null || spentLast <= spentFirst) return null;
  const inMs = (leftUnits * BigInt(tookMs)) / (spentLast - spentFirst);
  return inMs <= SOON_MS ? last.readAtMs + Number(inMs) : null;
}

function isLow(reading: LimitReading, config: StateConfig): boolean {
  const { availableUnits, limitUnits, usedUnits } = reading;
  const enough = config.LIMITS_WARN_AVAILABLE.get(reading.currencyCode);
  if (availableUnits !== null && enough !== undefined && availableUnits < enough) return true;
  if (limitUnits === null || usedUnits === null) return false;
  return usedUnits * 100n > limitUnits * BigInt(config.LIMITS_WARN_PERCENT);
}
