import { type Operation, type Outcome, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { countMovement, dayOf } from './limits.ts';
import { type Decision, doneWithBalance, outcomeOf } from './outcome.ts';
import type {
  Account,
  LedgerAccount,
  LedgerRow,
  Player,
  RoundWrite,
  StoredStatus,
  TransactionKind,
  Writes,
} from './state.ts';

/** DECIMAL(18,2) of PLATFORM v2.49: 9999999999999999.99. A balance never leaves ±this. */
export const MAX_UNITS = 999_999_999_999_999_999n;

/** A movement as its ledger row will say it: what it takes from the player or gives to them, also where that is nothing. */
export type Movement = {
  kind: TransactionKind;
  takes: boolean;
  /** 0 or more. */
  units: bigint;
  house: LedgerAccount;
  /** What the limits count. */
  stakeUnits: bigint;
  lossUnits: bigint;
};

/** The decision that moves money: it always writes a row and the account after it. */
export type Moved = { outcome: Outcome; writes: Writes & { row: LedgerRow; account: Account } };

export const inRange = (balanceUnits: bigint): boolean => balanceUnits <= MAX_UNITS && balanceUnits >= -MAX_UNITS;

/** The operation's currency; where it names none, the player's. */
export const currencyOf = (operation: Operation, player: Player): string =>
  operation.currencyCode === '' ? player.currencyCode : operation.currencyCode;

/** Moves money: the row, the account after it, the answer with the balance. */
export function move(operation: Operation, player: Player, account: Account, movement: Movement, nowMs: number): Moved {
  const { takes, units, house } = movement;
  const balanceUnits = takes ? account.balanceUnits - units : account.balanceUnits + units;
  const row = ledgerRow(operation, player, account, {
    kind: movement.kind,
    status: 'ok',
    reason: Reason.UNSPECIFIED,
    balanceAfterUnits: balanceUnits,
    debitAccount: takes ? 'player' : house,
    creditAccount: takes ? house : 'player',
    nowMs,
  });
  const counters = countMovement(account.counters, dayOf(nowMs), movement.stakeUnits, movement.lossUnits);
  const round = finishedRound(operation, player);
  return {
    outcome: doneWithBalance(operation, balanceUnits, player.currencyCode),
    writes: {
      row,
      account: { balanceUnits, seq: row.seq, counters },
      ...(round === null ? {} : { round }),
    },
  };
}

/** Refuses for good: the refusal is stored under the id, and answered again for ever. */
export function refuseForGood(
  operation: Operation,
  player: Player,
  account: Account,
  kind: TransactionKind,
  reason: Reason,
  nowMs: number,
): Decision {
  const row = unmovedRow(operation, player, account, kind, 'error', reason, nowMs);
  return { outcome: outcomeOf(operation, reason), writes: { row, account: { ...account, seq: row.seq } } };
}

/** A row that moves nothing: a stored refusal or a tombstone. */
export function unmovedRow(
  operation: Operation,
  player: Player,
  account: Account,
  kind: TransactionKind,
  status: StoredStatus,
  reason: Reason,
  nowMs: number,
): LedgerRow {
  return ledgerRow(operation, player, account, {
    kind,
    status,
    reason,
    balanceAfterUnits: account.balanceUnits,
    debitAccount: '',
    creditAccount: '',
    nowMs,
  });
}

type RowParts = Pick<
  LedgerRow,
  'kind' | 'status' | 'reason' | 'balanceAfterUnits' | 'debitAccount' | 'creditAccount'
> & {
  nowMs: number;
};

function ledgerRow(operation: Operation, player: Player, account: Account, parts: RowParts): LedgerRow {
  return {
    playerId: player.playerId,
    seq: account.seq + 1n,
    operatorId: operation.operatorId,
    provider: operation.provider,
    transactionId: operation.transactionId,
    isReversal: false,
    kind: parts.kind,
    status: parts.status,
    reason: parts.reason,
    amountUnits: operation.amountUnits,
    currencyCode: currencyOf(operation, player),
    debitAccount: parts.debitAccount,
    creditAccount: parts.creditAccount,
    balanceAfterUnits: parts.balanceAfterUnits,
    roundId: operation.roundId,
    gameId: operation.gameId,
    context: operation.context,
    requestId: operation.requestId,
    occurredAtMs: operation.occurredAtMs,
    createdAtMs: parts.nowMs,
  };
}

function finishedRound(operation: Operation, player: Player): RoundWrite | null {
  if (operation.roundFinished !== true || operation.roundId === '') return null;
  return {
    playerId: player.playerId,
    provider: operation.provider,
    roundId: operation.roundId,
    finished: true,
    closed: false,
  };
}
