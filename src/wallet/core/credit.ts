import { type Operation, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { bookkeepingOwed } from './bookkeeping.ts';
import { decideKnown } from './known.ts';
import { currencyOf, inRange, type Movement, move, refuseForGood } from './ledger.ts';
import { type Decision, refuse } from './outcome.ts';
import type { Account, Player, State } from './state.ts';

/**
 * A win, a refund or a deposit. Needs no bet, no session, no open round and no enabled game, and stands above blocks and
 * stops: what a player is owed is always credited. Refusals: see Win in money.proto.
 */
export function decideCredit(
  state: State,
  operation: Operation,
  player: Player | undefined,
  account: Account | undefined,
  kind: 'win' | 'refund' | 'deposit',
  nowMs: number,
): Decision {
  const known = decideKnown(state, operation, player, kind);
  if (known !== null) return known;
  if (player === undefined || account === undefined) return refuse(operation, Reason.PLAYER_NOT_FOUND);
  if (currencyOf(operation, player) !== player.currencyCode) {
    return refuseForGood(operation, player, account, kind, Reason.CURRENCY_MISMATCH, nowMs);
  }
  if (!inRange(account.balanceUnits + operation.amountUnits)) return refuse(operation, Reason.BALANCE_OUT_OF_RANGE);
  const credit = move(operation, player, account, creditOf(kind, operation.amountUnits), nowMs);
  const outbox = bookkeepingOwed(state, operation, player);
  return outbox === null ? credit : { ...credit, writes: { ...credit.writes, outbox } };
}

function creditOf(kind: 'win' | 'refund' | 'deposit', units: bigint): Movement {
  if (kind === 'deposit') return { kind, takes: false, units, house: 'cashier', stakeUnits: 0n, lossUnits: 0n };
  return { kind, takes: false, units, house: 'games', stakeUnits: 0n, lossUnits: -units };
}
