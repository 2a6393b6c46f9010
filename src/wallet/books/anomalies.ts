import { gameKey } from '../core/keys.ts';
import { readContext } from './context.ts';
import { countedOf, type Entry, isPlay } from './entry.ts';

export type AnomalyKind = 'win_without_bet' | 'money_after_close' | 'bet_unresolved';

export type Anomaly = {
  playerId: bigint;
  provider: string;
  roundId: string;
  gameId: string;
  kind: AnomalyKind;
  /** For people. */
  detail: string;
};

export type AnomalyRules = {
  /** Games whose prizes need no bet, as `provider:game`. */
  promotional: ReadonlySet<string>;
  /** A bet from before this should have its result, also where nobody closed the round. */
  overdueBeforeMs: number;
};

/**
 * What looks wrong in a round, each kind once, of its first such entry. `entries` are all of the round's; `closedAtMs` is when it was
 * closed to new bets; null: it is open, and a result that isn't there may still come.
 */
export function anomaliesOf(entries: readonly Entry[], closedAtMs: number | null, rules: AnomalyRules): Anomaly[] {
  const counted = countedOf(entries);
  const found = [
    winWithoutBet(counted, rules.promotional),
    closedAtMs === null ? null : moneyAfterClose(entries, closedAtMs),
    betUnresolved(counted, closedAtMs === null ? rules.overdueBeforeMs : Number.POSITIVE_INFINITY),
  ];
  return found.filter((anomaly) => anomaly !== null);
}

/** Promotional prizes (drops, tournaments, missions, jackpots) come without a bet. */
function winWithoutBet(counted: readonly Entry[], promotional: ReadonlySet<string>): Anomaly | null {
  if (counted.some((entry) => entry.kind === 'bet')) return null;
  const win = first(
    counted.filter((entry) => entry.kind === 'win' && entry.amountUnits > 0n && !isPromotional(entry, promotional)),
  );
  return win === null ? null : anomalyOf('win_without_bet', win, 'and no bet that stands');
}

function isPromotional(entry: Entry, games: ReadonlySet<string>): boolean {
  if (games.has(gameKey(entry.provider, entry.gameId))) return true;
  const { reason, campaign } = readContext(entry.context);
  return campaign || reason.startsWith('PROMO');
}

/** What was written in the very millisecond of the closing may have come before it, and is let pass. */
function moneyAfterClose(entries: readonly Entry[], closedAtMs: number): Anomaly | null {
  const played = new Map(entries.filter(isPlay).map((entry) => [entry.transactionId, entry]));
  const late = first(
    entries.filter((entry) => {
      const moves = entry.isReversal ? played.has(entry.transactionId) : isPlay(entry);
      return moves && entry.createdAtMs > closedAtMs;
    }),
  );
  if (late === null) return null;
  return anomalyOf('money_after_close', late, `${seconds(late.createdAtMs - closedAtMs)} s after the round was closed`);
}

/** On PLATFORM a loss is a win of 0: a bet with neither win nor refund is one whose result never came. */
function betUnresolved(counted: readonly Entry[], beforeMs: number): Anomaly | null {
  if (counted.some((entry) => entry.kind !== 'bet')) return null;
  const bet = first(counted.filter((entry) => entry.createdAtMs < beforeMs));
  return bet === null ? null : anomalyOf('bet_unresolved', bet, 'and neither win nor refund');
}

function anomalyOf(kind: AnomalyKind, entry: Entry, what: string): Anomaly {
  const { playerId, provider, roundId, gameId, transactionId } = entry;
  const detail = `${entry.kind} ${transactionId} of ${decimal(entry.amountUnits)} ${entry.currencyCode}, ${what}`;
  return { playerId, provider, roundId, gameId, kind, detail };
}

/** The earliest, whatever order they come in. */
function first(entries: readonly Entry[]): Entry | null {
  const [earliest] = [...entries].sort(
    (a, b) => a.createdAtMs - b.createdAtMs || (a.transactionId < b.transactionId ? -1 : 1),
  );
  return earliest ?? null;
}

const decimal = (units: bigint): string => `${units / 100n}.${String(units % 100n).padStart(2, '0')}`;
const seconds = (ms: number): string => (ms / 1_000).toFixed(3);
