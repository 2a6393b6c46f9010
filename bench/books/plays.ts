import { STARTING_BALANCE_UNITS, userIdOf } from '../requests.ts';
import { FIRST_TERMINAL_PLAYER, TERMINAL_COUNT as NOTIFIED_COUNT } from '../stargame/notifications.ts';

// The hours that the harvest reads and the reconciliation matches. Every spin is known by its terminal and its number, so that the
// wallet's ledger and the simulator's logs are made in two processes and agree, but for the errors that are put in.

export const BOOKS_HALL_ID = '1891';
export const BOOKS_HALL_SECRET = 'bench';
/** After those that are notified meanwhile. */
export const FIRST_BOOKS_PLAYER = FIRST_TERMINAL_PLAYER + NOTIFIED_COUNT;
export const SPINS_EACH = 100;
/** How long before its end the play began; the last spin is 25 minutes old, and thus settled. */
export const PLAY_BEGAN_MS = 80 * 60_000;
const BETWEEN_SPINS_MS = 33_000;
const WIN_DELAY_MS = 700;

export type Spin = {
  dataId: bigint;
  gameId: number;
  playedAtMs: number;
  winAtMs: number;
  betUnits: bigint;
  /** 0: lost. */
  winUnits: bigint;
  balanceAfterBetUnits: bigint;
  balanceAfterWinUnits: bigint;
  /** What is wrong with it; null: nothing. */
  error: 'spin_not_played' | 'win_missing' | null;
};

export const booksUidOf = (terminal: number): string => userIdOf(FIRST_BOOKS_PLAYER + terminal);
export const booksPasswordOf = (terminal: number): string => `Secret${terminal}`;
export const booksPlayerIdOf = (terminal: number): number => FIRST_BOOKS_PLAYER + terminal + 1;

/** The play of one terminal, with the balances of our ledger. */
export function spinsOf(terminal: number, beganAtMs: number): Spin[] {
  let balance: bigint = STARTING_BALANCE_UNITS;
  return Array.from({ length: SPINS_EACH }, (_, number) => {
    const error = errorOf(terminal, number);
    const betUnits = BigInt(100 + ((terminal * 7 + number * 13) % 20) * 10);
    const winUnits = error === 'win_missing' || (terminal + number) % 3 === 0 ? BigInt(50 + number * 10) : 0n;
    const playedAtMs = beganAtMs + (terminal % 1_000) * 17 + number * BETWEEN_SPINS_MS;
    const balanceAfterBetUnits = balance - betUnits;
    const balanceAfterWinUnits = balanceAfterBetUnits + (error === null ? winUnits : 0n);
    balance = balanceAfterWinUnits;
    return {
      dataId: BigInt(terminal) * 1_000n + BigInt(number) + 1n,
      gameId: 206,
      playedAtMs,
      winAtMs: playedAtMs + WIN_DELAY_MS,
      betUnits,
      winUnits: error === 'spin_not_played' ? 0n : winUnits,
      balanceAfterBetUnits,
      balanceAfterWinUnits,
      error,
    };
  });
}

/** One terminal in a thousand has a debit whose spin was never played, and another a win that was lost. */
function errorOf(terminal: number, number: number): Spin['error'] {
  if (terminal % 1_000 === 7 && number === 50) return 'spin_not_played';
  if (terminal % 1_000 === 13 && number === 51) return 'win_missing';
  return null;
}
