import { setPriority } from 'node:os';
import { createPlatformClient } from '../adapter/platform/client/client.ts';
import { createCallbacks } from '../adapter/stargame/remote/callbacks.ts';
import { createRemote } from '../adapter/stargame/remote/remote.ts';
import { ConfigError } from '../common/config.ts';
import { createPool } from '../common/db.ts';
import { createAuthorize } from '../common/grpc-access.ts';
import { createServerCredentials, served, startGrpcServer } from '../common/grpc-server.ts';
import { createLog, type Logger } from '../common/log.ts';
import { startOpsServer } from '../common/ops-server.ts';
import { readPem } from '../common/pem.ts';
import { QUEUES, type QueueName } from '../common/queues.ts';
import { createProducerConnection, createWorkerConnection } from '../common/redis.ts';
import { onShutdown } from '../common/shutdown.ts';
import { walletChannels } from '../common/wallet-client.ts';
import { HarvestService } from '../gen/jobs/v1/harvest_pb.ts';
import { ReconciliationService } from '../gen/jobs/v1/reconciliation_pb.ts';
import { type JobsConfig, readJobsConfig } from './config.ts';
import { creditWin } from './credit.ts';
import { startDashboard } from './dashboard/dashboard.ts';
import { createHarvest } from './harvest/harvest.ts';
import { createHarvestService } from './harvest/harvest-service.ts';
import { createMetrics } from './metrics.ts';
import { startOutboxRelay } from './outbox-relay.ts';
import { createPlatformOperators } from './platform/operators.ts';
import { createPlatform, PLATFORM_JOBS_CONCURRENCY } from './platform/platform.ts';
import { createQueues } from './queues.ts';
import { readiness } from './readiness.ts';
import { createReconcileJob, RECONCILE_JOBS_CONCURRENCY } from './reconcile/job.ts';
import { createReconcileMetrics } from './reconcile/metrics.ts';
import { createReconciliationService } from './reconcile/reconciliation-service.ts';
import { createReconciliation } from './reconcile/run.ts';
import { startReconcileWatch } from './reconcile/watch.ts';
import { JOBS_METHOD_ROLES } from './roles.ts';
import { createRoundClose, ROUND_CLOSE_CONCURRENCY } from './round-close.ts';
import { type Schedule, startSchedules } from './schedules.ts';
import { createCredentials } from './stargame/credentials.ts';
import { createStargame, STARGAME_JOBS_CONCURRENCY } from './stargame/stargame.ts';
import { switchedOff } from './stargame/switched-off.ts';
import { createSweep, SWEEP_EVERY_MS } from './sweep.ts';
import { refuseWithout, startTables, tablesAnswer } from './tables.ts';
import { voidBet } from './void.ts';
import { createWallet } from './wallet.ts';
import { startWatch } from './watch.ts';
import { startWorker, type WorkerDeps } from './worker.ts';

