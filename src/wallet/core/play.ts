import { gameKey, stopKey } from './keys.ts';
import type { Game, Player, Session, State } from './state.ts';

/** Whether the token's session lets this player play now. */
export function sessionOpen(session: Session | undefined, player: Player, nowMs: number): session is Session {
  return (
    session !== undefined && session.playerId === player.playerId && !session.closed && session.expiresAtMs > nowMs
  );
}

/** A game that is not in the catalogue counts as enabled: promotional prizes are in no list. */
export const gameEnabled = (game: Game | undefined): boolean => game === undefined || game.enabled;

/** Whether an emergency stop covers play of this game at this operator; an empty `gameId` is a lobby. */
export function playStopped(state: State, operatorId: string, provider: string, gameId: string): boolean {
  if (state.stops.size === 0) return false;
  const key = gameKey(provider, gameId);
  const vendor = state.games.get(key)?.vendor ?? '';
  return (
    state.stops.has(stopKey('all', '')) ||
    state.stops.has(stopKey('operator', operatorId)) ||
    state.stops.has(stopKey('game', key)) ||
    (vendor !== '' && state.stops.has(stopKey('vendor', vendor)))
  );
}
