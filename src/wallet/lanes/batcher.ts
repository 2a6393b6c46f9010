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
const BUSY_PAUSE_MS = 5;

/**
 * `settle` answers every request of its batch, whatever happens, and never rejects; what it gives back unanswered (its player is
 * busy elsewhere) comes first in the next batch.
 */
export function createBatcher(
  settle: (batch: Request[]) => Promise<Request[]>,
  limits: { batchMax: number; queueMax: number },
): Batcher {
  let queue: Request[] = [];
  let closed = false;
  let running: Promise<void> | null = null;

  const runAll = async (): Promise<void> => {
    // The batch starts after the frame that began it was read to its end.
    await Promise.resolve();
    while (queue.length > 0) {
      const batch = queue.slice(0, batchLength(queue, limits.batchMax));
      queue = queue.slice(batch.length);
      const busy = await settle(batch);
      if (busy.length === 0) continue;
      if (busy.length === batch.length) await sleep(BUSY_PAUSE_MS);
      queue = [...busy, ...queue];
    }
    running = null;
  };

  return {
    push: (request) => {
      if (closed || queue.length >= limits.queueMax) return false;
      queue.push(request);
      running ??= runAll();
      return true;
    },
    queued: () => queue.length,
    close: async () => {
      closed = true;
      await running;
    },
  };
}

/** How many of the queue's first requests make a batch; at least one. */
function batchLength(queue: readonly Request[], batchMax: number): number {
  let characters = 0;
  let length = 0;
  for (const { operation } of queue) {
    characters += operation.context.length;
    if (length === batchMax || (length > 0 && characters > BATCH_CONTEXT_CHARACTERS)) break;
    length += 1;
  }
  return length;
}
