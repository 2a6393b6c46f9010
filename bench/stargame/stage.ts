import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readConfig } from '../../src/common/config.ts';
import { callUnary } from '../../src/common/grpc.ts';
import { walletChannels, walletClientConfig } from '../../src/common/wallet-client.ts';
import { HallService } from '../../src/gen/wallet/v1/halls_pb.ts';
import { type BenchDatabase, createDatabase, insertRows } from '../database.ts';
import { createRedisDatabase } from '../redis.ts';
import { OPERATOR_ID } from '../requests.ts';
import { type ServerProcess, startServer } from '../servers.ts';
import { addressOf, createOperator, startWallet, verifyDatabase } from '../stages.ts';
import type { Pids } from '../types.ts';
import { seedWallet } from '../wallet-seed.ts';
import { FIRST_TERMINAL_PLAYER, HALL_ID, PATH_SECRET, TERMINAL_COUNT, uidOf } from './notifications.ts';

const HOST = '127.0.0.1';
const CALL_DEADLINE_MS = 10_000;
const ROOT = join(import.meta.dirname, '../..');

/** All three processes with a database and a Redis of their own, and a hall full of terminals. */
export type StarGameStage = {
  host: string;
  port: number;
  /** The jobs' gRPC address. */
  jobsAddress: string;
  pids: Pids;
  database: BenchDatabase;
  /** How many outcomes the adapter has yet to make sure of. */
  owed: () => Promise<number>;
  verify: () => Promise<string>;
  close: () => Promise<void>;
};

type StageOptions = {
  databaseUrl: string;
  redisUrl: string;
  /** Players beyond those of the terminals. */
  morePlayers?: number;
  /** More to be had before the jobs start; gives the jobs' further settings. */
  prepare?: (made: {
    database: BenchDatabase;
    walletAddress: string;
    undo: (step: () => Promise<void>) => void;
  }) => Promise<Record<string, string>>;
};

export async function openStarGameStage(options: StageOptions): Promise<StarGameStage> {
  const { prepare = async () => ({}), morePlayers = 0 } = options;
  const undo: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.reverse()) await step();
  };
  const started = async (server: Promise<ServerProcess>): Promise<ServerProcess> => {
    const running = await server;
    undo.push(running.stop);
    return running;
  };
  try {
    const database = await createDatabase(options.databaseUrl, `croupier_bench_${process.pid}_stargame`);
    undo.push(database.drop);
    const redis = await createRedisDatabase(options.redisUrl);
    undo.push(redis.drop);
    const spoolDir = mkdtempSync(join(tmpdir(), 'croupier-bench-spool-'));
    undo.push(async () => rmSync(spoolDir, { recursive: true, force: true }));

    await seedWallet(database, FIRST_TERMINAL_PLAYER + TERMINAL_COUNT + morePlayers);
    const wallet = await started(startWallet(database, []));
    await createOperator(addressOf(wallet));
    await createHall(addressOf(wallet), HALL_ID);
    await linkTerminals(database);
    const jobsEnv = await prepare({
      database,
      walletAddress: addressOf(wallet),
      undo: (step) => void undo.push(step),
    });
    const shared = { WALLET_URLS: addressOf(wallet), REDIS_URL: redis.url };
    const jobs = await started(
      startServer(join(ROOT, 'src/jobs/main.ts'), {
        ...shared,
        ...jobsEnv,
        DATABASE_URL: database.url,
        OPS_PORT: '0',
        JOBS_PORT: '0',
      }),
    );
    const adapter = await started(
      startServer(join(ROOT, 'src/adapter/main.ts'), {
        ...shared,
        SPOOL_DIR: spoolDir,
        ADAPTER_PORT: '0',
        ADAPTER_OPS_PORT: '0',
      }),
    );
    return {
      host: HOST,
      port: adapter.ready.port,
      jobsAddress: `${HOST}:${jobs.ready.grpcPort}`,
      pids: { adapter: adapter.pid, wallet: wallet.pid, jobs: jobs.pid },
      database,
      owed: () => readOwed(adapter.ready.opsPort),
      verify: () => verifyDatabase(database),
      close,
    };
  } catch (error) {
    await close();
    throw error;
  }
}

export async function createHall(address: string, hallId: string): Promise<void> {
  const [channel] = walletChannels(readConfig(walletClientConfig, { WALLET_URLS: address }));
  if (channel === undefined) throw new Error('no wallet');
  await callUnary(
    channel.client,
    HallService.method.createHall,
    { hallId, operatorId: OPERATOR_ID, secret: 'bench', pathSecret: PATH_SECRET },
    { deadlineMs: CALL_DEADLINE_MS, metadata: channel.metadata },
  );
  channel.close();
}

async function linkTerminals({ connection }: BenchDatabase): Promise<void> {
  const nowMs = Date.now();
  const rows = Array.from({ length: TERMINAL_COUNT }, (_, terminal) => [
    HALL_ID,
    uidOf(terminal),
    FIRST_TERMINAL_PLAYER + terminal + 1,
    null,
    nowMs,
    nowMs,
  ]);
  await insertRows(
    connection,
    'terminals (hall_id, uid, player_id, unlinked_at_ms, created_at_ms, updated_at_ms)',
    rows,
  );
}

async function readOwed(opsPort: number | undefined): Promise<number> {
  const response = await fetch(`http://${HOST}:${opsPort}/metrics`);
  const series = [...(await response.text()).matchAll(/^croupier_adapter_unconfirmed(?:\{.*\})? (\S+)$/gm)];
  if (series.length === 0) throw new Error("the adapter's metrics have no croupier_adapter_unconfirmed");
  return series.reduce((sum, [, value]) => sum + Number(value), 0);
}
