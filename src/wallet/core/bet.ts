import { type Operation, OperationKind, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { bookkeepingOwed } from './bookkeeping.ts';
import { roundKey, WIN_SUFFIX } from './keys.ts';
import { decideKnown } from './known.ts';
import { currencyOf, inRange, type Moved, move, refuseForGood } from './ledger.ts';
import { passesLimit } from './limits.ts';
import { type Decision, refuse } from './outcome.ts';
import { gameEnabled, playStopped, sessionOpen } from './play.ts';
import type { Account, Player, State } from './state.ts';

/** A stake, and the win that may come with it. Refusals, and which of them are stored: see Bet and win_units in money.proto. */
export function decideBet(
  state: State,
  operation: Operation,
  player: Player | undefined,
  account: Account | undefined,
  nowMs: number,
): Decision {
  const win = operation.winUnits === 0n ? null : winOf(operation);
  const known =
    win === null ? decideKnown(state, operation, player, 'bet') : decideKnownPair(state, operation, win, player);
  if (known !== null) return known;
  if (player === undefined || account === undefined) return refuse(operation, Reason.PLAYER_NOT_FOUND);
  if (!mayPlay(state, operation, player, nowMs)) return refuse(operation, Reason.SESSION_INVALID);
  const reason = refusal(state, operation, player, account, nowMs);
  if (reason !== Reason.UNSPECIFIED) return refuseForGood(operation, player, account, 'bet', reason, nowMs);
  const { amountUnits, winUnits } = operation;
  if (win !== null && !inRange(account.balanceUnits - amountUnits + winUnits)) {
    return refuse(operation, Reason.BALANCE_OUT_OF_RANGE);
  }
  const stake = move(
    operation,
    player,
    account,
    { kind: 'bet', takes: true, units: amountUnits, house: 'games', stakeUnits: amountUnits, lossUnits: amountUnits },
    nowMs,
  );
  const decision = win === null ? stake : withWin(stake, win, player, nowMs);
  const outbox = bookkeepingOwed(state, operation, player);
  return outbox === null ? decision : { ...decision, writes: { ...decision.writes, outbox } };
}

/** The win that comes with a bet, as an operation of its own: what an adapter that credits or cancels it would name. */
function winOf(bet: Operation): Operation {
  const { transactionId, winUnits } = bet;
  return {
    ...bet,
    kind: OperationKind.WIN,
    transactionId: `${transactionId}${WIN_SUFFIX}`,
    amountUnits: winUnits,
    winUnits: 0n,
  };
}

/** What is known of a bet that has a win, both of them or either; null where both are new. */
function decideKnownPair(state: State, bet: Operation, win: Operation, player: Player | undefined): Decision | null {
  const knownBet = decideKnown(state, bet, player, 'bet');
  if (knownBet !== null && knownBet.outcome.reason !== Reason.UNSPECIFIED) return knownBet;
  const knownWin = decideKnown(state, win, player, 'win');
  // The answer to the pair is the balance after the win.
  if (knownBet !== null && knownWin !== null) return knownWin;
  if (knownBet === null && knownWin === null) return null;
  // One without the other: canceled, or of a request that was another one.
  const canceled = knownWin?.outcome.reason === Reason.TRANSACTION_CANCELED;
  return refuse(bet, canceled ? Reason.TRANSACTION_CANCELED : Reason.DUPLICATE_TRANSACTION);
}

/** Credits the win on the account as the stake leaves it. */
function withWin(stake: Moved, win: Operation, player: Player, nowMs: number): Decision {
  const units = win.amountUnits;
  const credit = move(
    win,
    player,
    stake.writes.account,
    { kind: 'win', takes: false, units, house: 'games', stakeUnits: 0n, lossUnits: -units },
    nowMs,
  );
  const { row: winRow, account } = credit.writes;
  return { outcome: credit.outcome, writes: { ...stake.writes, winRow, account } };
}

function mayPlay(state: State, operation: Operation, player: Player, nowMs: number): boolean {
  if (operation.sessionToken === undefined) return true;
  return sessionOpen(state.sessions.get(operation.sessionToken), player, nowMs);
}

/** In order of precedence. */
function refusal(state: State, operation: Operation, player: Player, account: Account, nowMs: number): Reason {
  const { provider, gameId, roundId, amountUnits } = operation;
  if (player.blocked) return Reason.PLAYER_BLOCKED;
  if (playStopped(state, player.operatorId, provider, gameId)) return Reason.PLAY_STOPPED;
  if (currencyOf(operation, player) !== player.currencyCode) return Reason.CURRENCY_MISMATCH;
  if (!gameEnabled(state, player.operatorId, provider, gameId)) return Reason.GAME_DISABLED;
  if (state.rounds.get(roundKey(player.playerId, provider, roundId))?.closed) return Reason.ROUND_CLOSED;
  if (passesLimit(player.limits, account, amountUnits, nowMs)) return Reason.LIMIT_REACHED;
  if (account.balanceUnits < amountUnits) return Reason.INSUFFICIENT_FUNDS;
  return Reason.UNSPECIFIED;
}
