import { type Operation, OperationKind, type Outcome } from '../../gen/wallet/v1/money_pb.ts';
import { gameKey, listedGameKey, stopKey } from './keys.ts';
import type { Player, Session, State } from './state.ts';

/** Whether the token's session lets this player play now. */
export function sessionOpen(session: Session | undefined, player: Player, nowMs: number): session is Session {
  return (
    session !== undefined &&
    session.playerId === player.playerId &&
    !session.closed &&
    session.expiresAtMs > nowMs &&
    !isIdle(session, nowMs)
  );
}

function isIdle({ idleTimeoutMs, usedAtMs }: Session, nowMs: number): boolean {
  return idleTimeoutMs > 0 && usedAtMs + idleTimeoutMs <= nowMs;
}

/** Uses that are this much newer than the last one known are remembered; of a short time-out, sooner than of a long one. */
const USE_PARTS = 8;
const USE_AFTER_MAX_MS = 60_000;

const USES: ReadonlySet<OperationKind> = new Set([
  OperationKind.BET,
  OperationKind.BALANCE,
  OperationKind.AUTHENTICATE,
]);

/**
 * The session that a decided operation was a use of, where that must be remembered for its idle time-out; null otherwise. A bet that was
 * refused for another reason than its session is a use: the player is there. An answer that was given again is none: a
 * provider that asks for ever must not keep a session open.
 */
export function usedSession(state: State, operation: Operation, outcome: Outcome, nowMs: number): Session | null {
  const { sessionToken } = operation;
  if (sessionToken === undefined || outcome.replayed || !USES.has(operation.kind)) return null;
  const session = state.sessions.get(sessionToken);
  if (session === undefined || session.idleTimeoutMs === 0) return null;
  if (session.usedAtMs + Math.min(session.idleTimeoutMs / USE_PARTS, USE_AFTER_MAX_MS) > nowMs) return null;
  const player = state.playersById.get(session.playerId);
  if (player === undefined || player.operatorId !== operation.operatorId) return null;
  if (operation.kind !== OperationKind.AUTHENTICATE && player.userId !== operation.userId) return null;
  return sessionOpen(session, player, nowMs) ? session : null;
}

/**
 * A game that is not in the catalogue counts as enabled: promotional prizes are in no list. One that a person disabled is disabled for
 * everybody; one that the operator's list calls disabled is disabled there, unless a person has pinned it.
 */
export function gameEnabled(state: State, operatorId: string, provider: string, gameId: string): boolean {
  const game = state.games.get(gameKey(provider, gameId));
  if (game !== undefined && !game.enabled) return false;
  if (state.disabledGames.size === 0 || game?.pinned) return true;
  return !state.disabledGames.has(listedGameKey(operatorId, provider, gameId));
}

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