async function main(config: JobsConfig): Promise<void> {
  const log = createLog('jobs', config.LOG_LEVEL);
  giveWay(config.JOBS_NICE, log);
  const pool = createPool(config.DATABASE_URL, { connectionLimit: config.JOBS_DATABASE_CONNECTIONS });
  const wallet = createWallet(walletChannels(config), config.JOBS_CALL_TIMEOUT_MS);
  const producer = createProducerConnection(config.REDIS_URL, log);
  const workerConnection = createWorkerConnection(config.REDIS_URL, log);
  const queues = createQueues(producer, config.JOBS_ATTEMPTS, log);
  const metrics = createMetrics();
  const remote = createRemote({
    config,
    log,
    registry: metrics.registry,
    ...(config.STARGAME_CALLBACK_URL === ''
      ? {}
      : { callbacks: createCallbacks({ redis: producer, callbackUrl: config.STARGAME_CALLBACK_URL }) }),
  });
  const credentials = createCredentials({ wallet, remote, log, now: Date.now });
  const stargame = { pool, wallet, remote, credentials, config, log, now: Date.now };
  const harvest = createHarvest({ ...stargame, registry: metrics.registry });
  const players = createStargame({ ...stargame, registry: metrics.registry });
  const reconcile = {
    ...{ pool, wallet, queues, config, log, now: Date.now },
    metrics: createReconcileMetrics(metrics.registry),
  };
  const reconciliation = createReconciliation(reconcile, metrics.registry);
  const client = createPlatformClient({ config, log, registry: metrics.registry });
  const platform = createPlatform({
    ...{ pool, wallet, client, config, log, now: Date.now, registry: metrics.registry },
    operators: createPlatformOperators({ wallet, now: Date.now }),
  });
  const tables = startTables({ databaseUrl: config.DATABASE_URL, log });
  const ready = readiness({ redis: producer, wallet, tablesAnswer: () => tablesAnswer(tables, pool) });
  const inner = { registry: metrics.registry, ready };
  const tls = tlsOf(config);
  const harvestService = createHarvestService({ ...stargame, harvest });
  const reconciliationService = createReconciliationService({ ...reconcile, reconciliation });
  const dashboard = startDashboard({
    ...inner,
    config,
    redis: producer,
    queues,
    wallet,
    books: { harvest: harvestService, reconciliation: reconciliationService, ...platform.handlers },
    log,
  });
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
  const asksStargame = config.STARGAME_API_URL !== '';
  if (!asksStargame) log.info('STARGAME_API_URL is not set: StarGame is not asked anything');
  const asksPlatform = config.PLATFORM_API_URL !== '';
  if (!asksPlatform) log.info('PLATFORM_API_URL is not set: PLATFORM is not asked anything');
  const authorize = createAuthorize(config.services, JOBS_METHOD_ROLES);
  const grpc = await startGrpcServer({
    name: 'jobs',
    host: config.JOBS_HOST,
    port: config.JOBS_PORT,
    credentials: createServerCredentials('JOBS', {
      cert: config.JOBS_TLS_CERT,
      key: config.JOBS_TLS_KEY,
      clientCa: config.JOBS_TLS_CLIENT_CA,
    }),
    authorize: refuseWithout(tables, asksStargame ? authorize : switchedOff(authorize)),
    services: [
      ...players.services,
      ...platform.services,
      served(HarvestService, harvestService),
      served(ReconciliationService, reconciliationService),
    ],
    // A launch has a line of its own.
    polled: new Set(['PlatformService.LaunchPlatform']),
    log,
    registry: metrics.registry,
  });
  const relay = startOutboxRelay(deps);
  const watch = startWatch({ ...deps, redis: producer });
  const schedulesOf = (schedules: readonly Schedule[]) => startSchedules({ ...deps, schedules });
  const schedules = [schedulesOf([{ id: 'sweep', queue: 'sweep', everyMs: SWEEP_EVERY_MS, payload: {} }])];

  /** What can't do anything without tables. The rest doesn't wait for them: money that is owed is not in them. */
  const startWithTables = (): { stopWatch: () => Promise<void> } => {
    workers.push(
      worker('stargame', { process: players.process, concurrency: STARGAME_JOBS_CONCURRENCY }),
      worker('harvest', { process: harvest.process, concurrency: 1 }),
      worker('reconcile', {
        process: createReconcileJob({ ...reconcile, reconciliation }),
        concurrency: RECONCILE_JOBS_CONCURRENCY,
      }),
      worker('catalogue', { process: platform.processCatalogue, concurrency: 1 }),
      worker('reports', { process: platform.processReports, concurrency: PLATFORM_JOBS_CONCURRENCY }),
    );
    const harvesting: Schedule = { id: 'harvest', queue: 'harvest', everyMs: config.HARVEST_TICK_MS, payload: {} };
    schedules.push(
      schedulesOf([
        ...(asksStargame ? [...players.schedules, harvesting] : []),
        ...(asksPlatform ? platform.schedules : []),
        { id: 'reconcile', queue: 'reconcile', everyMs: config.RECONCILE_EVERY_MS, payload: {} },
      ]),
    );
    grpc.health.setServing(true);
    return { stopWatch: startReconcileWatch(reconcile).stop };
  };
  const withTables = tables.ready.then((isReady) => (isReady ? startWithTables() : null));

  onShutdown(log, config.SHUTDOWN_TIMEOUT_MS, [
    { name: 'tables', run: tables.stop },
    { name: 'health', run: grpc.health.close },
    { name: 'harvest', run: harvest.stop },
    { name: 'reconciliation', run: reconciliation.stop },
    { name: 'transfers', run: players.stop },
    { name: 'platform', run: platform.stop },
    { name: 'gRPC calls', run: grpc.close },
    { name: 'dashboard', run: dashboard.stop },
    { name: 'relay', run: relay.stop },
    { name: 'schedules', run: () => all(schedules, (each) => each.stop()) },
    { name: 'watch', run: watch.stop },
    { name: 'reconcile watch', run: async () => (await withTables)?.stopWatch() },
    // With Redis away there is nothing to wait for: what is done is done in the wallet, and any other job is done again.
    { name: 'workers', run: () => all(workers, (each) => each.close(workerConnection.status !== 'ready')) },
    { name: 'queues', run: () => all(QUEUES, (name) => queues[name].close()) },
    { name: 'redis', run: () => [producer, workerConnection].forEach((connection) => void connection.disconnect()) },
    { name: 'wallet', run: wallet.close },
    { name: 'database', run: () => pool.end() },
    { name: 'ops', run: ops.close },
  ]);
  await tables.tried;
  log.info({ port: ops.port, opsPort: ops.port, grpcPort: grpc.port }, 'ready');
  await withTables;
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
