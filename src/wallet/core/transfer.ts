import { type Operation, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { decideKnown } from './known.ts';
import { currencyOf, inRange, type Movement, move, refuseForGood } from './ledger.ts';
import { type Decision, refuse } from './outcome.ts';
import type { Account, Player, State } from './state.ts';

/** A debit to the cashier; the player's own money, so blocks and stops don't hold it. Refusals: see Withdraw in money.proto. */
export function decideWithdrawal(
  state: State,
  operation: Operation,
  player: Player | undefined,
  account: Account | undefined,
  nowMs: number,
): Decision {
  const known = decideKnown(state, operation, player, 'withdrawal');
  if (known !== null) return known;
  if (player === undefined || account === undefined) return refuse(operation, Reason.PLAYER_NOT_FOUND);
  if (currencyOf(operation, player) !== player.currencyCode) {
    return refuseForGood(operation, player, account, 'withdrawal', Reason.CURRENCY_MISMATCH, nowMs);
  }
  if (account.balanceUnits < operation.amountUnits) {
    return refuseForGood(operation, player, account, 'withdrawal', Reason.INSUFFICIENT_FUNDS, nowMs);
  }
  const units = operation.amountUnits;
  const movement: Movement = {
    kind: 'withdrawal',
    takes: true,
    units,
    house: 'cashier',
    stakeUnits: 0n,
    lossUnits: 0n,
  };
  return move(operation, player, account, movement, nowMs);
}

/** A signed movement that sets right what went wrong outside; may leave the balance negative. Refusals: see Correct in money.proto. */
export function decideCorrection(
  state: State,
  operation: Operation,
  player: Player | undefined,
  account: Account | undefined,
  nowMs: number,
): Decision {
  const known = decideKnown(state, operation, player, 'correction');
  if (known !== null) return known;
  if (player === undefined || account === undefined) return refuse(operation, Reason.PLAYER_NOT_FOUND);
  if (currencyOf(operation, player) !== player.currencyCode) {
    return refuseForGood(operation, player, account, 'correction', Reason.CURRENCY_MISMATCH, nowMs);
  }
  if (!inRange(account.balanceUnits + operation.amountUnits)) return refuse(operation, Reason.BALANCE_OUT_OF_RANGE);
  const takes = operation.amountUnits < 0n;
  const units = takes ? -operation.amountUnits : operation.amountUnits;
  const movement: Movement = { kind: 'correction', takes, units, house: 'corrections', stakeUnits: 0n, lossUnits: 0n };
  return move(operation, player, account, movement, nowMs);
}
