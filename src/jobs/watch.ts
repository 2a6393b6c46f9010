import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { Logger } from '../common/log.ts';
import { QUEUES, type QueueName } from '../common/queues.ts';
import { BookkeepingService } from '../gen/wallet/v1/bookkeeping_pb.ts';
import { OutboxService } from '../gen/wallet/v1/outbox_pb.ts';
import { JOB_STATES, type JobsMetrics } from './metrics.ts';
import type { Queues } from './queues.ts';
import type { Wallet } from './wallet.ts';

const PAUSE_MS = 2000;
const WALLET_TIMEOUT_MS = 1000;
const REQUEST_ID = 'watch';
const OLDEST_OF = ['waiting', 'delayed', 'failed'] as const;

type Deps = { queues: Queues; redis: Redis; wallet: Wallet; metrics: JobsMetrics; log: Logger };

/**
 * Looks at Redis and the wallet from time to time and sets the metrics to what it sees. Not when somebody reads them: a page that is open
 * in ten browsers must not cost ten times as much, and a Redis that hangs must not make the metrics hang.
 */
export function startWatch(deps: Deps): { stop: () => Promise<void> } {
  const stopping = new AbortController();
  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await Promise.all([lookAtRedis(deps), lookAtWallet(deps)]);
      await sleep(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
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

async function lookAtRedis({ queues, redis, metrics, log }: Deps): Promise<void> {
  try {
    await redis.ping();
    for (const queue of QUEUES) await lookAtQueue(queue, queues, metrics);
    metrics.redisUp.set(1);
  } catch (error) {
    log.debug({ err: error }, "can't look at the queues");
    metrics.redisUp.set(0);
    // What was seen last would look as if nothing happened since.
    metrics.queueJobs.reset();
    metrics.queueOldestAge.reset();
  }
}

async function lookAtQueue(name: QueueName, queues: Queues, metrics: JobsMetrics): Promise<void> {
  const queue = queues[name];
  const counts = await queue.getJobCounts(...JOB_STATES);
  for (const state of JOB_STATES) metrics.queueJobs.set({ queue: name, state }, counts[state] ?? 0);
  const oldest = await Promise.all(OLDEST_OF.map((state) => queue.getJobs([state], 0, 0, true)));
  // A job may be done between the two questions.
  const starts = oldest.flatMap(([job]) => (job === undefined ? [] : [job.timestamp + (job.opts.delay ?? 0)]));
  metrics.queueOldestAge.set({ queue: name }, Math.max(0, ...starts.map((startMs) => Date.now() - startMs)) / 1000);
}

async function lookAtWallet({ wallet, metrics, log }: Deps): Promise<void> {
  metrics.walletUp.set((await wallet.isReachable(WALLET_TIMEOUT_MS)) ? 1 : 0);
  try {
    const [outbox, anomalies] = await Promise.all([
      wallet.call(OutboxService.method.getOutboxStats, {}, REQUEST_ID),
      wallet.call(BookkeepingService.method.listAnomalies, { limit: 1 }, REQUEST_ID),
    ]);
    const oldestAtMs = Number(outbox.oldestAtMs);
    metrics.outboxMessages.set(outbox.messages);
    metrics.outboxOldestMessageAge.set(oldestAtMs === 0 ? 0 : Math.max(0, Date.now() - oldestAtMs) / 1000);
    metrics.anomaliesStanding.set(anomalies.standing);
  } catch (error) {
    log.debug({ err: error }, "can't ask the wallet what is owed");
  }
}
