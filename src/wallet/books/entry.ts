import { dayOf } from '../core/limits.ts';
import type { StoredStatus } from '../core/state.ts';

// Terminology
//
// entry        one row of the ledger, as the books read it
// counted      an entry that moved money in play and was not canceled: what totals are made of
// booked       what of a round stands in the days' totals
// played day   the UTC day on which the provider says that an entry was made
// written day  the UTC day on which its row was written
// anomaly      what looks wrong in a round and a person should know of

/** Amounts are units of 1/100, times ms since 1970. */
export type Entry = {
  playerId: bigint;
  operatorId: string;
  provider: string;
  transactionId: string;
  isReversal: boolean;
  kind: string;
  status: StoredStatus;
  amountUnits: bigint;
  currencyCode: string;
  roundId: string;
  gameId: string;
  /** JSON as it came, or empty. */
  context: string;
  /** The provider's own time; 0: it gave none. */
  occurredAtMs: number;
  createdAtMs: number;
};

const PLAY: ReadonlySet<string> = new Set(['bet', 'win', 'refund']);

/** Whether the entry moved money between player and games; a refusal, a tombstone, a reversal or a transfer did not. */
export const isPlay = (entry: Entry): boolean => entry.status === 'ok' && !entry.isReversal && PLAY.has(entry.kind);

/** Those of a round's entries (all of them, in any order) that moved money in play and were not canceled. */
export function countedOf(entries: readonly Entry[]): Entry[] {
  const canceled = new Set(entries.filter((entry) => entry.isReversal).map((entry) => entry.transactionId));
  return entries.filter((entry) => isPlay(entry) && !canceled.has(entry.transactionId));
}

/**
 * A provider's time that is farther than this from when the row was written is a wrong clock's, not a slow answer's: PLATFORM gives up
 * repeating a transaction long before. Two days also bound what is read for one played day.
 */
export const PLAYED_WITHIN_DAYS = 2;
export const PLAYED_WITHIN_MS = PLAYED_WITHIN_DAYS * 86_400_000;

/** The day that an entry was written on, in days since 1970. */
export const writtenDayOf = (entry: Entry): number => dayOf(entry.createdAtMs);

/**
 * The day that a provider's reports count an entry on, in days since 1970. What belongs to no round counts on the day it was written:
 * see `bookAlone`.
 */
export function playedDayOf(entry: Entry): number {
  const { roundId, occurredAtMs, createdAtMs } = entry;
  const told = occurredAtMs > 0 && Math.abs(occurredAtMs - createdAtMs) <= PLAYED_WITHIN_MS;
  return dayOf(told && roundId !== '' ? occurredAtMs : createdAtMs);
}
