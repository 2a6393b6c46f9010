import { GOAL_RATE_PER_SECOND } from './goals.ts';
import type { Options } from './options.ts';
import type { Cell, Section } from './types.ts';

/** Connections of an open loop: as many as wait when the server stalls for 50 ms at 4,000/s, and some. */
const OPEN_LOOP_CLIENTS = 256;
const SOAK_CLIENTS = 64;
/** The chain at the goal's rate is measured for a minute, because its p99.9 and "none" need that many requests. */
const GOAL_RATE_TIMES = 4;
/** Open loops are for the two that a casino could run; the others are parts of the chain. */
const OPEN_LOOP_SECTIONS: readonly Section[] = ['chain', 'afternoon'];

/** What is measured in a section, in this order. */
export function cellsOf(section: Section, options: Options): Cell[] {
  const cell: Cell = {
    clients: 1,
    players: 'spread',
    ids: 'new',
    ratePerSecond: null,
    warmupSeconds: options.warmupSeconds,
    seconds: options.seconds,
  };
  const closed = options.players.flatMap((players) =>
    options.clients.map((clients) => ({ ...cell, players, clients })),
  );
  // A replay cell follows a cell with new ids of the same players, whose ids it sends again.
  const withReplays = closed.flatMap((one): Cell[] =>
    section === 'chain' && one.clients === Math.max(...options.clients) ? [one, { ...one, ids: 'known' }] : [one],
  );
  const open = OPEN_LOOP_SECTIONS.includes(section)
    ? options.ratesPerSecond.map((ratePerSecond) => ({
        ...cell,
        clients: OPEN_LOOP_CLIENTS,
        ratePerSecond,
        seconds:
          options.openSeconds * (section === 'chain' && ratePerSecond === GOAL_RATE_PER_SECOND ? GOAL_RATE_TIMES : 1),
      }))
    : [];
  return [...withReplays, ...open];
}

/** Runs before a section's cells and is not reported: fresh processes are still compiling, and have yet to meet every player. */
export const warmupCell = (): Cell => ({
  clients: 64,
  players: 'spread',
  ids: 'new',
  ratePerSecond: null,
  warmupSeconds: 0,
  seconds: 4,
});

export const soakCell = (options: Options): Cell => ({
  clients: SOAK_CLIENTS,
  players: options.players[0] ?? 'spread',
  ids: 'new',
  ratePerSecond: null,
  warmupSeconds: options.warmupSeconds,
  seconds: options.soakMinutes * 60,
});

export const profileCells = (options: Options): Cell[] =>
  options.players.map((players) => ({ ...soakCell(options), players, warmupSeconds: 3, seconds: options.seconds }));
