import { type Operation, Reason, TransactionStatus } from '../../gen/wallet/v1/money_pb.ts';
import { bookkeepingOwed } from './bookkeeping.ts';
import { roundKey } from './keys.ts';
import { findKnown } from './known.ts';
import { inRange, unmovedRow } from './ledger.ts';
import { countMovement, dayOf } from './limits.ts';
import { answer, type Decision, doneWithStatus, outcomeOf, refuse } from './outcome.ts';
import type {
  Account,
  KnownTransaction,
  LedgerAccount,
  LedgerRow,
  Player,
  RoundWrite,
  State,
  Writes,
} from './state.ts';

/**
 * Undoes a transaction. An unknown id gets a tombstone, so that a bet that arrives late is refused. Undoing a win that was
 * spent leaves the balance negative. Refusals: see Cancel in money.proto.
 */
export function decideCancel(
  state: State,
  operation: Operation,
  player: Player | undefined,
  account: Account | undefined,
  nowMs: number,
): Decision {
  if (player === undefined || account === undefined) return refuse(operation, Reason.PLAYER_NOT_FOUND);
  const known = findKnown(state, operation);
  if (known === undefined) return bury(operation, player, account, nowMs);
  if (known.playerId !== player.playerId) return refuse(operation, Reason.TRANSACTION_NOT_FOUND);
  if (known.kind === 'tombstone') return answer({ ...outcomeOf(operation, known.reason), replayed: true });
  if (known.reversed) return answer(doneWithStatus(operation, TransactionStatus.CANCELED, true));
  if (known.roundId !== operation.roundId || known.gameId !== operation.gameId) {
    return refuse(operation, Reason.TRANSACTION_NOT_FOUND);
  }
  return reverse(state, operation, player, account, known, nowMs);
}

function bury(operation: Operation, player: Player, account: Account, nowMs: number): Decision {
  const reason = Reason.TRANSACTION_NOT_FOUND;
  const row = unmovedRow(operation, player, account, 'tombstone', 'canceled', reason, nowMs);
  return { outcome: outcomeOf(operation, reason), writes: { row, account: { ...account, seq: row.seq } } };
}

function reverse(
  state: State,
  operation: Operation,
  player: Player,
  account: Account,
  known: KnownTransaction,
  nowMs: number,
): Decision {
  const movedUnits = unitsMovedBy(known);
  const balanceUnits = account.balanceUnits - movedUnits;
  if (!inRange(balanceUnits)) return refuse(operation, Reason.BALANCE_OUT_OF_RANGE);
  const house = houseOf(known);
  const took = takesFromPlayer(known);
  const row: LedgerRow = {
    ...unmovedRow(operation, player, account, 'reversal', 'ok', Reason.UNSPECIFIED, nowMs),
    isReversal: true,
    amountUnits: known.status === 'ok' ? known.amountUnits : 0n,
    currencyCode: player.currencyCode,
    balanceAfterUnits: balanceUnits,
    debitAccount: sideOf(known, took ? house : 'player'),
    creditAccount: sideOf(known, took ? 'player' : house),
  };
  const stakeUnits = known.kind === 'bet' ? movedUnits : 0n;
  const lossUnits = house === 'games' ? movedUnits : 0n;
  const day = dayOf(known.createdAtMs);
  const writes: Writes = {
    row,
    account: { balanceUnits, seq: row.seq, counters: countMovement(account.counters, day, stakeUnits, lossUnits) },
  };
  const round = roundAfter(state, operation, player);
  if (round !== null) writes.round = round;
  const outbox = bookkeepingOwed(state, operation, player);
  if (outbox !== null) writes.outbox = outbox;
  return { outcome: doneWithStatus(operation, TransactionStatus.CANCELED), writes };
}

/** How the transaction changed the balance. */
function unitsMovedBy(known: KnownTransaction): bigint {
  if (known.status !== 'ok') return 0n;
  return known.kind === 'bet' || known.kind === 'withdrawal' ? -known.amountUnits : known.amountUnits;
}

/** Whether the transaction's entry debited the player, also where it was of nothing. A correction's sign says which. */
function takesFromPlayer(known: KnownTransaction): boolean {
  return known.kind === 'bet' || known.kind === 'withdrawal' || known.amountUnits < 0n;
}

function houseOf(known: KnownTransaction): LedgerAccount {
  if (known.kind === 'deposit' || known.kind === 'withdrawal') return 'cashier';
  return known.kind === 'correction' ? 'corrections' : 'games';
}

/** A refused transaction moved nothing, so its reversal has no sides. */
const sideOf = (known: KnownTransaction, account: LedgerAccount): LedgerAccount =>
  known.status === 'ok' ? account : '';

/** What the cancel says of the round: finished, or (where it had been) not finished after all. */
function roundAfter(state: State, operation: Operation, player: Player): RoundWrite | null {
  const { provider, roundId, roundFinished } = operation;
  if (roundId === '' || roundFinished === undefined) return null;
  const round = state.rounds.get(roundKey(player.playerId, provider, roundId));
  if ((round?.finished ?? false) === roundFinished) return null;
  return { playerId: player.playerId, provider, roundId, finished: roundFinished, closed: round?.closed ?? false };
}
