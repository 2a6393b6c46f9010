import { PLAYER_COUNT, userIdOf } from '../requests.ts';

// Every notification of a run is known by its number, from 1. Amounts are numbers too, so that the ledger itself says which
// notification a row belongs to: StarGame sends no transaction id.

export const HALL_ID = '1890';
export const PATH_SECRET = 'benchnotify';
/** A prime: going round in the terminals, each meets every kind. */
export const TERMINAL_COUNT = 2_003;
/** Players of their own, so that PLATFORM's bets beside it change none of their balances. */
export const FIRST_TERMINAL_PLAYER = PLAYER_COUNT;

const TERMINAL_STRIDE = 719;

export type Kind = 'balance' | 'bet' | 'win' | 'bet+win';

/** One in ten each. A spin is a bet; every third wins, some at once. Balances are asked for as often as a player looks. */
const MIX: readonly Kind[] = ['bet', 'balance', 'bet', 'win', 'balance', 'bet', 'bet+win', 'bet', 'balance', 'win'];

export type Notification = { number: number; kind: Kind; terminal: number; betUnits: number; winUnits: number };

export function notificationOf(number: number): Notification {
  const kind = MIX[number % MIX.length] as Kind;
  return {
    number,
    kind,
    terminal: (number * TERMINAL_STRIDE) % TERMINAL_COUNT,
    betUnits: kind === 'bet' || kind === 'bet+win' ? number * 2 : 0,
    winUnits: kind === 'win' || kind === 'bet+win' ? number * 2 + 1 : 0,
  };
}

/** The notification that a ledger row's amount belongs to. */
export const numberOfAmount = (units: number): number => Math.floor(units / 2);

export const uidOf = (terminal: number): string => userIdOf(FIRST_TERMINAL_PLAYER + terminal);

/** The query that StarGame's game server sends (StarGame, Game Notifications API). */
export function queryOf({ number, kind, terminal, betUnits, winUnits }: Notification): string {
  const uid = uidOf(terminal);
  if (kind === 'balance') return `cmd=getBalance&uid=${uid}&foo=${number}`;
  return `cmd=writeBet&uid=${uid}&bet=${betUnits}&win=${winUnits}`;
}
