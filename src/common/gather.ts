import { setTimeout as sleep } from 'node:timers/promises';
import { status } from '@grpc/grpc-js';
import { Fault } from './fault.ts';

export type GatherOptions = {
  /** Items that one run gets. */
  batchMax: number;
  /** Items that may wait. */
  queueMax: number;
  /** How long a run waits for more, where a run costs more than that is worth; 0 unless set. */
  lingerMs?: number;
};

export type Gather<T, R> = (item: T, deadlineAtMs: number) => Promise<R>;

type Waiting<T, R> = { item: T; deadlineAtMs: number; resolve: (result: R) => void; reject: (reason: unknown) => void };

/**
 * Lets concurrent calls share a transaction or a call, as the lanes do: what arrives during a run is the next one. At low load a run has
 * one item, and unless it lingers, nothing waits for a timer. `run` gives each item its result, or the Error that is its answer, in the items' order; where `run` itself
 * rejects, all its items do. Throws RESOURCE_EXHAUSTED where too many wait, DEADLINE_EXCEEDED where nobody waits any more.
 */
export function createGather<T, R extends object>(
  run: (items: readonly T[]) => Promise<readonly (R | Error)[]>,
  { batchMax, queueMax, lingerMs = 0 }: GatherOptions,
): Gather<T, R> {
  const queue: Waiting<T, R>[] = [];
  let running = false;

  const runAll = async (): Promise<void> => {
    while (queue.length > 0) {
      if (lingerMs > 0) await sleep(lingerMs);
      const batch = queue.splice(0, batchMax).filter(inTime);
      if (batch.length > 0) await settle(batch);
    }
    running = false;
  };

  const settle = async (batch: readonly Waiting<T, R>[]): Promise<void> => {
    try {
      const results = await run(batch.map(({ item }) => item));
      batch.forEach(({ resolve, reject }, index) => {
        const result = results[index];
        if (result === undefined || result instanceof Error) reject(result);
        else resolve(result);
      });
    } catch (error) {
      for (const { reject } of batch) reject(error);
    }
  };

  return (item, deadlineAtMs) =>
    new Promise((resolve, reject) => {
      if (queue.length >= queueMax) {
        reject(new Fault(status.RESOURCE_EXHAUSTED, 'too many calls wait: nothing was done'));
        return;
      }
      queue.push({ item, deadlineAtMs, resolve, reject });
      if (running) return;
      running = true;
      void runAll();
    });
}

function inTime<T, R>({ deadlineAtMs, reject }: Waiting<T, R>): boolean {
  if (deadlineAtMs > Date.now()) return true;
  reject(new Fault(status.DEADLINE_EXCEEDED, 'nothing was done'));
  return false;
}
