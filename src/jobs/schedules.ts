import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../common/log.ts';
import type { QueueName } from '../common/queues.ts';
import type { Queues } from './queues.ts';

/** `id` names it within its queue; `payload` is what its jobs are told. */
export type Schedule = { id: string; queue: QueueName; everyMs: number; payload: object };

const LOOK_MS = 5000;
/** A run that fails is followed by the next; of those that failed the last few are enough to understand why. */
const JOB_OPTIONS = { attempts: 1, removeOnFail: { count: 100 } };

/**
 * Has a job added to each queue again and again, whatever number of processes runs. The schedules are in Redis, which may be emptied, so
 * each process looks from time to time whether they are still there. They only wake people up: how far the work is done is the wallet's to
 * know, or in a table.
 */
export function startSchedules(deps: {
  queues: Queues;
  schedules: readonly Schedule[];
  log: Logger;
  /** How often it looks. */
  lookMs?: number;
}): { stop: () => Promise<void> } {
  const { queues, schedules, log, lookMs = LOOK_MS } = deps;
  const stopping = new AbortController();

  const ensure = async ({ id, queue, everyMs, payload }: Schedule): Promise<void> => {
    const scheduler = await queues[queue].getJobScheduler(id);
    // Each job makes the next one: a schedule whose job was lost alone would stand still for ever.
    const isAlive = (scheduler?.next ?? 0) > Date.now() - 2 * everyMs;
    if (scheduler?.every === everyMs && isAlive) return;
    await queues[queue].upsertJobScheduler(
      id,
      { every: everyMs },
      { name: queue, data: { payload }, opts: JOB_OPTIONS },
    );
    log.info({ schedule: id, queue, everyMs }, 'schedule added');
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      for (const schedule of schedules) {
        // With Redis away it is put there when Redis is back.
        await ensure(schedule).catch((error) =>
          log.debug({ err: error, schedule: schedule.id, queue: schedule.queue }, "can't see to a schedule"),
        );
      }
      await sleep(lookMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  const running = run();
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}
