/**
 * The words of the model and of the histories that it is asked about. They are the API's words (proto/wallet/v1/money.proto)
 * in plain data, so that nothing of the wallet is needed to say what it should do. Amounts are bigint units of 1/100.
 */

export const MOVEMENT_KINDS = ['bet', 'win', 'refund', 'deposit', 'withdrawal', 'correction'] as const;
export type MovementKind = (typeof MOVEMENT_KINDS)[number];
export type OperationKind = MovementKind | 'cancel' | 'finishRound' | 'balance' | 'authenticate' | 'status';

export type Operation = {
  kind: OperationKind;
  operatorId: string;
  userId: string;
  provider: string;
  transactionId: string;
  amountUnits: bigint;
  /** A win that comes with a bet. */
  winUnits: bigint;
  /** A bet that is in time, as all are here, is none the worse for it. */
  voidIfLate: boolean;
  /** Empty: the player's own. */
  currencyCode: string;
  roundId: string;
  gameId: string;
  /** null: no session is named, so none is checked. */
  sessionToken: string | null;
  /** null: not said. */
  roundFinished: boolean | null;
  context: string;
};

/** Names of the proto's Reason without its prefix; '' is REASON_UNSPECIFIED: done. */
export type ReasonName = string;
export type StatusName = 'OK' | 'ERROR' | 'CANCELED';

export type Identity = { userId: string; userName: string; displayName: string; country: string; group: string };

/** An outcome, reduced to the fields that it promises to set. */
export type Answer = {
  reason: ReasonName;
  replayed: boolean;
  balanceUnits?: bigint;
  currencyCode?: string;
  transactionStatus?: StatusName;
  identity?: Identity;
};

/** A ledger row as the API shows it, without what a model can't foresee (times, request ids). */
export type LedgerRow = {
  seq: bigint;
  provider: string;
  transactionId: string;
  isReversal: boolean;
  kind: MovementKind | 'reversal' | 'tombstone';
  /** As of now: CANCELED where a reversal exists. */
  status: StatusName;
  reason: ReasonName;
  amountUnits: bigint;
  currencyCode: string;
  balanceAfterUnits: bigint;
  debitAccount: string;
  creditAccount: string;
  roundId: string;
  gameId: string;
  context: string;
};

export type Limits = {
  betMaxUnits?: bigint;
  lossDayUnits?: bigint;
  lossWeekUnits?: bigint;
  lossMonthUnits?: bigint;
  stakeDayUnits?: bigint;
  stakeWeekUnits?: bigint;
  stakeMonthUnits?: bigint;
};

export type StopScope = 'ALL' | 'OPERATOR' | 'VENDOR' | 'GAME';

/** What a round's row and totals show. */
export type RoundView = {
  betUnits: bigint;
  winUnits: bigint;
  refundUnits: bigint;
  transactionCount: number;
  closed: boolean;
};
