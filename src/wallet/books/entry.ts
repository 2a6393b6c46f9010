import { dayOf } from '../core/limits.ts';
import type { StoredStatus } from '../core/state.ts';

// Terminology
//
// entry        one row of the ledger, as the books read it
// counted      an entry that moved money in play and was not canceled: what totals are made of
// booked       what of a round stands in the days' totals
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

/** The UTC day that an entry counts on, in days since 1970. */
export const dayOfEntry = (entry: Entry): number => dayOf(entry.createdAtMs);
