import { performance } from 'node:perf_hooks';

/** Turned away: too many wait already, or this one waited for too long. Nothing was done. */
export class GateError extends Error {
  constructor(message: string) {
    super(message);
    this.name = 'GateError';
  }
}

export type Gate = {
  /** Resolves, in order of arrival, when it may go; call what it resolves with when it is done. */
  enter: (maxWaitMs: number, signal?: AbortSignal) => Promise<() => void>;
};

type Waiting = { go: () => void };

/** What may go at once after a pause, so that timers that fire late don't lower the rate. */
const BURST_MS = 50;

/** A rate, a number at a time, and a queue that is bounded in length and time. */
export function createGate(limits: { ratePerSecond: number; concurrency: number; queueMax: number }): Gate {
  const intervalMs = 1000 / limits.ratePerSecond;
  const waiting = new Set<Waiting>();
  let active = 0;
  let nextAtMs = 0;
  let isTimed = false;

  const leave = (): void => {
    active -= 1;
    letIn();
  };

  const letIn = (): void => {
    for (const entry of waiting) {
      if (active >= limits.concurrency) return;
      const nowMs = performance.now();
      if (nowMs < nextAtMs) {
        if (!isTimed) setTimeout(onTime, nextAtMs - nowMs);
        isTimed = true;
        return;
      }
      nextAtMs = Math.max(nowMs - BURST_MS, nextAtMs) + intervalMs;
      active += 1;
      waiting.delete(entry);
      entry.go();
    }
  };

  const onTime = (): void => {
    isTimed = false;
    letIn();
  };

  return {
    enter: (maxWaitMs, signal) =>
      new Promise((resolve, reject) => {
        if (waiting.size >= limits.queueMax) {
          reject(new GateError('too many requests wait already'));
          return;
        }
        const giveUp = (reason: string) => () => {
          if (!waiting.delete(entry)) return;
          settle();
          reject(new GateError(reason));
        };
        const onAbort = giveUp('given up while waiting for its turn');
        const limit = setTimeout(giveUp('waited too long for its turn'), maxWaitMs);
        const settle = (): void => {
          clearTimeout(limit);
          signal?.removeEventListener('abort', onAbort);
        };
        const entry: Waiting = {
          go: () => {
            settle();
            resolve(leave);
          },
        };
        waiting.add(entry);
        signal?.addEventListener('abort', onAbort);
        if (signal?.aborted) onAbort();
        letIn();
      }),
  };
}
