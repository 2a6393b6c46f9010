import type { Request } from './request.ts';

/** Gathers requests while a batch is on its way, and makes them the next one. No timer: at low load a batch is one request. */
export type Batcher = {
  /** False: the queue is full, and the request was not taken. */
  push: (request: Request) => boolean;
  queued: () => number;
  /** Takes nothing more, and resolves when everything taken is settled. */
  close: () => Promise<void>;
};

/** `settle` answers every request of its batch, whatever happens, and never rejects. */
export function createBatcher(
  settle: (batch: Request[]) => Promise<void>,
  limits: { batchMax: number; queueMax: number },
): Batcher {
  let queue: Request[] = [];
  let closed = false;
  let running: Promise<void> | null = null;

  const runAll = async (): Promise<void> => {
    // The batch starts after the frame that began it was read to its end.
    await Promise.resolve();
    while (queue.length > 0) {
      const batch = queue.length <= limits.batchMax ? queue : queue.slice(0, limits.batchMax);
      queue = queue.slice(batch.length);
      await settle(batch);
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
