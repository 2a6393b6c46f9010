import { setPriority } from 'node:os';
import { ConfigError } from '../common/config.ts';
import { createLog, type Logger } from '../common/log.ts';
import { startOpsServer } from '../common/ops-server.ts';
import { QUEUES, type QueueName } from '../common/queues.ts';
import { createProducerConnection, createWorkerConnection } from '../common/redis.ts';
import { onShutdown } from '../common/shutdown.ts';
import { readPem, walletChannels } from '../common/wallet-client.ts';
import { type JobsConfig, readJobsConfig } from './config.ts';
import { creditWin } from './credit.ts';
import { startDashboard } from './dashboard/dashboard.ts';
import { createMetrics } from './metrics.ts';
import { startOutboxRelay } from './outbox-relay.ts';
import { createQueues } from './queues.ts';
import { readiness } from './readiness.ts';
import { createRoundClose, ROUND_CLOSE_CONCURRENCY } from './round-close.ts';
import { startSchedules } from './schedules.ts';
import { createSweep, SWEEP_EVERY_MS } from './sweep.ts';
import { voidBet } from './void.ts';
import { createWallet } from './wallet.ts';
import { startWatch } from './watch.ts';
import { startWorker, type WorkerDeps } from './worker.ts';

async function main(config: JobsConfig): Promise<void> {
  const log = createLog('jobs', config.LOG_LEVEL);
  giveWay(config.JOBS_NICE, log);
  const wallet = createWallet(walletChannels(config), config.JOBS_CALL_TIMEOUT_MS);
  const producer = createProducerConnection(config.REDIS_URL, log);
  const workerConnection = createWorkerConnection(config.REDIS_URL, log);
  const queues = createQueues(producer, config.JOBS_ATTEMPTS, log);
  const metrics = createMetrics();
  const inner = { registry: metrics.registry, ready: readiness(producer, wallet) };
  const tls = tlsOf(config);
  const dashboard = startDashboard({ ...inner, config, redis: producer, queues, wallet, log });
  const ops = await startOpsServer({
    ...inner,
    host: config.OPS_HOST,
    port: config.OPS_PORT,
    tls,
    otherwise: dashboard.app,
  });

  const deps = { wallet, queues, metrics, log, config };
  const worker = (queue: QueueName, work: Pick<WorkerDeps, 'process' | 'completesItself' | 'concurrency'>) =>
    startWorker({ ...deps, ...work, queue, connection: workerConnection });
  const workers = [
    worker('void', { process: voidBet }),
    worker('credit', { process: creditWin }),
    worker('round-close', {
      process: createRoundClose(),
      completesItself: true,
      concurrency: ROUND_CLOSE_CONCURRENCY,
    }),
    worker('sweep', { process: createSweep({ registry: metrics.registry, log, now: Date.now }), concurrency: 1 }),
  ];
  const relay = startOutboxRelay(deps);
  const schedules = startSchedules({ ...deps, schedules: [{ queue: 'sweep', everyMs: SWEEP_EVERY_MS }] });
  const watch = startWatch({ ...deps, redis: producer });

  onShutdown(log, config.SHUTDOWN_TIMEOUT_MS, [
    { name: 'dashboard', run: dashboard.stop },
    { name: 'relay', run: relay.stop },
    { name: 'schedules', run: schedules.stop },
    { name: 'watch', run: watch.stop },
    // With Redis away there is nothing to wait for: what is done is done in the wallet, and any other job is done again.
    { name: 'workers', run: () => all(workers, (each) => each.close(workerConnection.status !== 'ready')) },
    { name: 'queues', run: () => all(QUEUES, (name) => queues[name].close()) },
    { name: 'redis', run: () => [producer, workerConnection].forEach((connection) => void connection.disconnect()) },
    { name: 'wallet', run: wallet.close },
    { name: 'ops', run: ops.close },
  ]);
  log.info({ port: ops.port, opsPort: ops.port }, 'ready');
}

/** Wherever processors are short, the money path goes first. */
function giveWay(niceness: number, log: Logger): void {
  try {
    setPriority(niceness);
  } catch (error) {
    log.warn({ err: error, niceness }, "can't lower the priority of this process");
  }
}

const tlsOf = ({ OPS_TLS_CERT: cert, OPS_TLS_KEY: key }: JobsConfig) =>
  cert === '' ? null : { cert: readPem('OPS_TLS_CERT', cert), key: readPem('OPS_TLS_KEY', key) };

async function all<T>(items: readonly T[], run: (item: T) => Promise<void>): Promise<void> {
  await Promise.all(items.map(run));
}

try {
  await main(readJobsConfig(process.env));
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}
