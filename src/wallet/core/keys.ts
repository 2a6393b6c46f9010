// How the state's maps are keyed. A space can't occur in ids that the wallet accepts, so that no two keys collide.

export const userKey = (operatorId: string, userId: string): string => `${operatorId} ${userId}`;

export const transactionKey = (operatorId: string, provider: string, transactionId: string): string =>
  `${operatorId} ${provider} ${transactionId}`;

/** The id of the win that came with a bet. */
export const WIN_SUFFIX = '+win';

export const roundKey = (playerId: bigint, provider: string, roundId: string): string =>
  `${playerId} ${provider} ${roundId}`;

/** Also the scope id of a game's stop. */
export const gameKey = (provider: string, gameId: string): string => `${provider}:${gameId}`;

/** A game as one operator's list has it. */
export const listedGameKey = (operatorId: string, provider: string, gameId: string): string =>
  `${operatorId} ${provider} ${gameId}`;

export const stopKey = (scope: string, scopeId: string): string => `${scope} ${scopeId}`;
