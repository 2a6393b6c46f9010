import { setTimeout as delay } from 'node:timers/promises';
import type { Logger } from '../../common/log.ts';
import { integer, type Random } from '../random.ts';
import { GAMES } from './games.ts';
import type { Play, Round } from './play.ts';
import type { Terminal } from './state.ts';

/** Players whose bet is refused come back later; who had no answer tries again. */
const PAUSE_MS = 60_000;

export type PlayLoop = { stop: () => Promise<void> };

/** Plays small bets at one terminal, so many a minute, until it is stopped; none at all at 0. */
export function startPlayLoop(deps: {
  play: Play;
  terminal: Terminal;
  spinsPerMinute: number;
  random: Random;
  log: Logger;
}): PlayLoop {
  const { play, terminal, spinsPerMinute, random, log } = deps;
  if (spinsPerMinute === 0) return { stop: async () => {} };
  const stopping = new AbortController();

  async function run(): Promise<void> {
    let before: Round['status'] = 'played';
    while (!stopping.signal.aborted) {
      const { status } = await play.playRound(terminal, drawSpin(random));
      if (status !== before) log.info({ terminal: terminal.uid, round: status }, ROUNDS[status]);
      before = status;
      await pause(status === 'fail' ? PAUSE_MS : 60_000 / spinsPerMinute);
    }
  }

  async function pause(ms: number): Promise<void> {
    try {
      await delay(ms, undefined, { signal: stopping.signal });
    } catch (error) {
      if (!stopping.signal.aborted) throw error;
    }
  }

  const ended = run().catch((error) => log.error({ err: error }, 'the demo terminal plays no more'));
  return {
    async stop() {
      stopping.abort();
      await ended;
    },
  };
}

const ROUNDS = {
  played: 'the demo terminal plays',
  fail: 'the casino refuses the bets of the demo terminal',
  lost: 'the casino does not answer the bets of the demo terminal in time',
  skipped: 'a spin of the demo terminal was skipped',
} satisfies Record<Round['status'], string>;

function drawSpin(random: Random): { betUnits: bigint; gameId: number; lines: number } {
  const lines = integer(random, 1, 9);
  const game = GAMES[integer(random, 0, GAMES.length - 1)];
  return { betUnits: BigInt(lines * integer(random, 1, 5)), gameId: game?.id ?? 206, lines };
}
