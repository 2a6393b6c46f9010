import type { StoredRow } from './model.ts';
import type { Identity, Limits, StopScope } from './types.ts';

/** Everything that a decision reads: who there is, their rows, and the settings of the house. */

export type ModelPlayer = {
  operatorId: string;
  userId: string;
  currencyCode: string;
  identity: Identity;
  blocked: boolean;
  limits: Limits;
  rows: StoredRow[];
  closedRounds: Set<string>;
  /** Jobs that write a closed round's totals. */
  totalsOwed: number;
};

export type ModelSession = {
  token: string;
  player: ModelPlayer;
  gameId: string;
  expiresAtMs: number;
  closed: boolean;
};

type Game = { provider: string; gameId: string; vendor: string; enabled: boolean };

export class World {
  readonly players: ModelPlayer[] = [];
  readonly sessions: ModelSession[] = [];
  readonly games: Game[] = [];
  readonly stops = new Set<string>();

  playerOf(operatorId: string, userId: string): ModelPlayer | null {
    return this.players.find((player) => player.operatorId === operatorId && player.userId === userId) ?? null;
  }

  sessionOf(token: string): ModelSession | null {
    return this.sessions.find((session) => session.token === token) ?? null;
  }

  /** The transaction, or the tombstone in its place: an id is one operator's and provider's, whoever plays. */
  find(operatorId: string, provider: string, transactionId: string): { player: ModelPlayer; row: StoredRow } | null {
    for (const player of this.players.filter((candidate) => candidate.operatorId === operatorId)) {
      const row = player.rows.find(
        (candidate) =>
          !candidate.isReversal && candidate.provider === provider && candidate.transactionId === transactionId,
      );
      if (row !== undefined) return { player, row };
    }
    return null;
  }

  setGame(game: Game): void {
    const at = this.games.findIndex((known) => known.provider === game.provider && known.gameId === game.gameId);
    if (at === -1) this.games.push(game);
    else this.games[at] = game;
  }

  /** A game that is not listed counts as enabled: promotional prizes come from games that no list has. */
  isEnabled(provider: string, gameId: string): boolean {
    return this.gameOf(provider, gameId)?.enabled ?? true;
  }

  isStopped(operatorId: string, provider: string, gameId: string): boolean {
    const vendor = this.gameOf(provider, gameId)?.vendor ?? '';
    return (
      this.stops.has(stopKey('ALL', '')) ||
      this.stops.has(stopKey('OPERATOR', operatorId)) ||
      this.stops.has(stopKey('GAME', `${provider}:${gameId}`)) ||
      (vendor !== '' && this.stops.has(stopKey('VENDOR', vendor)))
    );
  }

  private gameOf(provider: string, gameId: string): Game | undefined {
    return this.games.find((game) => game.provider === provider && game.gameId === gameId);
  }
}

export const stopKey = (scope: StopScope, scopeId: string): string => `${scope} ${scopeId}`;
