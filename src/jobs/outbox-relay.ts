import { setTimeout as sleep } from 'node:timers/promises';
import type { Job, Queue } from 'bullmq';
import type { Logger } from '../common/log.ts';
import { type JobData, QUEUES, type QueueName } from '../common/queues.ts';
import { type Message, OutboxService } from '../gen/wallet/v1/outbox_pb.ts';
import type { JobsConfig } from './config.ts';
import type { JobsMetrics } from './metrics.ts';
import { isPermanent } from './permanent-failure.ts';
import { outboxJobId, type Queues } from './queues.ts';
import type { Wallet } from './wallet.ts';

const BATCH = 500;
const POLL_MIN_MS = 10;
const BACKOFF_MAX_MS = 2000;
/** Failures in a row before a line says so: one alone is no news, as at the start, before Redis is connected. */
const TOLD_AT = 2;
/** Failed jobs that are looked at: all that are kept, so many at a time. */
const FAILED_MAX = 10_000;
const FAILED_AT_ONCE = 500;

type Deps = {
  wallet: Wallet;
  queues: Queues;
  metrics: JobsMetrics;
  log: Logger;
  config: Pick<JobsConfig, 'JOBS_ATTEMPTS' | 'OUTBOX_LEASE_MS' | 'OUTBOX_POLL_MS' | 'OUTBOX_QUEUED_MAX'>;
};

/**
 * Delivers what the wallet's outbox owes to the queues.
 *
 * A delivery leaves the message where it is, leased: the job completes it after its work. So whatever happens to Redis, to this
 * process or to a worker in between, the message is due again when its lease runs out, and is delivered again, as the same job.
 * Redis only wakes people up. A message that was never delivered because Redis or this process went away waits for its lease too.
 */
export type OutboxRelay = { stop: () => Promise<void> };

export function startOutboxRelay(deps: Deps): OutboxRelay {
  const stopping = new AbortController();
  const running = run(deps, stopping.signal);
  return {
    stop: async () => {
      stopping.abort();
      await running;
    },
  };
}

async function run(deps: Deps, stopping: AbortSignal): Promise<void> {
  const { log, metrics, config } = deps;
  const ages = oldestAge(deps);
  let revivedAtMs = Date.now();
  let pauseMs = POLL_MIN_MS;
  let failures = 0;
  while (!stopping.aborted) {
    try {
      const count = await deliver(deps, ages);
      if (Date.now() - revivedAtMs > config.OUTBOX_LEASE_MS) {
        await reviveFailed(deps);
        revivedAtMs = Date.now();
      }
      if (failures >= TOLD_AT) {
        log.info('the outbox is delivered again');
      }
      failures = 0;
      pauseMs = nextPauseMs(count, pauseMs, config.OUTBOX_POLL_MS);
    } catch (error) {
      failures += 1;
      metrics.relayFailures.inc();
      if (failures === TOLD_AT) {
        log.warn({ err: error }, 'the outbox is not delivered; trying on');
      }
      pauseMs = backoffMs(failures);
    }
    await sleep(pauseMs, undefined, { signal: stopping }).catch(() => {});
  }
}

/** Looks again at once while there is more, soon while there is something, and ever more seldom while there is nothing. */
function nextPauseMs(count: number, beforeMs: number, maxMs: number): number {
  if (count === BATCH) {
    return 0;
  }
  return count > 0 ? POLL_MIN_MS : Math.min(Math.max(beforeMs, POLL_MIN_MS) * 2, maxMs);
}

const backoffMs = (failures: number): number =>
  Math.min(100 * 2 ** Math.min(failures, 10), BACKOFF_MAX_MS) * (0.5 + Math.random() / 2);

/** One pass: how many messages were delivered. */
async function deliver(deps: Deps, ages: AgeWindow): Promise<number> {
  const { queues, wallet, config } = deps;
  // Also asks Redis for a sign of life: while it is away nothing is leased in vain.
  if ((await backlog(queues)) >= config.OUTBOX_QUEUED_MAX) {
    return 0;
  }
  const { messages } = await wallet.call(
    OutboxService.method.claimMessages,
    { limit: BATCH, leaseMs: config.OUTBOX_LEASE_MS },
    'outbox-relay',
  );
  ages.note(messages);
  for (const [topic, ofTopic] of Map.groupBy(messages, (message) => message.topic)) {
    await deliverTopic(deps, topic, ofTopic);
  }
  return messages.length;
}

