import { integer, type Random, word } from '../random.ts';
import { PRIZE_GAMES } from './games.ts';
import type { Json } from './json.ts';

/** spin: a bet and its win; freespin: a bet of nothing; jackpot: the win is one; refund: the bet is given back; prize: a win without a bet. */
export const ROUND_KINDS = ['spin', 'freespin', 'jackpot', 'refund', 'prize'] as const;
export type RoundKind = (typeof ROUND_KINDS)[number];

/** How often of 1,000 rounds one is of which kind; the others are spins. */
const SELDOM: readonly [RoundKind, number][] = [
  ['freespin', 60],
  ['refund', 20],
  ['jackpot', 10],
];

export function drawKind(random: Random): RoundKind {
  let drawn = random() * 1000;
  for (const [kind, per1000] of SELDOM) {
    if (drawn < per1000) return kind;
    drawn -= per1000;
  }
  return 'spin';
}

/** How often of 1,000 spins a bet is won how many tenths: 0.92 of the bets comes back. */
const WINS: readonly { tenths: bigint; per1000: number }[] = [
  { tenths: 5n, per1000: 120 },
  { tenths: 12n, per1000: 150 },
  { tenths: 20n, per1000: 100 },
  { tenths: 50n, per1000: 34 },
  { tenths: 150n, per1000: 10 },
  { tenths: 500n, per1000: 2 },
];

/** Units of 1/100. */
export function drawWin(random: Random, betUnits: bigint): bigint {
  let drawn = random() * 1000;
  for (const { tenths, per1000 } of WINS) {
    if (drawn < per1000) return (betUnits * tenths) / 10n;
    drawn -= per1000;
  }
  return 0n;
}

/** What a round of this kind wins where nobody says. Units of 1/100. */
export function drawWinOf(random: Random, kind: RoundKind, betUnits: bigint): bigint {
  if (kind === 'spin') return drawWin(random, betUnits);
  if (kind === 'jackpot') return (betUnits > 0n ? betUnits : 100n) * BigInt(integer(random, 100, 1_000));
  return BigInt(integer(random, kind === 'prize' ? 100 : 0, 2_000));
}

const PRIZE_REASONS = ['PROMO-DROP', 'PROMO-TOURNAMENT', 'PROMO-MISSION', 'PROMO-JACKPOT'];

/** The reason is of the kind of prize that the game id stands for. */
export const prizeReason = (gameId: number): string => PRIZE_REASONS[PRIZE_GAMES.indexOf(gameId)] ?? 'PROMO-DROP';

export const drawPrizeGame = (random: Random): number => PRIZE_GAMES[integer(random, 0, PRIZE_GAMES.length - 1)] ?? 400;

/** context.reason of a transaction. PLATFORM v2.49, changebalance. */
export function reasonOf(kind: RoundKind, type: 'BET' | 'WIN' | 'REFUND', gameId: number): string {
  if (kind === 'freespin') return 'PROMO-FREESPIN';
  if (kind === 'prize') return prizeReason(gameId);
  if (kind === 'jackpot' && type === 'WIN') return 'JACKPOT';
  return type === 'WIN' ? 'COLLECT' : 'SPIN';
}

/** What a context has beside its reason and history id. */
export function contextDetails(kind: RoundKind, random: Random): { readonly [name: string]: Json } {
  if (kind !== 'freespin') return {};
  const left = integer(random, 0, 9);
  return { campaign_code: `FS-${word(random, 8)}`, campaign_details: { total_spins: 10, remaining_spins: left } };
}

/** PLATFORM's ids: transactions' have up to 20 digits, which no JavaScript number holds. */
export function createIds(nowMs: number, random: Random) {
  let transactionId = BigInt(nowMs) * 10_000_000n + BigInt(integer(random, 0, 4_999_999));
  let roundId = BigInt(nowMs) * 1_000n + BigInt(integer(random, 0, 499));
  return {
    transaction: (): bigint => ++transactionId,
    round: (): bigint => ++roundId,
  };
}
