import type { Output } from './output.ts';

const LINE_EVERY_MS = 5000;

/** How far a long run is, on stderr: a line that changes at a terminal, elsewhere a new line now and then. */
export type Progress = {
  tell: (text: string) => Promise<void>;
  end: () => Promise<void>;
};

export function createProgress(output: Output): Progress {
  let lineAtMs = Number.NEGATIVE_INFINITY;
  const tellNowAndThen = async (text: string): Promise<void> => {
    const nowMs = performance.now();
    if (nowMs - lineAtMs < LINE_EVERY_MS) return;
    lineAtMs = nowMs;
    await output.note(text);
  };
  return { tell: output.interactive ? output.live : tellNowAndThen, end: output.endLive };
}

/** How many terminals a run has done, for people. */
export function doneOf(progress: { terminals: number; terminalsDone: number; terminalsFailed: number }): string {
  const { terminals, terminalsDone, terminalsFailed } = progress;
  return terminals === 0 ? 'nothing is due' : `${terminalsDone} of ${terminals} terminals, ${terminalsFailed} failed`;
}

/** Reads a run's progress to its end and gives the last of it; undefined where the run told of no end. */
export async function follow<T extends { finished: boolean }>(
  output: Output,
  run: AsyncIterable<T>,
  describe: (progress: T) => string,
): Promise<T | undefined> {
  const progress = createProgress(output);
  let last: T | undefined;
  try {
    for await (const message of run) {
      last = message;
      await progress.tell(describe(message));
    }
  } finally {
    await progress.end();
  }
  return last?.finished === true ? last : undefined;
}
