import { hostname } from 'node:os';
import { type Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from '../common/log.ts';
import { backoffMs, type JobData, PREFIX, type QueueName } from '../common/queues.ts';
import { OutboxService } from '../gen/wallet/v1/outbox_pb.ts';
import type { JobsConfig } from './config.ts';
import type { JobsMetrics } from './metrics.ts';
import { asJobError, isPermanent, permanentFailure } from './permanent-failure.ts';
import type { Wallet } from './wallet.ts';

/** One attempt at a job. */
export type Work = {
  payload: unknown;
  /** The outbox message that asks for it; absent where none does. */
  messageId?: bigint;
  /** Of the request that the job comes from, or the job's id. */
  requestId: string;
  wallet: Wallet;
};

/** May run twice, also at the same time. Throws to be tried again later, and `permanentFailure` where that can't help. */
export type Processor = (work: Work) => Promise<void>;

export type WorkerDeps = {
  queue: QueueName;
  process: Processor;
  /** Whether the work itself removes its message from the outbox. */
  completesItself?: boolean;
  /** Jobs at a time; JOBS_CONCURRENCY unless set. */
  concurrency?: number;
  connection: Redis;
  wallet: Wallet;
  metrics: JobsMetrics;
  log: Logger;
  config: Pick<JobsConfig, 'JOBS_CONCURRENCY' | 'JOBS_LOCK_MS'>;
};

/** A process that dies is not its jobs' fault: they are handed on this often before they count as the cause. */
const STALLS_MAX = 10;
const RETRY_PAUSE_MS = 1000;

export function startWorker(deps: WorkerDeps): Worker<JobData> {
  const { queue, connection, config, log } = deps;
  const worker = new Worker<JobData>(queue, (job) => work(deps, job), {
    connection,
    prefix: PREFIX,
    concurrency: deps.concurrency ?? config.JOBS_CONCURRENCY,
    lockDuration: config.JOBS_LOCK_MS,
    stalledInterval: config.JOBS_LOCK_MS,
    maxStalledCount: STALLS_MAX,
    runRetryDelay: RETRY_PAUSE_MS,
    settings: { backoffStrategy: backoffMs },
  });
  // The connection tells when Redis goes and comes back; what is left here is seldom, and of one job.
  worker.on('error', (error) => log.debug({ err: error, queue }, 'worker error'));
  worker.on('stalled', (id) => log.warn({ queue, jobId: id }, 'a process died at this job: it is done again'));
  return worker;
}

/** Does the work and then completes its message; dying in between does the work again, which is harmless. */
async function work(deps: WorkerDeps, job: Job<JobData>): Promise<void> {
  const { queue, wallet, metrics } = deps;
  const requestId = requestIdOf(job);
  const startedAtMs = performance.now();
  const finish = (outcome: 'completed' | 'retried' | 'failed', error?: unknown): void => {
    const durationMs = Math.round((performance.now() - startedAtMs) * 100) / 100;
    metrics.jobs.inc({ queue, outcome });
    metrics.jobDuration.observe({ queue }, durationMs / 1000);
    tell(
      deps.log,
      outcome,
      { queue, jobId: job.id, requestId, attempt: job.attemptsMade + 1, durationMs, ...job.data },
      error,
    );
  };
  try {
    const messageId = messageIdOf(job.data);
    await deps.process({
      payload: job.data.payload,
      requestId,
      wallet,
      ...(messageId === undefined ? {} : { messageId }),
    });
    if (messageId !== undefined && deps.completesItself !== true) await complete(wallet, messageId, requestId);
    finish('completed');
  } catch (error) {
    const jobError = asJobError(error);
    const outcome = isLast(job, jobError) ? 'failed' : 'retried';
    finish(outcome, jobError);
    await noteFailure(deps, job, jobError);
    throw jobError;
  }
}

/** A message is owed until here. */
async function complete(wallet: Wallet, messageId: bigint, requestId: string): Promise<void> {
  await wallet.call(OutboxService.method.completeMessages, { messageIds: [messageId] }, requestId);
}

function messageIdOf({ messageId }: JobData): bigint | undefined {
  if (messageId === undefined) return undefined;
  if (!/^[0-9]{1,19}$/.test(messageId)) throw permanentFailure('messageId');
  return BigInt(messageId);
}

/** For whoever looks at the job later: each attempt's error, when and where. */
async function noteFailure({ log, queue }: WorkerDeps, job: Job<JobData>, error: unknown): Promise<void> {
  const message = error instanceof Error ? error.message : String(error);
  const line = `${new Date().toISOString()} ${hostname()} ${process.pid} attempt ${job.attemptsMade + 1}: ${message}`;
  await job
    .log(line)
    .catch((cause: unknown) => log.debug({ err: cause, queue, jobId: job.id }, "can't note an attempt"));
}

/** The request that the job comes from, where its payload names one: so its log lines are found with the request's. */
function requestIdOf(job: Job<JobData>): string {
  const { payload } = job.data;
  const named = typeof payload === 'object' && payload !== null && 'requestId' in payload ? payload.requestId : '';
  return typeof named === 'string' && named !== '' ? named : String(job.id);
}

const isLast = (job: Job, error: unknown): boolean =>
  job.attemptsMade + 1 >= (job.opts.attempts ?? 1) || (error instanceof Error && isPermanent(error.message));

function tell(log: Logger, outcome: 'completed' | 'retried' | 'failed', fields: object, error: unknown): void {
  if (outcome === 'completed') {
    log.info({ ...fields, outcome }, 'job');
    return;
  }
  const level = outcome === 'failed' ? 'error' : 'warn';
  log[level]({ ...fields, outcome, err: error }, 'job');
}
