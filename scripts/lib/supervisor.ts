import { describeExit, type Running } from './processes.ts';

export type Supervised = {
  /** Ends it for good; resolves once it is gone. */
  stop: () => Promise<void>;
  kill: (signal: NodeJS.Signals) => void;
};

const FIRST_PAUSE_MS = 250;
/** So many deaths in a row, none of them after a minute of life, and it is given up. */
const MAX_DEATHS_IN_A_ROW = 8;
const LONG_LIFE_MS = 60_000;

/**
 * Keeps something running that runs already: starts it again when it dies, after a pause that doubles from one death to the
 * next. `giveUp` is called, once, when it dies again and again.
 */
export function keepRunning(options: {
  name: string;
  running: Running;
  /** Resolves once it is ready, rejects where it can't start. */
  start: () => Promise<Running>;
  say: (line: string) => void;
  giveUp: (reason: string) => void;
  maxPauseMs?: number;
}): Supervised {
  const { name, start, say, giveUp, maxPauseMs = 10_000 } = options;
  let current = options.running;
  let stopping = false;
  let endPause = (): void => {};

  const pause = (ms: number): Promise<void> =>
    new Promise((resolve) => {
      const timer = setTimeout(resolve, ms);
      endPause = () => {
        clearTimeout(timer);
        resolve();
      };
    });

  const startAgain = (): Promise<Running | null> =>
    start().catch((error: Error) => {
      say(`${name} did not start: ${error.message}`);
      return null;
    });

  const watch = async (): Promise<void> => {
    let deaths = 0;
    for (;;) {
      const bornAtMs = performance.now();
      const exit = await current.exited;
      if (stopping) return;
      say(`${name} died (${describeExit(exit)}); starting it again`);
      deaths = performance.now() - bornAtMs > LONG_LIFE_MS ? 0 : deaths;
      let next: Running | null = null;
      while (next === null) {
        deaths += 1;
        if (deaths > MAX_DEATHS_IN_A_ROW) return giveUp(`${name} died ${MAX_DEATHS_IN_A_ROW} times in a row`);
        await pause(Math.min(FIRST_PAUSE_MS * 2 ** (deaths - 1), maxPauseMs));
        if (stopping) return;
        next = await startAgain();
      }
      current = next;
      say(`${name} is back`);
      // It was on its way up when it was told to stop.
      if (stopping) await current.stop();
    }
  };

  const watching = watch();
  return {
    kill: (signal) => current.kill(signal),
    stop: async () => {
      stopping = true;
      endPause();
      await current.stop();
      await watching;
    },
  };
}
