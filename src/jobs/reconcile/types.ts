/**
 * Words of the reconciliation. A *record* is one spin in StarGame's game log, a *row* is one transaction of that terminal in our ledger.
 * They share no id: the notifications that made the rows carry none. Amounts are in 1/100 of the currency.
 */

/** StarGame, Receiving a list of game logs: one spin, and the balance that the game server had after it. */
export type LogRecord = {
  dataId: bigint;
  /** By the game server's clock, in whole seconds. */
  playedAtMs: number;
  betUnits: bigint;
  winUnits: bigint;
  balanceUnits: bigint;
  gameId: string;
  gameName: string;
};

/** A bet or a win of the provider `stargame`; its reversal is no row of its own, but `isCanceled`. */
export type LedgerRow = {
  seq: bigint;
  transactionId: string;
  kind: 'bet' | 'win';
  /** A refused row moved nothing. */
  status: 'ok' | 'refused';
  amountUnits: bigint;
  balanceAfterUnits: bigint;
  /** When its notification arrived, by our clock: for a win that was queued that is long before it was applied. */
  atMs: number;
  isCanceled: boolean;
};

/**
 * Up to where both sides are settled: the records up to and including `log`, ordered by time and then by data id, and the rows up to
 * and including `ledger`, ordered by time and then by seq. null: none yet.
 */
export type Cut = {
  log: { playedAtMs: number; dataId: bigint } | null;
  ledger: { atMs: number; seq: bigint } | null;
  /** What the last settled record says that the balance was: what a free spin's balance is held against. */
  balanceUnits: bigint | null;
  /**
   * What was known when the cut was made: nothing after this time. So what turns up later with a time up to this one may change what
   * is before the cut: go back to a cut whose `untilMs` is before that time. A credit of the reconciliation counts as of its record's time.
   */
  untilMs: number;
};

export type ReconcileOptions = {
  hallId: string;
  uid: string;
  /** Both sides are complete up to here, each by its own clock. */
  untilMs: number;
  /** How far the times of a spin's record and of its rows may be apart. */
  clockToleranceMs: number;
  /** `ignore`: the server's balances have another meaning (not the seamless mode). Equal amounts in a row then go by order and time alone. */
  balances: 'check' | 'ignore';
};

export type ReconcileInput = {
  /** In any order; what is up to the cut is passed over. */
  records: readonly LogRecord[];
  /**
   * In any order; what is up to the cut is passed over. Credits of the reconciliation (`log:…`) are looked up by their id, whatever
   * their time: give those that there are for these records.
   */
  rows: readonly LedgerRow[];
  /** Where an earlier run ended; null: from the start. */
  from: Cut | null;
};

/**
 * - `spin_not_played`: a debit that stands and has no record. The cancel is proposed, unless a win came after it that has no record
 *   either: then it is the record that is missing. Nor where a win came with it: that one would have to be canceled, too.
 * - `bet_missing`: a stake in the log without a debit of ours. We take no player's money by ourselves.
 * - `bet_canceled`: played, although we canceled the debit.
 * - `bet_amount_differs`, `win_amount_differs`, `balance_differs`: the two are of one spin, and say different things.
 * - `win_missing`: the record's win isn't in our ledger. The credit is proposed, unless somebody canceled that win, or its stake is not in
 *   order: a spin that nobody paid for has no win.
 * - `win_unlogged`: a credit of ours that has no record.
 * - `win_twice`: credited by the reconciliation, and more than the record says together with what came by itself.
 */
export type FindingKind = (typeof FINDING_KINDS)[number];
export const FINDING_KINDS = [
  'spin_not_played',
  'bet_missing',
  'bet_canceled',
  'bet_amount_differs',
  'win_missing',
  'win_amount_differs',
  'win_unlogged',
  'win_twice',
  'balance_differs',
] as const;

export type Correction =
  | { kind: 'cancel'; transactionId: string }
  | { kind: 'credit'; transactionId: string; amountUnits: bigint };

export type Finding = {
  /** The same finding has the same key in every run: `<hallId>:<uid>:<kind>:<data id, or transaction id where there is no record>`. */
  key: string;
  kind: FindingKind;
  /** The record that it is about; null where there is none. */
  dataId: bigint | null;
  /** The rows that it is about, the debit first; none where there are none. */
  transactionIds: string[];
  /** The record's time by the game server's clock, else the row's by ours. */
  atMs: number;
  /** What the log says: the stake, the win or the balance; null where there is no record. */
  loggedUnits: bigint | null;
  /** What our ledger says of the same; null where there is no row. */
  ledgerUnits: bigint | null;
  /** null: for people to decide. */
  correction: Correction | null;
};

/** What became of one settled record. */
export type Match = {
  dataId: bigint;
  betTransactionId: string | null;
  /** Also a credit of the reconciliation. */
  winTransactionId: string | null;
  /** No finding is about this record. */
  isInOrder: boolean;
};

export type Reconciled = {
  /** One for each settled record, in the log's order. */
  matches: Match[];
  /** What doesn't agree, before the cut. */
  findings: Finding[];
  /** Where to go on from. */
  cut: Cut;
  /** Nothing before this time is left to settle, by either clock: `untilMs`, or just before the first record or row that has to wait. */
  settledUntilMs: number;
  /** How many debits that stand were settled: many of them not played, or many records without rows, say that the logs, the zone or the
   * tolerance are wrong, and not the books. */
  settledBets: number;
};

const CREDIT_ID = /^log:([^:]+):([^:]+):(\d+)$/;

/** The transaction id of the credit that a record is owed. */
export function creditId(hallId: string, uid: string, dataId: bigint): string {
  return `log:${hallId}:${uid}:${dataId}`;
}

/** The data id that a credit of the reconciliation names; null for any other transaction id, also of another terminal. */
export function creditedDataId(transactionId: string, hallId: string, uid: string): bigint | null {
  const found = CREDIT_ID.exec(transactionId);
  return found?.[1] === hallId && found[2] === uid && found[3] !== undefined ? BigInt(found[3]) : null;
}
