import { readContext } from './context.ts';
import type { Entry } from './entry.ts';

/** What counted entries add up to. Units of 1/100, rake in 1/10000 of the currency. */
export type Totals = {
  betCount: bigint;
  betUnits: bigint;
  winCount: bigint;
  winUnits: bigint;
  refundCount: bigint;
  refundUnits: bigint;
  /** Bets and wins of promotional free spins; they are among those above. */
  freeSpinCount: bigint;
  freeSpinWinUnits: bigint;
  rakeTenThousandths: bigint;
  /** Of the wins above, jackpots. */
  jackpotCount: bigint;
  jackpotUnits: bigint;
  /** Of freeSpinCount, the bets: what PLATFORM's reports count as free spins. */
  freeSpinBetCount: bigint;
};

/** PLATFORM v2.49, changebalance: "Promotional freespins have the value PROMO-FREESPIN." */
export const FREE_SPIN = 'PROMO-FREESPIN';
/** What a jackpot's reason holds, in letters of either case: the document names no values. */
export const JACKPOT = 'JACKPOT';

export const TOTALS = [
  'betCount',
  'betUnits',
  'winCount',
  'winUnits',
  'refundCount',
  'refundUnits',
  'freeSpinCount',
  'freeSpinWinUnits',
  'rakeTenThousandths',
  'jackpotCount',
  'jackpotUnits',
  'freeSpinBetCount',
] as const satisfies readonly (keyof Totals)[];

export const noTotals = (): Totals => ({
  betCount: 0n,
  betUnits: 0n,
  winCount: 0n,
  winUnits: 0n,
  refundCount: 0n,
  refundUnits: 0n,
  freeSpinCount: 0n,
  freeSpinWinUnits: 0n,
  rakeTenThousandths: 0n,
  jackpotCount: 0n,
  jackpotUnits: 0n,
  freeSpinBetCount: 0n,
});

/** Adds one counted entry; with `sign` -1n takes it back. */
export function addEntry(totals: Totals, entry: Entry, sign: 1n | -1n = 1n): void {
  const units = sign * entry.amountUnits;
  if (entry.kind === 'refund') {
    totals.refundCount += sign;
    totals.refundUnits += units;
    return;
  }
  const { reason, rakeTenThousandths } = readContext(entry.context);
  const isFreeSpin = reason === FREE_SPIN;
  if (isFreeSpin) totals.freeSpinCount += sign;
  if (entry.kind === 'bet') {
    totals.betCount += sign;
    totals.betUnits += units;
    if (isFreeSpin) totals.freeSpinBetCount += sign;
    return;
  }
  totals.winCount += sign;
  totals.winUnits += units;
  if (isFreeSpin) totals.freeSpinWinUnits += units;
  if (reason.toUpperCase().includes(JACKPOT)) {
    totals.jackpotCount += sign;
    totals.jackpotUnits += units;
  }
  // "Poker rake amount sent with a WIN type transaction": one that a bet repeats is not taken twice.
  totals.rakeTenThousandths += sign * rakeTenThousandths;
}

export function totalsOf(counted: readonly Entry[]): Totals {
  const totals = noTotals();
  for (const entry of counted) addEntry(totals, entry);
  return totals;
}

/** Stakes less wins and refunds. */
export const grossGamingRevenueUnits = (totals: Pick<Totals, 'betUnits' | 'winUnits' | 'refundUnits'>): bigint =>
  totals.betUnits - totals.winUnits - totals.refundUnits;
