import { ConfigError, readConfig } from '../common/config.ts';
import { createLog } from '../common/log.ts';
import { startOpsServer } from '../common/ops-server.ts';
import { onShutdown } from '../common/shutdown.ts';
import { walletChannels } from '../common/wallet-client.ts';
import { type JobsConfig, jobsConfig } from './config.ts';
import { createMetrics } from './metrics.ts';
import { startOutboxRelay } from './outbox-relay.ts';
import { createQueues, QUEUES } from './queues.ts';
import { readiness } from './readiness.ts';
import { createProducerConnection, createWorkerConnection } from './redis.ts';
import { closeRound } from './round-close.ts';
import { createWallet } from './wallet.ts';
import { startWorker } from './worker.ts';

async function main(config: JobsConfig): Promise<void> {
  const log = createLog('jobs', config.LOG_LEVEL);
  const wallet = createWallet(walletChannels(config), config.JOBS_CALL_TIMEOUT_MS);
  const producer = createProducerConnection(config.REDIS_URL, log);
  const workerConnection = createWorkerConnection(config.REDIS_URL, log);
  const queues = createQueues(producer, config.JOBS_ATTEMPTS, log);
  const metrics = createMetrics(queues);
  const ops = await startOpsServer({
    host: config.OPS_HOST,
    port: config.OPS_PORT,
    registry: metrics.registry,
    ready: readiness(producer, wallet),
  });
  const deps = { wallet, metrics, log, config };
  const roundClose = startWorker({ ...deps, connection: workerConnection, queue: 'round-close', process: closeRound });
  const relay = startOutboxRelay({ ...deps, queues });

  onShutdown(log, config.SHUTDOWN_TIMEOUT_MS, [
    { name: 'relay', run: relay.stop },
    // With Redis away there is nothing to wait for: a job that is done has completed its message, any other is done again.
    { name: 'round-close', run: () => roundClose.close(workerConnection.status !== 'ready') },
    { name: 'queues', run: async () => void (await Promise.all(QUEUES.map((name) => queues[name].close()))) },
    { name: 'redis', run: () => [producer, workerConnection].forEach((connection) => void connection.disconnect()) },
    { name: 'wallet', run: wallet.close },
    { name: 'ops', run: ops.close },
  ]);
  log.info({ port: ops.port, opsPort: ops.port }, 'ready');
}

try {
  await main(readConfig(jobsConfig, process.env));
} catch (error) {
  console.error(error instanceof ConfigError ? error.message : error);
  process.exit(1);
}
