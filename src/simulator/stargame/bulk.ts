import { integer, type Random } from '../random.ts';
import { GAMES } from './games.ts';
import { drawWin } from './play.ts';
import type { Hall, State, Terminal } from './state.ts';

/**
 * New terminals in a hall, each with as many game records, spread evenly over the time from `fromMs` to `toMs`: a casino's week without
 * playing it. Each record follows from the one before: balance = balance before - bet + win.
 */
export function addPlayedTerminals(
  state: State,
  options: { hall: Hall; terminals: number; recordsEach: number; fromMs: number; toMs: number; random: Random },
): Terminal[] {
  return Array.from({ length: options.terminals }, () => {
    const terminal = state.addTerminal({ hall: options.hall });
    addHistory(state, terminal, options);
    return terminal;
  });
}

function addHistory(
  state: State,
  terminal: Terminal,
  options: { recordsEach: number; fromMs: number; toMs: number; random: Random },
): void {
  const { recordsEach, fromMs, toMs, random } = options;
  terminal.logs.reserve(recordsEach);
  let balanceUnits = 1_000_000n;
  for (let index = 0; index < recordsEach; index++) {
    const lines = integer(random, 1, 9);
    const betUnits = BigInt(lines * integer(random, 1, 20));
    const winUnits = drawWin(random, betUnits);
    balanceUnits += winUnits - betUnits;
    const gameId = GAMES[integer(random, 0, GAMES.length - 1)]?.id ?? 206;
    const atMs = fromMs + ((toMs - fromMs) * index) / recordsEach;
    state.addRecord(terminal, { gameId, lines, betUnits, winUnits, balanceUnits }, atMs);
  }
  terminal.balanceUnits = balanceUnits;
}
