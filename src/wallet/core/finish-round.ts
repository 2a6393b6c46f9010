import { type Operation, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { bookkeepingOf } from './bookkeeping.ts';
import { roundKey } from './keys.ts';
import { answer, type Decision, outcomeOf, refuse } from './outcome.ts';
import type { Player, State } from './state.ts';

/** Closes a round to new bets and owes its bookkeeping, once. Refusals: see FinishRound in money.proto. */
export function decideFinishRound(state: State, operation: Operation, player: Player | undefined): Decision {
  if (player === undefined) return refuse(operation, Reason.PLAYER_NOT_FOUND);
  const { provider, roundId } = operation;
  const key = roundKey(player.playerId, provider, roundId);
  if (!state.playedRounds.has(key)) return refuse(operation, Reason.ROUND_NOT_FOUND);
  const done = outcomeOf(operation, Reason.UNSPECIFIED);
  if (state.rounds.get(key)?.closed) return answer({ ...done, replayed: true });
  return {
    outcome: done,
    writes: {
      round: { playerId: player.playerId, provider, roundId, finished: true, closed: true },
      outbox: bookkeepingOf(operation, player),
    },
  };
}
