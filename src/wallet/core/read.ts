import { type Operation, OperationKind, Reason, TransactionStatus } from '../../gen/wallet/v1/money_pb.ts';
import { findKnown } from './known.ts';
import { currencyOf } from './ledger.ts';
import { answer, type Decision, doneWithBalance, doneWithStatus, refuse } from './outcome.ts';
import { playStopped, sessionOpen } from './play.ts';
import type { Account, KnownTransaction, Player, State } from './state.ts';

/** What is answered without locks and writes nothing. */
export const READS: ReadonlySet<OperationKind> = new Set([
  OperationKind.BALANCE,
  OperationKind.AUTHENTICATE,
  OperationKind.STATUS,
]);

/** Refusals: see OPERATION_KIND_BALANCE in money.proto. */
export function decideBalance(
  state: State,
  operation: Operation,
  player: Player | undefined,
  account: Account | undefined,
  nowMs: number,
): Decision {
  if (player === undefined || account === undefined) return refuse(operation, Reason.PLAYER_NOT_FOUND);
  if (operation.sessionToken !== undefined) {
    if (!sessionOpen(state.sessions.get(operation.sessionToken), player, nowMs)) {
      return refuse(operation, Reason.SESSION_INVALID);
    }
    if (player.blocked) return refuse(operation, Reason.PLAYER_BLOCKED);
  }
  if (currencyOf(operation, player) !== player.currencyCode) return refuse(operation, Reason.CURRENCY_MISMATCH);
  return answer(doneWithBalance(operation, account.balanceUnits, player.currencyCode));
}

/** Who a token belongs to. A token of another operator's player is unknown here. Refusals: see OPERATION_KIND_AUTHENTICATE. */
export function decideAuthenticate(state: State, operation: Operation, nowMs: number): Decision {
  const session = state.sessions.get(operation.sessionToken ?? '');
  const player = session && state.playersById.get(session.playerId);
  const account = session && state.accounts.get(session.playerId);
  if (player === undefined || account === undefined || player.operatorId !== operation.operatorId) {
    return refuse(operation, Reason.SESSION_INVALID);
  }
  if (!sessionOpen(session, player, nowMs)) return refuse(operation, Reason.SESSION_INVALID);
  if (player.blocked) return refuse(operation, Reason.PLAYER_BLOCKED);
  if (playStopped(state, player.operatorId, operation.provider, session.gameId)) {
    return refuse(operation, Reason.PLAY_STOPPED);
  }
  if (player.identity === null) throw new Error('authenticate needs the identity');
  return answer({
    ...doneWithBalance(operation, account.balanceUnits, player.currencyCode),
    identity: { $typeName: 'wallet.v1.Identity', userId: player.userId, ...player.identity },
  });
}

/** Refusals: see OPERATION_KIND_STATUS in money.proto. */
export function decideStatus(state: State, operation: Operation, player: Player | undefined): Decision {
  if (player === undefined) return refuse(operation, Reason.PLAYER_NOT_FOUND);
  const known = findKnown(state, operation);
  if (known === undefined || known.playerId !== player.playerId) {
    return refuse(operation, Reason.TRANSACTION_NOT_FOUND);
  }
  return answer(doneWithStatus(operation, statusOf(known)));
}

/** As of now: a reversal makes a transaction CANCELED, whatever it was. */
export function statusOf(known: Pick<KnownTransaction, 'status' | 'reversed'>): TransactionStatus {
  if (known.reversed || known.status === 'canceled') return TransactionStatus.CANCELED;
  return known.status === 'error' ? TransactionStatus.ERROR : TransactionStatus.OK;
}
