import type { Players } from './types.ts';

// Every request of a run is known by its number, so that drivers need no memory of what they sent and a replay is exact.
// All ids have a fixed width: the HTTP driver overwrites them in one ready-made request.

export const PLAYER_COUNT = 10_000;
export const OPERATOR_ID = 'benchcasino';
export const OPERATOR_SECRET = 'bench_secret';
export const CURRENCY_CODE = 'EUR';
export const GAME_ID = '200';
export const AMOUNT_UNITS = 100n;
/** Enough for every BET of the longest run on one player. */
export const STARTING_BALANCE_UNITS = 100_000_000_000_00n;

/** Fifteen digits: the afternoon version parses ids as JavaScript numbers, which holds no more than that. */
const FIRST_TRANSACTION_ID = 100_000_000_000_000;
const FIRST_USER_ID = 100_000;
const ROUND_LENGTH = 10;
/** Prime to PLAYER_COUNT: consecutive requests are of players that are far apart, and all players come up equally often. */
const PLAYER_STRIDE = 7_919;

export const playerIndexOf = (number: number, players: Players): number =>
  players === 'one' ? 0 : (number * PLAYER_STRIDE) % PLAYER_COUNT;

export const transactionIdOf = (number: number): number => FIRST_TRANSACTION_ID + number;
export const roundIdOf = (number: number): number => FIRST_TRANSACTION_ID + Math.floor(number / ROUND_LENGTH);
export const userIdOf = (playerIndex: number): string => String(FIRST_USER_ID + playerIndex);
export const tokenOf = (playerIndex: number): string => `BenchSessionToken${FIRST_USER_ID + playerIndex}`;
