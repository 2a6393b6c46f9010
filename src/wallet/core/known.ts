import { type Operation, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { transactionKey } from './keys.ts';
import { currencyOf } from './ledger.ts';
import { answer, type Decision, doneWithBalance, outcomeOf, refuse } from './outcome.ts';
import type { KnownTransaction, Player, State, TransactionKind } from './state.ts';

export const findKnown = (state: State, operation: Operation): KnownTransaction | undefined =>
  state.transactions.get(transactionKey(operation.operatorId, operation.provider, operation.transactionId));

/**
 * The idempotency of every movement, in one place: what an id that is known already gets, or null where it is new.
 * Only business data are compared: never the session, round_finished, the context or the time, which a retry may change.
 */
export function decideKnown(
  state: State,
  operation: Operation,
  player: Player | undefined,
  kind: TransactionKind,
): Decision | null {
  const known = findKnown(state, operation);
  if (known === undefined) return null;
  if (known.kind === 'tombstone' || known.reversed) return refuse(operation, Reason.TRANSACTION_CANCELED);
  if (player === undefined || !sameBusinessData(known, operation, player, kind)) {
    return refuse(operation, Reason.DUPLICATE_TRANSACTION);
  }
  if (known.status === 'error') return answer({ ...outcomeOf(operation, known.reason), replayed: true });
  return answer(doneWithBalance(operation, known.balanceAfterUnits, known.currencyCode, true));
}

function sameBusinessData(
  known: KnownTransaction,
  operation: Operation,
  player: Player,
  kind: TransactionKind,
): boolean {
  return (
    known.playerId === player.playerId &&
    known.kind === kind &&
    known.amountUnits === operation.amountUnits &&
    known.currencyCode === currencyOf(operation, player) &&
    known.roundId === operation.roundId &&
    known.gameId === operation.gameId
  );
}
