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

/**
 * What a movement owes to the books: the totals of a round that its provider calls finished, and those of one that is finished or
 * closed anew. Wins and cancels come after the end, too.
 */
export function bookkeepingOwed(state: State, operation: Operation, player: Player): OutboxWrite | null {
  if (operation.roundId === '') return null;
  if (operation.roundFinished === true) return bookkeepingOf(operation, player);
  const round = state.rounds.get(roundKey(player.playerId, operation.provider, operation.roundId));
  return round?.finished || round?.closed ? bookkeepingOf(operation, player) : null;
}
