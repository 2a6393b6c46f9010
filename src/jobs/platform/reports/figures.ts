import { z } from 'zod';
import type { PlayTotals } from '../../../gen/wallet/v1/bookkeeping_pb.ts';
import type { ReportFigure } from '../config.ts';

/**
 * What a report says of a vendor's day, and what our books say of it. Units of 1/100. freespinsCount: null where our books don't tell free
 * spins' bets from their wins.
 */
export type Figures = {
  betsCount: bigint;
  betsUnits: bigint;
  winsCount: bigint;
  winsUnits: bigint;
  freespinsCount: bigint | null;
  freespinsUnits: bigint;
  jackpotsCount: bigint;
  jackpotsUnits: bigint;
  ggrUnits: bigint;
};

/** Our side: refunds are part of the GGR, and no figure of the report's. */
export type OurPlay = Figures & { refundsCount: bigint; refundsUnits: bigint };

/** The report's names of the figures, and whether each is a sum, for which there may be a tolerance. */
export const FIGURES = {
  bets_sum: { key: 'betsUnits', isSum: true },
  bets_count: { key: 'betsCount', isSum: false },
  wins_sum: { key: 'winsUnits', isSum: true },
  wins_count: { key: 'winsCount', isSum: false },
  freespins_sum: { key: 'freespinsUnits', isSum: true },
  freespins_count: { key: 'freespinsCount', isSum: false },
  jackpots_sum: { key: 'jackpotsUnits', isSum: true },
  jackpots_count: { key: 'jackpotsCount', isSum: false },
  gross_gaming_revenue: { key: 'ggrUnits', isSum: true },
} as const satisfies Record<ReportFigure, { key: keyof Figures; isSum: boolean }>;

/** Which figures count, and by how much sums may differ. */
export type Rules = { figures: readonly ReportFigure[]; toleranceUnits: bigint };

const KEYS = Object.values(FIGURES).map(({ key }) => key);

export const NO_FIGURES: Figures = {
  betsCount: 0n,
  betsUnits: 0n,
  winsCount: 0n,
  winsUnits: 0n,
  freespinsCount: 0n,
  freespinsUnits: 0n,
  jackpotsCount: 0n,
  jackpotsUnits: 0n,
  ggrUnits: 0n,
};

export const NO_PLAY: OurPlay = { ...NO_FIGURES, refundsCount: 0n, refundsUnits: 0n };

/** GGR is what is staked less wins and refunds. */
export function playOf(totals: PlayTotals): OurPlay {
  return {
    betsCount: totals.betCount,
    betsUnits: totals.betUnits,
    winsCount: totals.winCount,
    winsUnits: totals.winUnits,
    // None at all are none of either kind.
    freespinsCount: totals.freeSpinBetCount ?? (totals.freeSpinCount === 0n ? 0n : null),
    freespinsUnits: totals.freeSpinWinUnits,
    jackpotsCount: totals.jackpotCount,
    jackpotsUnits: totals.jackpotUnits,
    ggrUnits: totals.betUnits - totals.winUnits - totals.refundUnits,
    refundsCount: totals.refundCount,
    refundsUnits: totals.refundUnits,
  };
}

export const isNothing = (figures: Figures): boolean => KEYS.every((key) => (figures[key] ?? 0n) === 0n);

/** `a` and `sign` times `b`. */
export function added<F extends Figures>(a: F, b: Figures, sign: 1n | -1n = 1n): F {
  const sums = KEYS.map((key) => {
    const [x, y] = [a[key], b[key]];
    return [key, x === null || y === null ? null : x + sign * y];
  });
  return { ...a, ...Object.fromEntries(sums) };
}

/** The figures that differ, of those that count. One that our side can't tell doesn't. */
export function differing(ours: Figures, theirs: Figures, { figures, toleranceUnits }: Rules): ReportFigure[] {
  return figures.filter((name) => {
    const { key, isSum } = FIGURES[name];
    const [a, b] = [ours[key], theirs[key]];
    return a !== null && b !== null && magnitude(a - b) > (isSum ? toleranceUnits : 0n);
  });
}

export const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);

const MAX_BIGINT = 2n ** 63n - 1n;

/** What a BIGINT column and a message can hold; of absurd reports only. */
export const clamped = (value: bigint): bigint =>
  value > MAX_BIGINT ? MAX_BIGINT : value < -MAX_BIGINT ? -MAX_BIGINT : value;

const digits = z
  .string()
  .regex(/^-?\d{1,19}$/)
  .transform(BigInt);
const storedSchema = z.object({
  betsCount: digits,
  betsUnits: digits,
  winsCount: digits,
  winsUnits: digits,
  freespinsCount: digits.nullable(),
  freespinsUnits: digits,
  jackpotsCount: digits,
  jackpotsUnits: digits,
  ggrUnits: digits,
});

/** As report_comparisons keeps them; empty: that side has nothing. */
export function formatFigures(figures: Figures | null): string {
  if (figures === null) return '';
  return JSON.stringify(Object.fromEntries(KEYS.map((key) => [key, figures[key]?.toString() ?? null])));
}

export function parseFigures(text: string): Figures | null {
  return text === '' ? null : storedSchema.parse(JSON.parse(text));
}
