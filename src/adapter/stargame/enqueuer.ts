import { setImmediate as nextTick } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Logger } from '../../common/log.ts';
import { createQueue } from '../../common/queues.ts';
import { createProducerConnection } from '../../common/redis.ts';
import type { SpoolRecord } from './spool.ts';

/** Puts records into Redis as jobs, for as long as it takes. */
export type Enqueuer = {
  /** With all else of this tick. */
  add: (record: SpoolRecord) => void;
  /** Whether Redis has confirmed the job. */
  hasTaken: (id: string) => boolean;
  isUp: () => boolean;
  start: () => void;
  close: () => Promise<void>;
};

/** A bulk is packed at a stroke, and notifications wait meanwhile. */
const BULK_MAX = 100;
const RETRY_MS = 500;

export function createEnqueuer(deps: {
  redisUrl: string;
  log: Logger;
  /** What isn't owed any more needs no job. */
  isOwed: (id: string) => boolean;
  onTaken: (id: string) => void;
  onFailed: (kind: SpoolRecord['kind'], jobs: number) => void;
  /** Redis is away: for now nobody works on it. */
  onDelayed: (id: string) => void;
}): Enqueuer {
  const { log } = deps;
  const redis = createProducerConnection(deps.redisUrl, log);
  // Their own number of attempts is in the queue's options.
  const queues = { void: createQueue('void', redis, 1, log), credit: createQueue('credit', redis, 1, log) };
  let waiting: SpoolRecord[] = [];
  /** Waiting, or on their way. */
  const untaken = new Set<string>();
  let sending: Promise<void> | null = null;
  let hasFailed = false;
  let retryTimer: NodeJS.Timeout | undefined;

  const send = async (kind: SpoolRecord['kind'], records: readonly SpoolRecord[]): Promise<SpoolRecord[]> => {
    const ofKind = records.filter((record) => record.kind === kind);
    if (ofKind.length === 0) return [];
    try {
      await queues[kind].addBulk(
        ofKind.map(({ id, payload }) => ({ name: kind, data: { payload }, opts: { jobId: id } })),
      );
    } catch (error) {
      log.debug({ err: error, kind, jobs: ofKind.length }, 'redis takes no jobs');
      deps.onFailed(kind, ofKind.length);
      return ofKind;
    }
    for (const { id } of ofKind) {
      untaken.delete(id);
      deps.onTaken(id);
    }
    return [];
  };

  const isWanted = ({ id }: SpoolRecord): boolean => {
    if (!deps.isOwed(id)) untaken.delete(id);
    return untaken.has(id);
  };

  const sendAll = async (): Promise<void> => {
    do {
      const batch = waiting.splice(0, BULK_MAX).filter(isWanted);
      const failed = (await Promise.all([send('void', batch), send('credit', batch)])).flat();
      waiting = [...failed, ...waiting];
      // With nothing to send it is asked all the same: to find out that it is back.
      hasFailed = failed.length > 0 || (batch.length === 0 && !(await answers(redis)));
      if (!hasFailed) continue;
      for (const { id } of waiting) deps.onDelayed(id);
      return;
    } while (waiting.length > 0);
  };

  /** With all that this tick brings. */
  const wake = (): void => {
    sending ??= nextTick()
      .then(sendAll)
      .finally(() => {
        sending = null;
      });
  };

  return {
    add: (record) => {
      waiting.push(record);
      untaken.add(record.id);
      // After a failure the timer goes on, not each record that comes.
      if (hasFailed) deps.onDelayed(record.id);
      else wake();
    },
    hasTaken: (id) => !untaken.has(id),
    isUp: () => !hasFailed && redis.status === 'ready',
    start: () => {
      retryTimer = setInterval(() => {
        if (hasFailed) wake();
      }, RETRY_MS);
    },
    close: async () => {
      clearInterval(retryTimer);
      wake();
      await sending;
      await Promise.all([queues.void.close(), queues.credit.close()]);
      redis.disconnect();
    },
  };
}

const answers = (redis: Redis): Promise<boolean> =>
  redis.ping().then(
    () => true,
    () => false,
  );
