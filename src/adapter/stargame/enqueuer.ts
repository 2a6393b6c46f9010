import { setImmediate as nextTick } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Logger } from '../../common/log.ts';
import { createQueue } from '../../common/queues.ts';
import { createProducerConnection } from '../../common/redis.ts';
import type { OperationRecord } from './spool.ts';

/** Puts records into Redis as jobs, for as long as it takes. */
export type Enqueuer = {
  /** With all else of this tick. */
  add: (record: OperationRecord) => void;
  /** Whether Redis has confirmed the job. */
  hasTaken: (id: string) => boolean;
  /** How many it holds that Redis has not confirmed. */
  untaken: () => number;
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
  onFailed: (kind: OperationRecord['kind'], jobs: number) => void;
  /** Redis is away: for now nobody works on it. */
  onDelayed: (id: string) => void;
}): Enqueuer {
  const { log } = deps;
  const redis = createProducerConnection(deps.redisUrl, log);
  // Their own number of attempts is in the queue's options.
  const queues = { void: createQueue('void', redis, 1, log), credit: createQueue('credit', redis, 1, log) };
  let waiting: OperationRecord[] = [];
  /** Waiting, or on their way. */
  const untaken = new Set<string>();
  let sending: Promise<void> | null = null;
  let hasFailed = false;
  let retryTimer: NodeJS.Timeout | undefined;

  const send = async (
    kind: OperationRecord['kind'],
    records: readonly OperationRecord[],
  ): Promise<OperationRecord[]> => {
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

  const isWanted = ({ id }: OperationRecord): boolean => {
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
      // While Redis is away the wallet settles them, and they must not gather here.
      waiting = waiting.filter(isWanted);
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
    untaken: () => untaken.size,
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
