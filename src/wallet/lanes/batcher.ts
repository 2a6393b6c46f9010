import { setTimeout as sleep } from 'node:timers/promises';
import type { Request } from './request.ts';

/** Gathers requests while a batch is on its way, and makes them the next one. No timer: at low load a batch is one request. */
export type Batcher = {
  /** False: the queue is full, and the request was not taken. */
  push: (request: Request) => boolean;
  queued: () => number;
  /** Takes nothing more, and resolves when everything taken is settled. */
  close: () => Promise<void>;
};

/** A batch's contexts together: what is written of them, escaped, stays far below what the server takes in one packet. */
const BATCH_CONTEXT_CHARACTERS = 1_000_000;
/** Busy players that a batch tries again. */
const BATCH_BUSY_PLAYERS = 16;
const BUSY_PAUSE_MS = 5;
/** Longer than an ordinary batch: only behind a slow one it is looked for what became late. */
const SWEEP_INTERVAL_MS = 5;

export type BatcherOptions = {
  batchMax: number;
  queueMax: number;
  /** Refuses a request that can't be in time any more, and says so; else leaves it. Without it, all wait for their batch. */
  refusedAsLate?: (request: Request) => boolean;
};

/**
 * `settle` answers every request of its batch, whatever happens, and never rejects; what it gives back unanswered has a player
 * who is busy elsewhere. Those are tried again, a few players a batch, in the order of each player's requests, while others go on.
 * What becomes late behind a slow batch is refused at once, not after it.
 */
export function createBatcher(settle: (batch: Request[]) => Promise<Request[]>, options: BatcherOptions): Batcher {
  let queue: Request[] = [];
  const busy = new Map<bigint | null, Request[]>();
  let busyCount = 0;
  let closed = false;
  let running: Promise<void> | null = null;

  const putAside = (request: Request): void => {
    const ofPlayer = busy.get(request.playerId);
    if (ofPlayer === undefined) busy.set(request.playerId, [request]);
    else ofPlayer.push(request);
    busyCount += 1;
  };

  const takeBusy = (batch: Request[]): void => {
    let players = 0;
    for (const [playerId, requests] of busy) {
      if (players === BATCH_BUSY_PLAYERS || batch.length >= options.batchMax) return;
      players += 1;
      const taken = requests.splice(0, options.batchMax - batch.length);
      if (requests.length === 0) busy.delete(playerId);
      busyCount -= taken.length;
      batch.push(...taken);
    }
  };

  const nextBatch = (): Request[] => {
    const batch: Request[] = [];
    if (busyCount > 0) takeBusy(batch);
    let characters = 0;
    let read = 0;
    for (const request of queue) {
      characters += request.operation.context.length;
      if (batch.length >= options.batchMax || (batch.length > 0 && characters > BATCH_CONTEXT_CHARACTERS)) break;
      read += 1;
      if (busyCount > 0 && busy.has(request.playerId)) putAside(request);
      else batch.push(request);
    }
    queue = read === queue.length ? [] : queue.slice(read);
    return batch;
  };

  const sweepWhileSlow = (): (() => void) => {
    const { refusedAsLate } = options;
    if (refusedAsLate === undefined) return () => {};
    const sweep = (): void => {
      if (queue.length === 0) return;
      const waiting = queue;
      // Whoever is refused may ask for something else at once.
      queue = [];
      const inTime = waiting.filter((request) => !refusedAsLate(request));
      queue = [...inTime, ...queue];
    };
    const timer = setInterval(sweep, SWEEP_INTERVAL_MS);
    return () => clearInterval(timer);
  };

  const runAll = async (): Promise<void> => {
    // The batch starts after the frame that began it was read to its end.
    await Promise.resolve();
    while (queue.length > 0 || busyCount > 0) {
      const batch = nextBatch();
      const endSweeping = sweepWhileSlow();
      const left = await settle(batch);
      endSweeping();
      for (const request of left) putAside(request);
      if (left.length > 0 && left.length === batch.length) await sleep(BUSY_PAUSE_MS);
    }
    running = null;
  };

  return {
    push: (request) => {
      if (closed || queue.length + busyCount >= options.queueMax) return false;
      queue.push(request);
      running ??= runAll();
      return true;
    },
    queued: () => queue.length + busyCount,
    close: async () => {
      closed = true;
      await running;
    },
  };
}
