import type { Logger } from '../common/log.ts';

/** Something of the wallet's that is read again and again; what was read last serves on while the wallet is away. */
export type Fresh = {
  /** Resolves once it has been read anew, or could not be (false); spaced, and shared by all who wait. */
  refresh: () => Promise<boolean>;
  /** Reads it once, then again every `refreshMs`; resolves with whether the first reading worked. */
  start: () => Promise<boolean>;
  /** As `start`, but resolves only once a reading has worked; with false where it was stopped before. */
  startSurely: () => Promise<boolean>;
  stop: () => void;
};

/** The least time between two readings, however many ask for one. */
const SPACING_MS = 250;
/** Between readings at the start, while the wallet can't be reached. */
const RETRY_MS = 500;

/** Keeps fresh what `read` reads and adopts. `what` names it in log lines. */
export function keepFresh(deps: { what: string; read: () => Promise<void>; refreshMs: number; log: Logger }): Fresh {
  let reading: Promise<boolean> | null = null;
  let readAtMs = Number.NEGATIVE_INFINITY;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const read = async (): Promise<boolean> => {
    await wait(readAtMs + SPACING_MS - performance.now());
    readAtMs = performance.now();
    try {
      await deps.read();
      return true;
    } catch (error) {
      deps.log.warn({ reason: String(error) }, `${deps.what} could not be read`);
      return false;
    } finally {
      reading = null;
    }
  };

  const refresh = (): Promise<boolean> => {
    reading ??= read();
    return reading;
  };

  const schedule = (): void => {
    if (isStopped) return;
    timer = setTimeout(() => void refresh().finally(schedule), deps.refreshMs);
  };

  return {
    refresh,
    start: async () => {
      const worked = await refresh();
      schedule();
      return worked;
    },
    startSurely: async () => {
      while (!isStopped && !(await refresh())) await wait(RETRY_MS);
      schedule();
      return !isStopped;
    },
    stop: () => {
      isStopped = true;
      clearTimeout(timer);
    },
  };
}

function wait(durationMs: number): Promise<void> {
  return durationMs <= 0 ? Promise.resolve() : new Promise((resolve) => setTimeout(resolve, durationMs));
}
