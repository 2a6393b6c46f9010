import type { Operation } from '../../gen/wallet/v1/money_pb.ts';
import { roundKey } from './keys.ts';
import type { OutboxWrite, Player, State } from './state.ts';

/** The job that writes a closed round's totals. */
export function bookkeepingOf(operation: Operation, player: Player): OutboxWrite {
  return {
    playerId: player.playerId,
    topic: 'round-close',
    payload: {
      operatorId: player.operatorId,
      userId: player.userId,
      playerId: String(player.playerId),
      provider: operation.provider,
      roundId: operation.roundId,
      gameId: operation.gameId,
      requestId: operation.requestId,
    },
  };
}

/** What a movement owes to the books: in a round that is closed, its totals anew. Wins and cancels come after the close, too. */
export function lateBookkeeping(state: State, operation: Operation, player: Player): OutboxWrite | null {
  if (operation.roundId === '') return null;
  const round = state.rounds.get(roundKey(player.playerId, operation.provider, operation.roundId));
  return round?.closed ? bookkeepingOf(operation, player) : null;
}
