import type { Request } from './request.ts';

/** At most this long a batch waits for players that others hold; after that it goes on without them. */
const LOCK_PATIENCE_MAX_MS = 50;
/** What takes less isn't a lock, but a database that is a little slow. */
const LOCK_PATIENCE_MIN_MS = 10;

export type WatchDeps = {
  clock: () => number;
  /** How long a wait for a lock may last; Infinity where none is waited for. */
  lockPatienceMs: number;
  /** How long before its deadline a request is late: what is left to do still takes as long. */
  marginMs: number;
  /** Refuses a request that is late. */
  onLate: (request: Request) => void;
  /** Called once: locks have been waited for long enough, or nobody waits for the batch any more. */
  onOver: () => void;
};

/**
 * Looks after a batch of which nothing is written yet: each request is refused when it can't be in time any more, and
 * nobody waits for the batch's end only because a neighbour has more time. Gives what ends the watch.
 */
export function watchBatch(batch: readonly Request[], deps: WatchDeps): () => void {
  const { clock, marginMs, onLate, onOver } = deps;
  const impatientAtMs = clock() + deps.lockPatienceMs;
  let over = false;
  let timer: NodeJS.Timeout | undefined;

  const wait = (): void => {
    const nextAtMs = Math.min(earliest(batch, marginMs), over ? Number.POSITIVE_INFINITY : impatientAtMs);
    if (nextAtMs !== Number.POSITIVE_INFINITY) timer = setTimeout(look, Math.max(1, Math.ceil(nextAtMs - clock())));
  };

  const look = (): void => {
    const nowMs = clock();
    let waiting = 0;
    for (const request of batch) {
      if (!request.answered && lateAtMs(request, marginMs) <= nowMs) onLate(request);
      if (!request.answered) waiting += 1;
    }
    if (!over && (waiting === 0 || nowMs >= impatientAtMs)) {
      over = true;
      onOver();
    }
    wait();
  };

  wait();
  return () => clearTimeout(timer);
}

/** Half of what the most hurried one has: so that it can still be done without the players whom others hold. */
export function lockPatienceMs(batch: readonly Request[], nowMs: number): number {
  const halfMs = (earliest(batch, 0) - nowMs) / 2;
  return Math.min(Math.max(halfMs, LOCK_PATIENCE_MIN_MS), LOCK_PATIENCE_MAX_MS);
}

/** When a request is late. What may have been applied already needn't be written: reading it is soon done. */
const lateAtMs = ({ uncertain, deadlineAtMs }: Request, marginMs: number): number =>
  uncertain ? deadlineAtMs : deadlineAtMs - marginMs;

/** When the first of those that still wait is late; Infinity where nobody does. */
function earliest(batch: readonly Request[], marginMs: number): number {
  let atMs = Number.POSITIVE_INFINITY;
  for (const request of batch) if (!request.answered) atMs = Math.min(atMs, lateAtMs(request, marginMs));
  return atMs;
}
