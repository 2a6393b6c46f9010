import { type Operation, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { gameKey, roundKey } from './keys.ts';
import { decideKnown } from './known.ts';
import { currencyOf, move, refuseForGood } from './ledger.ts';
import { passesLimit } from './limits.ts';
import { type Decision, refuse } from './outcome.ts';
import { gameEnabled, playStopped, sessionOpen } from './play.ts';
import type { Account, Player, State } from './state.ts';

/** A stake. Refusals, and which of them are stored: see Bet in money.proto. */
export function decideBet(
  state: State,
  operation: Operation,
  player: Player | undefined,
  account: Account | undefined,
  nowMs: number,
): Decision {
  const known = decideKnown(state, operation, player, 'bet');
  if (known !== null) return known;
  if (player === undefined || account === undefined) return refuse(operation, Reason.PLAYER_NOT_FOUND);
  if (!mayPlay(state, operation, player, nowMs)) return refuse(operation, Reason.SESSION_INVALID);
  const reason = refusal(state, operation, player, account, nowMs);
  if (reason !== Reason.UNSPECIFIED) return refuseForGood(operation, player, account, 'bet', reason, nowMs);
  const amountUnits = operation.amountUnits;
  return move(
    operation,
    player,
    account,
    { kind: 'bet', takes: true, units: amountUnits, house: 'games', stakeUnits: amountUnits, lossUnits: amountUnits },
    nowMs,
  );
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
  if (!gameEnabled(state.games.get(gameKey(provider, gameId)))) return Reason.GAME_DISABLED;
  if (state.rounds.get(roundKey(player.playerId, provider, roundId))?.closed) return Reason.ROUND_CLOSED;
  if (passesLimit(player.limits, account, amountUnits, nowMs)) return Reason.LIMIT_REACHED;
  if (account.balanceUnits < amountUnits) return Reason.INSUFFICIENT_FUNDS;
  return Reason.UNSPECIFIED;
}
