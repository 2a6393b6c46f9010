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

/**
 * `settle` answers every request of its batch, whatever happens, and never rejects; what it gives back unanswered has a player
 * who is busy elsewhere. Those are tried again, a few players a batch, in the order of each player's requests, while others go on.
 */
export function createBatcher(
  settle: (batch: Request[]) => Promise<Request[]>,
  limits: { batchMax: number; queueMax: number },
): Batcher {
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
      if (players === BATCH_BUSY_PLAYERS || batch.length >= limits.batchMax) return;
      players += 1;
      const taken = requests.splice(0, limits.batchMax - batch.length);
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
      if (batch.length >= limits.batchMax || (batch.length > 0 && characters > BATCH_CONTEXT_CHARACTERS)) break;
      read += 1;
      if (busyCount > 0 && busy.has(request.playerId)) putAside(request);
      else batch.push(request);
    }
    queue = read === queue.length ? [] : queue.slice(read);
    return batch;
  };

  const runAll = async (): Promise<void> => {
    // The batch starts after the frame that began it was read to its end.
    await Promise.resolve();
    while (queue.length > 0 || busyCount > 0) {
      const batch = nextBatch();
      const left = await settle(batch);
      for (const request of left) putAside(request);
      if (left.length > 0 && left.length === batch.length) await sleep(BUSY_PAUSE_MS);
    }
    running = null;
  };

  return {
    push: (request) => {
      if (closed || queue.length + busyCount >= limits.queueMax) return false;
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
