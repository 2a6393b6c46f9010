import { setImmediate } from 'node:timers/promises';
import { Problem } from './problems.ts';

/** Work in steps; each takes well under a millisecond. */
export type Steps<T> = Generator<undefined, T, undefined>;

/**
 * Does work a little at a time, on the loop that carries the bets as well: in each of the loop's rounds for about a millisecond, however
 * many wait for theirs. First come, first served. Rejects with the Problem `unavailable` where too many wait.
 */
export type Turns = <T>(work: Steps<T>) => Promise<T>;

const TURN_MS = 1;
const WAITING_MAX = 200;
const EACH = 64;

export function createTurns(): Turns {
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;
  return async (work) => {
    if (waiting >= WAITING_MAX) throw new Problem('unavailable');
    waiting += 1;
    const mine = last.then(() => inTurns(work));
    last = mine.catch(() => undefined);
    try {
      return await mine;
    } finally {
      waiting -= 1;
    }
  };
}

async function inTurns<T>(work: Steps<T>): Promise<T> {
  for (;;) {
    // Before the first turn, too: what was short is followed by another's work.
    await setImmediate();
    const endsAtMs = performance.now() + TURN_MS;
    do {
      const step = work.next();
      if (step.done === true) return step.value;
    } while (performance.now() < endsAtMs);
  }
}

/** Steps through a list. */
export function* inSteps<T>(list: readonly T[], visit: (entry: T) => void): Steps<void> {
  for (let from = 0; from < list.length; from += EACH) {
    const end = Math.min(from + EACH, list.length);
    for (let at = from; at < end; at += 1) visit(list[at] as T);
    yield;
  }
}
