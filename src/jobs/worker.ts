import { type Job, Worker } from 'bullmq';
import type { Redis } from 'ioredis';
import type { Logger } from '../common/log.ts';
import { OutboxService } from '../gen/wallet/v1/outbox_pb.ts';
import type { JobsConfig } from './config.ts';
import type { JobsMetrics } from './metrics.ts';
import { asJobError, isPermanent } from './permanent-failure.ts';
import { type OutboxJob, PREFIX, type QueueName } from './queues.ts';
import type { Wallet } from './wallet.ts';

/**
 * The work that a message asks for. It may run twice, also at the same time; it throws to be tried again later, and
 * `permanentFailure` where that can't help.
 */
export type Processor = (payload: unknown, helpers: { wallet: Wallet; requestId: string }) => Promise<void>;

type Deps = {
  queue: QueueName;
  process: Processor;
  connection: Redis;
  wallet: Wallet;
  metrics: JobsMetrics;
  log: Logger;
  config: Pick<JobsConfig, 'JOBS_CONCURRENCY' | 'JOBS_LOCK_MS'>;
};

/** A process that dies is not its jobs' fault: they are handed on this often before they count as the cause. */
const STALLS_MAX = 10;
const RETRY_PAUSE_MS = 1000;

export function startWorker(deps: Deps): Worker<OutboxJob> {
  const { queue, connection, config, log } = deps;
  const worker = new Worker<OutboxJob>(queue, (job) => work(deps, job), {
    connection,
    prefix: PREFIX,
    concurrency: config.JOBS_CONCURRENCY,
    lockDuration: config.JOBS_LOCK_MS,
    stalledInterval: config.JOBS_LOCK_MS,
    maxStalledCount: STALLS_MAX,
    runRetryDelay: RETRY_PAUSE_MS,
  });
  // The connection tells when Redis goes and comes back; what is left here is seldom, and of one job.
  worker.on('error', (error) => log.debug({ err: error, queue }, 'worker error'));
  worker.on('stalled', (id) => log.warn({ queue, jobId: id }, 'a process died at this job: it is done again'));
  return worker;
}

/** Does the work and then completes its message; dying in between does the work again, which is harmless. */
async function work(deps: Deps, job: Job<OutboxJob>): Promise<void> {
  const { queue, wallet, metrics } = deps;
  const requestId = requestIdOf(job);
  const startedAtMs = performance.now();
  const finish = (outcome: 'completed' | 'retried' | 'failed', error?: unknown): void => {
    const durationMs = performance.now() - startedAtMs;
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
    await deps.process(job.data.payload, { wallet, requestId });
    await wallet.call(OutboxService.method.completeMessages, { messageIds: [BigInt(job.data.messageId)] }, requestId);
    finish('completed');
  } catch (error) {
    const jobError = asJobError(error);
    finish(isLast(job, jobError) ? 'failed' : 'retried', jobError);
    throw jobError;
  }
}

/** The request that the job comes from, where its payload names one: so its log lines are found with the request's. */
function requestIdOf(job: Job<OutboxJob>): string {
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
