import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Metadata } from '@grpc/grpc-js';
import type { RowDataPacket } from 'mysql2/promise';
import { callUnary, openServerStream } from '../../src/common/grpc.ts';
import { jobsChannel } from '../../src/common/jobs-client.ts';
import { CatalogueService } from '../../src/gen/jobs/v1/catalogue_pb.ts';
import { ReportService } from '../../src/gen/jobs/v1/reports_pb.ts';
import { type BenchDatabase, createDatabase } from '../database.ts';
import { createRedisDatabase } from '../redis.ts';
import { CURRENCY_CODE, OPERATOR_ID } from '../requests.ts';
import { type ServerProcess, startGenerator, startServer } from '../servers.ts';
import { addressOf, createOperator, startWallet } from '../stages.ts';
import { seedWallet } from '../wallet-seed.ts';
import { measureLobby } from './lobby.ts';
import { RARE_VENDOR, seedDay, seedReport, VENDORS, vendorOf } from './seed-day.ts';
import type { LaunchResult, LaunchTask, PlatformMeasurement } from './types.ts';

type Deps = {
  databaseUrl: string;
  redisUrl: string;
  transactions: number;
  signal: AbortSignal;
  progress: (text: string) => void;
};

const ROOT = join(import.meta.dirname, '../..');
const HOST = '127.0.0.1';
const CALL_DEADLINE_MS = 600_000;
const DAY_MS = 86_400_000;
const CATALOGUE_GAMES = 10_000;
const LOBBY_GAMES = 5_000;
const LAUNCHES_PER_SECOND = 1_000;
const LAUNCH_SECONDS = 20;
const POLL_MS = 20;
/** Once, and not again while it is measured. */
const ONCE_MS = String(DAY_MS);
/** Settled long ago, and older than what the jobs pull by themselves. */
const REPORT_AGE_DAYS = 20;

/** PLATFORM's side of the jobs: catalogue, launching, reports; and the lobby. Each has the machine to itself. */
export async function measurePlatform(deps: Deps): Promise<PlatformMeasurement> {
  const { progress } = deps;
  const catalogue = await onStage(deps, CATALOGUE_GAMES, measureCatalogue);
  const { launches, reports } = await onStage(deps, 100, async (stage) => {
    await sync(stage);
    progress('launches');
    const streamed = await measureLaunches(stage, true, deps.signal);
    const launches = { streamed, unary: await measureLaunches(stage, false, deps.signal) };
    return { launches, reports: await measureReports(stage, deps) };
  });
  progress('lobby');
  const lobby = await onStage(deps, LOBBY_GAMES, async (stage) => {
    await sync(stage);
    return measureLobby(stage.lobbyUrl, LOBBY_GAMES);
  });
  progress('');
  return { catalogue, launches, reports, lobby };
}

type Stage = { database: BenchDatabase; jobsAddress: string; lobbyUrl: string };

async function onStage<T>(deps: Deps, games: number, measure: (stage: Stage) => Promise<T>): Promise<T> {
  const undo: (() => Promise<void>)[] = [];
  const started = async (server: Promise<ServerProcess>): Promise<ServerProcess> => {
    const running = await server;
    undo.push(running.stop);
    return running;
  };
  try {
    const database = await createDatabase(deps.databaseUrl, `croupier_bench_${process.pid}_platform`);
    undo.push(database.drop);
    const redis = await createRedisDatabase(deps.redisUrl);
    undo.push(redis.drop);
    const spoolDir = mkdtempSync(join(tmpdir(), 'croupier-bench-spool-'));
    undo.push(async () => rmSync(spoolDir, { recursive: true, force: true }));
    await seedWallet(database);
    const wallet = await started(startWallet(database, []));
    await createOperator(addressOf(wallet));
    const simulator = await started(
      startServer(join(import.meta.dirname, 'simulator.ts'), { BENCH_GAMES: String(games) }),
    );
    const platformUrl = `http://${HOST}:${simulator.ready.port}/platform`;
    const shared = { WALLET_URLS: addressOf(wallet), REDIS_URL: redis.url };
    const jobs = await started(
      startServer(join(ROOT, 'src/jobs/main.ts'), {
        ...shared,
        DATABASE_URL: database.url,
        OPS_PORT: '0',
        JOBS_PORT: '0',
        PLATFORM_API_URL: platformUrl,
        GAME_LAUNCH_HOST: `${platformUrl}/launch`,
        CATALOGUE_TICK_MS: ONCE_MS,
        CATALOGUE_EVERY_MS: ONCE_MS,
        REPORT_TICK_MS: ONCE_MS,
        REPORT_BACKFILL_DAYS: '0',
        LIMITS_EVERY_MS: ONCE_MS,
      }),
    );
    const jobsAddress = `${HOST}:${jobs.ready.grpcPort}`;
    const adapter = await started(
      startServer(join(ROOT, 'src/adapter/main.ts'), {
        ...shared,
        SPOOL_DIR: spoolDir,
        ADAPTER_PORT: '0',
        ADAPTER_OPS_PORT: '0',
        JOBS_URL: jobsAddress,
        LOBBY_OPERATOR: OPERATOR_ID,
        LOBBY_PICTURE_ORIGINS: `http://${HOST}:${simulator.ready.port}`,
      }),
    );
    return await measure({ database, jobsAddress, lobbyUrl: `http://${HOST}:${adapter.ready.port}/lobby` });
  } finally {
    for (const step of undo.reverse()) await step();
  }
}

