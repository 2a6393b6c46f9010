import type { StoredRow } from './model.ts';
import type { MovementKind, RoundView } from './types.ts';
import type { ModelPlayer } from './world.ts';

/** What is summed over a player's rows: rounds, and what the limits count. Canceled and refused transactions never count. */

/** null: the player has no row of the round. */
export function roundOf(player: ModelPlayer, provider: string, roundId: string): RoundView | null {
  const rows = player.rows.filter((row) => row.provider === provider && row.roundId === roundId);
  if (rows.length === 0) return null;
  const counted = rows.filter((row) => counts(player, row));
  return {
    betUnits: sum(counted, 'bet'),
    winUnits: sum(counted, 'win'),
    refundUnits: sum(counted, 'refund'),
    transactionCount: counted.length,
    closed: player.closedRounds.has(roundKey(provider, roundId)),
  };
}

/** Stakes and losses of the day, the week and the month that `nowMs` lies in. */
export function usedIn(player: ModelPlayer, nowMs: number): { stakeUnits: bigint; lossUnits: bigint }[] {
  return [dayStart, weekStart, monthStart].map((start) => used(player, start, nowMs));
}

function used(player: ModelPlayer, start: (ms: number) => number, nowMs: number) {
  const rows = player.rows.filter((row) => counts(player, row) && start(row.atMs) === start(nowMs));
  const stakeUnits = sum(rows, 'bet');
  return { stakeUnits, lossUnits: stakeUnits - sum(rows, 'win') - sum(rows, 'refund') };
}

const dayStart = (ms: number): number => new Date(ms).setUTCHours(0, 0, 0, 0);
const weekStart = (ms: number): number => {
  const day = new Date(dayStart(ms));
  return day.setUTCDate(day.getUTCDate() - ((day.getUTCDay() + 6) % 7));
};
const monthStart = (ms: number): number => new Date(dayStart(ms)).setUTCDate(1);

function counts(player: ModelPlayer, row: StoredRow): boolean {
  const isPlay = row.kind === 'bet' || row.kind === 'win' || row.kind === 'refund';
  return isPlay && row.status === 'OK' && !isCanceled(player, row);
}

function sum(rows: readonly StoredRow[], kind: MovementKind): bigint {
  return rows.filter((row) => row.kind === kind).reduce((total, row) => total + row.amountUnits, 0n);
}

/** A tombstone was canceled before it came. */
export function isCanceled(player: ModelPlayer, row: StoredRow): boolean {
  if (row.kind === 'tombstone') return true;
  return player.rows.some(
    (other) => other.isReversal && other.provider === row.provider && other.transactionId === row.transactionId,
  );
}

export const roundKey = (provider: string, roundId: string): string => `${provider} ${roundId}`;
