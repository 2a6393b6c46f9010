import { type Operation, OperationKind, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { decideBet } from './bet.ts';
import { decideCancel } from './cancel.ts';
import { decideCredit } from './credit.ts';
import { decideFinishRound } from './finish-round.ts';
import { roundKey, transactionKey, userKey } from './keys.ts';
import { type Decision, refuse } from './outcome.ts';
import { decideAuthenticate, decideBalance, decideStatus } from './read.ts';
import type { LedgerRow, State, Writes } from './state.ts';
import { decideCorrection, decideWithdrawal } from './transfer.ts';

/**
 * Decides one valid operation on loaded state. Pure: the same state, operation and time give the same decision, and the
 * state is left alone; `apply` carries it forward.
 */
export function decide(state: State, operation: Operation, nowMs: number): Decision {
  const player = state.playersByUser.get(userKey(operation.operatorId, operation.userId));
  const account = player && state.accounts.get(player.playerId);
  switch (operation.kind) {
    case OperationKind.BET:
      return decideBet(state, operation, player, account, nowMs);
    case OperationKind.WIN:
      return decideCredit(state, operation, player, account, 'win', nowMs);
    case OperationKind.REFUND:
      return decideCredit(state, operation, player, account, 'refund', nowMs);
    case OperationKind.DEPOSIT:
      return decideCredit(state, operation, player, account, 'deposit', nowMs);
    case OperationKind.WITHDRAWAL:
      return decideWithdrawal(state, operation, player, account, nowMs);
    case OperationKind.CORRECTION:
      return decideCorrection(state, operation, player, account, nowMs);
    case OperationKind.CANCEL:
      return decideCancel(state, operation, player, account, nowMs);
    case OperationKind.FINISH_ROUND:
      return decideFinishRound(state, operation, player);
    case OperationKind.BALANCE:
      return decideBalance(state, operation, player, account, nowMs);
    case OperationKind.STATUS:
      return decideStatus(state, operation, player);
    case OperationKind.AUTHENTICATE:
      return decideAuthenticate(state, operation, nowMs);
    default:
      return refuse(operation, Reason.INVALID_ARGUMENT);
  }
}

/** Carries the state over a decision, so that the next operation of the batch sees it. */
export function apply(state: State, writes: Writes): void {
  const { row, winRow, account, round } = writes;
  if (row !== undefined) {
    applyRow(state, row);
    if (winRow !== undefined) applyRow(state, winRow);
    state.playedRounds.add(roundKey(row.playerId, row.provider, row.roundId));
    if (account !== undefined) state.accounts.set(row.playerId, account);
  }
  if (round !== undefined) {
    const key = roundKey(round.playerId, round.provider, round.roundId);
    const closed = round.closed || (state.rounds.get(key)?.closed ?? false);
    state.rounds.set(key, { finished: round.finished, closed });
  }
}

function applyRow(state: State, row: LedgerRow): void {
  const key = transactionKey(row.operatorId, row.provider, row.transactionId);
  if (row.isReversal) {
    const known = state.transactions.get(key);
    if (known !== undefined) state.transactions.set(key, { ...known, reversed: true });
    return;
  }
  state.transactions.set(key, { ...row, reversed: false });
}