async function deliverTopic(deps: Deps, topic: string, messages: readonly Message[]): Promise<void> {
  const { queues, metrics, log } = deps;
  if (!isQueueName(topic)) {
    metrics.unknownTopics.inc(messages.length);
    log.error({ topic, messages: messages.length }, 'no queue for this topic; its messages stay in the outbox');
    return;
  }
  await queues[topic].addBulk(messages.map((message) => toJob(topic, message)));
  metrics.delivered.inc({ topic }, messages.length);
}

/**
 * A failed job keeps its message from being added again. Where it failed for want of something that has come back since, such as the
 * wallet, it gets new attempts a lease later; what can never succeed stays failed, for people. A job may also have failed while its work
 * was done all the same, by a call that came through too late: its message is gone then, and doing it again changes nothing.
 */
async function reviveFailed(deps: Deps): Promise<void> {
  for (const topic of QUEUES) {
    const failed = await failedJobs(deps.queues[topic]);
    const beforeMs = Date.now() - deps.config.OUTBOX_LEASE_MS;
    for (const job of failed) {
      const { messageId } = job.data;
      if (messageId === undefined || isPermanent(job.failedReason) || (job.finishedOn ?? 0) > beforeMs) continue;
      await job.retry('failed', { resetAttemptsMade: true }).then(
        () => {
          deps.metrics.revived.inc({ topic });
          deps.log.info({ topic, messageId }, 'failed job gets new attempts');
        },
        // Another relay, or a person, was faster.
        (error: unknown) => deps.log.debug({ err: error, topic, messageId }, 'failed job gets no new attempts'),
      );
    }
  }
}

async function failedJobs(queue: Queue<JobData>): Promise<Job<JobData>[]> {
  const jobs: Job<JobData>[] = [];
  for (let from = 0; from < FAILED_MAX; from += FAILED_AT_ONCE) {
    const page = await queue.getFailed(from, from + FAILED_AT_ONCE - 1);
    jobs.push(...page);
    if (page.length < FAILED_AT_ONCE) break;
  }
  return jobs;
}

function toJob(topic: QueueName, message: Message) {
  const data: JobData = { messageId: message.messageId.toString(), payload: parsePayload(message.payload) };
  return { name: topic, data, opts: { jobId: outboxJobId(message.messageId) } };
}

/** What is no JSON is delivered as text: its job then fails where people see it. */
function parsePayload(payload: string): unknown {
  try {
    return JSON.parse(payload);
  } catch {
    return payload;
  }
}

/** Jobs still to be done. Failed ones don't count: a pile of them must not keep the others from being delivered. */
async function backlog(queues: Queues): Promise<number> {
  const counts = await Promise.all(
    QUEUES.map((name) => queues[name].getJobCountByTypes('waiting', 'active', 'delayed')),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

const isQueueName = (topic: string): topic is QueueName => (QUEUES as readonly string[]).includes(topic);

/** The wallet's clock may be ahead of ours. */
const ageMs = (message: Message): number => Math.max(0, Date.now() - Number(message.createdAtMs));

type AgeWindow = { note: (messages: readonly Message[]) => void };

/** Every message that is owed comes by once a lease: the oldest of a lease's deliveries is the oldest that there is. */
function oldestAge({ metrics, config }: Deps): AgeWindow {
  let current = 0;
  let before = 0;
  let startedAtMs = Date.now();
  return {
    note: (messages) => {
      if (Date.now() - startedAtMs > config.OUTBOX_LEASE_MS) {
        before = current;
        current = 0;
        startedAtMs = Date.now();
      }
      current = messages.reduce((oldest, message) => Math.max(oldest, ageMs(message)), current);
      metrics.oldestAge.set(Math.max(before, current) / 1000);
    },
  };
}
