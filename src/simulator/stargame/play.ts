import { setTimeout as delay } from 'node:timers/promises';
import type { Random } from '../random.ts';
import type { Faults } from './faults.ts';
import type { GameRecord } from './game-logs.ts';
import type { Notified, Notifier } from './notify.ts';
import type { State, Terminal } from './state.ts';

export type Spin = { betUnits: bigint; gameId: number; lines: number };

/**
 * played: it is in the game log; fail: the casino, or the terminal's balance, refused it; lost: the casino's answer did not come in time;
 * skipped: the casino took the bet, and the spin was never played (a fault).
 */
export type Round =
  | { status: 'played'; record: GameRecord; winUnits: bigint; balanceUnits: bigint }
  | { status: 'fail' | 'lost' | 'skipped' };

export type Play = ReturnType<typeof createPlay>;

/** One in so many rounds asks for the balance first, as when a player logs in. */
const BALANCE_ASKED_EVERY = 10;

/** Plays rounds as the game server does. StarGame, Game Notifications API. */
export function createPlay(deps: {
  state: State;
  faults: Faults;
  notifier: Notifier;
  random: Random;
  now: () => number;
}) {
  const { state, faults, notifier, random, now } = deps;

  /** Rounds of one terminal are played one after another by whoever calls: this does not wait for another. */
  async function playRound(terminal: Terminal, spin: Spin): Promise<Round> {
    const slow = faults.take('play', 'slow');
    if (slow !== undefined) await delay(slow.ms);
    const { mode, notifyUrl } = terminal.hall;
    if (mode === 'transfer') return playTransfer(terminal, spin);
    return notifyUrl === null ? { status: 'lost' } : playSeamless(terminal, notifyUrl, spin);
  }

  async function playSeamless(terminal: Terminal, notifyUrl: string, spin: Spin): Promise<Round> {
    const { uid } = terminal;
    if (terminal.cashUnits === null || random() < 1 / BALANCE_ASKED_EVERY) {
      const balance = await askBalance(terminal, notifyUrl);
      if (balance.status !== 'success') return balance;
    }
    const bet = await notifyBet(notifyUrl, uid, spin.betUnits);
    const cashUnits = afterBet(bet, terminal, spin);
    if (cashUnits === null) return { status: bet.status === 'lost' ? 'lost' : 'fail' };
    terminal.cashUnits = cashUnits;
    if (faults.take('play', 'skip_spin') !== undefined) return { status: 'skipped' };

    const winUnits = drawWin(random, spin.betUnits);
    terminal.cashUnits += winUnits;
    const round = log(terminal, spin, winUnits, terminal.cashUnits);
    if (winUnits > 0n && faults.take('play', 'lose_win') === undefined) {
      // Any response is ignored.
      await notifier.writeBet(notifyUrl, uid, 0n, winUnits);
    }
    return round;
  }

  async function askBalance(terminal: Terminal, notifyUrl: string): Promise<Notified> {
    const balance = await notifier.getBalance(notifyUrl, terminal.uid, Math.floor(random() * 1e9));
    if (balance.status === 'success') {
      terminal.cashUnits = balance.cashUnits;
      terminal.currencyName = balance.currencyName;
    }
    return balance;
  }

  /** A player opens a game. What they have; null where only the casino knows, and does not say. */
  async function logIn(terminal: Terminal): Promise<bigint | null> {
    const { mode, notifyUrl } = terminal.hall;
    if (mode === 'transfer') return terminal.balanceUnits;
    if (notifyUrl !== null) await askBalance(terminal, notifyUrl);
    return terminal.cashUnits;
  }

  async function notifyBet(notifyUrl: string, uid: string, betUnits: bigint): Promise<Notified> {
    const bet = await notifier.writeBet(notifyUrl, uid, betUnits, 0n);
    if (faults.take('play', 'duplicate') !== undefined) await notifier.writeBet(notifyUrl, uid, betUnits, 0n);
    return bet;
  }

  /** What the player has left; null where the spin may not be played. */
  function afterBet(bet: Notified, terminal: Terminal, { betUnits }: Spin): bigint | null {
    if (bet.status === 'success') return bet.cashUnits;
    return faults.take('play', 'spin_despite_fail') === undefined ? null : (terminal.cashUnits ?? 0n) - betUnits;
  }

  function playTransfer(terminal: Terminal, spin: Spin): Round {
    if (spin.betUnits > terminal.balanceUnits) return { status: 'fail' };
    const winUnits = drawWin(random, spin.betUnits);
    terminal.balanceUnits += winUnits - spin.betUnits;
    return log(terminal, spin, winUnits, terminal.balanceUnits);
  }

  function log(terminal: Terminal, { betUnits, gameId, lines }: Spin, winUnits: bigint, balanceUnits: bigint): Round {
    const driftMs = faults.take('play', 'clock_drift')?.ms ?? 0;
    const altered = faults.take('play', 'alter_log');
    const game = {
      gameId,
      lines,
      betUnits: betUnits + (altered?.betUnits ?? 0n),
      winUnits: winUnits + (altered?.winUnits ?? 0n),
      balanceUnits: balanceUnits + (altered?.balanceUnits ?? 0n),
    };
    return { status: 'played', record: state.addRecord(terminal, game, now() + driftMs), winUnits, balanceUnits };
  }

  return { logIn, playRound };
}

/** How often of 1,000 spins a bet is won how many times: 0.93 of the bets comes back. */
const WINS: readonly { times: bigint; per1000: number }[] = [
  { times: 1n, per1000: 100 },
  { times: 2n, per1000: 90 },
  { times: 3n, per1000: 40 },
  { times: 5n, per1000: 30 },
  { times: 10n, per1000: 18 },
  { times: 50n, per1000: 4 },
];

export function drawWin(random: Random, betUnits: bigint): bigint {
  let drawn = random() * 1000;
  for (const { times, per1000 } of WINS) {
    if (drawn < per1000) return betUnits * times;
    drawn -= per1000;
  }
  return 0n;
}
