import type { BenchDatabase } from '../database.ts';
import type { Stall } from './types.ts';

export const STALL_MS = 200;
const FIRST_AFTER_MS = 1_000;
const EVERY_MS = 2_500;

/** Holds the database still from `stop` to `go`. */
type Stopper = { stop: () => Promise<void>; go: () => Promise<void> };

/**
 * Stalls the database for 200 ms, every 2.5 s for so long. Where its process is the benchmark's own it is stopped with SIGSTOP, as a
 * machine that hangs would be; a server that is others' too is only locked, for writers.
 */
export async function stallDatabase(
  database: BenchDatabase,
  ownPid: number | null,
  forMs: number,
  signal: AbortSignal,
): Promise<Stall[]> {
  const stopper = ownPid === null ? lockStopper(database) : signalStopper(ownPid);
  const endMs = performance.now() + forMs;
  const stalls: Stall[] = [];
  await pause(FIRST_AFTER_MS);
  while (performance.now() + STALL_MS < endMs && !signal.aborted) {
    await stopper.stop();
    const fromMs = Date.now();
    try {
      await pause(STALL_MS);
    } finally {
      await stopper.go();
    }
    stalls.push({ fromMs, toMs: Date.now() });
    await pause(EVERY_MS - STALL_MS);
  }
  return stalls;
}

function signalStopper(pid: number): Stopper {
  const go = (): void => void process.kill(pid, 'SIGCONT');
  return {
    stop: async () => {
      // Whatever becomes of us: a stopped server would hang whoever waits for it to end.
      process.once('exit', go);
      process.kill(pid, 'SIGSTOP');
    },
    go: async () => {
      process.off('exit', go);
      go();
    },
  };
}

const lockStopper = ({ connection }: BenchDatabase): Stopper => ({
  stop: async () => void (await connection.query('FLUSH TABLES WITH READ LOCK')),
  go: async () => void (await connection.query('UNLOCK TABLES')),
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
