import type { Entry } from './entry.ts';

export const DAY_MS = 86_400_000;

/** A bet of 1.00 in round r1 of game 200, on day 20000; changed as a test wants it. */
export function entry(changed: Partial<Entry> = {}): Entry {
  return {
    playerId: 1n,
    operatorId: 'casino',
    provider: 'platform',
    transactionId: 't1',
    isReversal: false,
    kind: 'bet',
    status: 'ok',
    amountUnits: 100n,
    currencyCode: 'EUR',
    roundId: 'r1',
    gameId: '200',
    context: '',
    occurredAtMs: 0,
    createdAtMs: 20_000 * DAY_MS,
    ...changed,
  };
}

export const win = (changed: Partial<Entry> = {}): Entry => entry({ kind: 'win', transactionId: 't2', ...changed });

export const reversalOf = (original: Entry, afterMs = 1): Entry => ({
  ...original,
  isReversal: true,
  kind: 'reversal',
  createdAtMs: original.createdAtMs + afterMs,
});
