import type { Reason } from '../../gen/wallet/v1/money_pb.ts';

// Terminology
//
// operation    one request to the core, from whichever protocol
// outcome      its answer: done, or a reason why not
// transaction  one row of the ledger under the counterparty's id: a movement, a refused movement or a tombstone; immutable
// reversal     the row that undoes the transaction of the same id
// tombstone    the row that takes an id's place when it was canceled before it arrived
// round        the transactions of one game play
// stop         an emergency stop of all, an operator, a vendor or a game

export type TransactionKind =
  | 'bet'
  | 'win'
  | 'refund'
  | 'deposit'
  | 'withdrawal'
  | 'correction'
  | 'reversal'
  | 'tombstone';

/** As stored. That an `ok` transaction was canceled later is said by its reversal, not here. */
export type StoredStatus = 'ok' | 'error' | 'canceled';

/** The two sides of an entry; the house's accounts are per operator and currency, and their balances are sums over the ledger. */
export type LedgerAccount = 'player' | 'games' | 'cashier' | 'corrections' | '';

/** Stakes and losses (stakes less wins and refunds) of the day, week and month that `day` lies in. Units of 1/100. */
export type Counters = {
  /** Days since 1970-01-01 UTC. */
  day: number;
  stakeDayUnits: bigint;
  stakeWeekUnits: bigint;
  stakeMonthUnits: bigint;
  lossDayUnits: bigint;
  lossWeekUnits: bigint;
  lossMonthUnits: bigint;
};

/** A player's responsible-gambling limits; null: none. Units of 1/100. */
export type Limits = {
  betMaxUnits: bigint | null;
  stakeDayUnits: bigint | null;
  stakeWeekUnits: bigint | null;
  stakeMonthUnits: bigint | null;
  lossDayUnits: bigint | null;
  lossWeekUnits: bigint | null;
  lossMonthUnits: bigint | null;
};

export type Account = {
  balanceUnits: bigint;
  /** The last ledger row's number. */
  seq: bigint;
  counters: Counters;
};

export type Player = {
  playerId: bigint;
  operatorId: string;
  userId: string;
  currencyCode: string;
  blocked: boolean;
  limits: Limits | null;
  /** Who it is, for authenticate; null where it was not read. */
  identity: Identity | null;
};

export type Identity = { userName: string; displayName: string; country: string; group: string };

/** What is known under a transaction id: the transaction, or the tombstone in its place. */
export type KnownTransaction = {
  playerId: bigint;
  kind: TransactionKind;
  status: StoredStatus;
  reason: Reason;
  amountUnits: bigint;
  currencyCode: string;
  roundId: string;
  gameId: string;
  balanceAfterUnits: bigint;
  createdAtMs: number;
  /** Whether a reversal exists. */
  reversed: boolean;
};

export type Session = {
  playerId: bigint;
  gameId: string;
  expiresAtMs: number;
  closed: boolean;
  /** 0: it doesn't end by being idle. */
  idleTimeoutMs: number;
  /** When it was last used, a little early at most. */
  usedAtMs: number;
};

/** `pinned`: a person has decided, and what providers' lists say doesn't count. */
export type Game = { enabled: boolean; vendor: string; pinned: boolean };

export type Round = { finished: boolean; closed: boolean };

/**
 * Everything that a batch of operations is decided on, loaded in one round trip; `apply` carries it forward from one
 * decision to the next within the batch. Keys: see the functions in keys.ts.
 */
export type State = {
  playersByUser: Map<string, Player>;
  playersById: Map<bigint, Player>;
  accounts: Map<bigint, Account>;
  transactions: Map<string, KnownTransaction>;
  sessions: Map<string, Session>;
  games: Map<string, Game>;
  /** Games that an operator's list calls disabled. */
  disabledGames: Set<string>;
  stops: Set<string>;
  rounds: Map<string, Round>;
  /** Rounds of which the ledger holds at least one row. */
  playedRounds: Set<string>;
};

export function emptyState(): State {
  return {
    playersByUser: new Map(),
    playersById: new Map(),
    accounts: new Map(),
    transactions: new Map(),
    sessions: new Map(),
    games: new Map(),
    disabledGames: new Set(),
    stops: new Set(),
    rounds: new Map(),
    playedRounds: new Set(),
  };
}

/** A new row of the ledger. */
export type LedgerRow = {
  playerId: bigint;
  seq: bigint;
  operatorId: string;
  provider: string;
  transactionId: string;
  isReversal: boolean;
  kind: TransactionKind;
  status: StoredStatus;
  reason: Reason;
  amountUnits: bigint;
  currencyCode: string;
  debitAccount: LedgerAccount;
  creditAccount: LedgerAccount;
  balanceAfterUnits: bigint;
  roundId: string;
  gameId: string;
  context: string;
  requestId: string;
  occurredAtMs: bigint;
  createdAtMs: number;
};

/** A round's row, new or changed. */
export type RoundWrite = { playerId: bigint; provider: string; roundId: string; finished: boolean; closed: boolean };

export type OutboxTopic = 'round-close';

export type OutboxWrite = { playerId: bigint; topic: OutboxTopic; payload: Record<string, string> };

/** What the decision on one operation writes; all of it in one database transaction, or none. */
export type Writes = {
  row?: LedgerRow;
  /** The win that comes with a bet: the row after `row`. A field and not a list, because nearly all writes have one row. */
  winRow?: LedgerRow;
  account?: Account;
  round?: RoundWrite;
  outbox?: OutboxWrite;
};