async function measureCatalogue(stage: Stage): Promise<PlatformMeasurement['catalogue']> {
  // The process syncs once by itself when it starts: what was all new is as good as gone.
  await stage.database.connection.query(
    'DELETE FROM catalogue_games; DELETE FROM catalogue_changes; DELETE FROM games',
  );
  const allNewSeconds = await timed(() => sync(stage));
  const unchangedSeconds = await timed(() => sync(stage));
  return { games: CATALOGUE_GAMES, allNewSeconds, unchangedSeconds };
}

/** Reads the lists now, waiting for whoever is at it. */
async function sync({ jobsAddress }: Stage): Promise<void> {
  await withJobs(jobsAddress, async (client) => {
    const options = { deadlineMs: CALL_DEADLINE_MS, metadata: new Metadata() };
    for await (const told of openServerStream(client, CatalogueService.method.syncCatalogue, {}, options)) {
      if (told.error !== '') throw new Error(`the catalogue can't be read: ${told.error}`);
    }
  });
}

async function measureLaunches({ jobsAddress }: Stage, isStream: boolean, signal: AbortSignal): Promise<LaunchResult> {
  const generator = startGenerator<LaunchTask, LaunchResult>('platform/launches.ts');
  try {
    const task = { address: jobsAddress, ratePerSecond: LAUNCHES_PER_SECOND, seconds: LAUNCH_SECONDS, isStream };
    return await generator.run(task, signal);
  } finally {
    await generator.stop();
  }
}

async function measureReports(stage: Stage, deps: Deps): Promise<PlatformMeasurement['reports']> {
  const { transactions, progress } = deps;
  const day = Math.floor(Date.now() / DAY_MS) - REPORT_AGE_DAYS;
  const reportDay = new Date(day * DAY_MS).toISOString().slice(0, 10);
  await seedDay(stage.database.connection, { transactions, day }, progress);
  await seedReport(stage.database.connection, reportDay, day);
  progress('reports: reconciliation and drill-down');
  return withJobs(stage.jobsAddress, async (client) => {
    const { method } = ReportService;
    const options = { deadlineMs: CALL_DEADLINE_MS, metadata: new Metadata() };
    const keyOf = (vendor: string) => ({ operatorId: OPERATOR_ID, reportDay, vendor, currencyCode: CURRENCY_CODE });
    const pageSeconds = (vendor: string): Promise<number> =>
      timed(async () => {
        const request = { ...keyOf(vendor), pageSize: 100 };
        const page = await callUnary(client, method.listReportTransactions, request, options);
        if (page.transactions.length < 90) throw new Error(`${vendor}: only ${page.transactions.length} rows`);
      });
    const span = { operatorId: OPERATOR_ID, fromDay: reportDay, toDay: reportDay };
    const startMs = performance.now();
    const whole = callUnary(client, method.reconcileReports, span, options);
    await comparisonsOf(stage.database, reportDay);
    const comparedSeconds = (performance.now() - startMs) / 1_000;
    const { differs } = await whole;
    const explainedSeconds = (performance.now() - startMs) / 1_000;
    return {
      transactions,
      vendors: VENDORS + 1,
      comparedSeconds,
      explainedSeconds,
      differing: differs,
      vendorPageSeconds: await pageSeconds(vendorOf(3)),
      rareVendorPageSeconds: await pageSeconds(RARE_VENDOR),
      explainSeconds: await timed(async () => {
        await callUnary(client, method.getReportDay, keyOf(vendorOf(5)), options);
      }),
    };
  });
}

/** Resolves once the day's comparisons are written. */
async function comparisonsOf({ connection }: BenchDatabase, reportDay: string): Promise<void> {
  for (;;) {
    const [[row]] = await connection.query<RowDataPacket[]>(
      'SELECT COUNT(*) AS compared FROM report_comparisons WHERE report_day = ?',
      [reportDay],
    );
    if (Number(row?.compared) > 0) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

type JobsClient = ReturnType<typeof jobsChannel>['client'];

async function withJobs<T>(address: string, run: (client: JobsClient) => Promise<T>): Promise<T> {
  const channel = jobsChannel({
    JOBS_URL: address,
    JOBS_CLIENT_TOKEN: '',
    JOBS_TLS_CA: '',
    JOBS_CLIENT_CERT: '',
    JOBS_CLIENT_KEY: '',
  });
  try {
    return await run(channel.client);
  } finally {
    channel.close();
  }
}

async function timed(run: () => Promise<void>): Promise<number> {
  const startMs = performance.now();
  await run();
  return (performance.now() - startMs) / 1_000;
}
