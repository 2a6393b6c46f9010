import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { readConfig } from '../src/common/config.ts';
import { createPool } from '../src/common/db.ts';
import { callUnary } from '../src/common/grpc.ts';
import { walletChannels, walletClientConfig } from '../src/common/wallet-client.ts';
import { OperatorService } from '../src/gen/wallet/v1/operators_pb.ts';
import { verifyLedger } from '../src/wallet/verify.ts';
import { seedAfternoon } from './afternoon/seed.ts';
import { type BenchDatabase, createDatabase } from './database.ts';
import { CURRENCY_CODE, OPERATOR_ID, OPERATOR_SECRET } from './requests.ts';
import { type ServerProcess, startServer } from './servers.ts';
import { whole } from './table.ts';
import type { Pids, Section, Target } from './types.ts';
import { seedWallet } from './wallet-seed.ts';

const HOST = '127.0.0.1';
const CALL_DEADLINE_MS = 10_000;
const ROOT = join(import.meta.dirname, '..');
/** As many as are of use to it on two cores; mysql2's own default of 10 is slower. */
const AFTERNOON_CONNECTIONS = '32';

/** Processes and a database, ready to be measured. */
export type Stage = {
  target: Target;
  pids: Pids;
  /** The processes by name, for profiles. */
  servers: Record<string, ServerProcess>;
  /** Checks the ledger that the section has written; what it found, in words. Throws where an invariant is broken. */
  verify: () => Promise<string>;
  close: () => Promise<void>;
};

type StageOptions = { serverUrl: string; section: Section; inspect: boolean };

/** Each section gets a database of its own and fresh processes, so that none inherits another's tables or memory. */
export async function openStage({ serverUrl, section, inspect }: StageOptions): Promise<Stage> {
  const database = await createDatabase(serverUrl, `croupier_bench_${process.pid}_${section}`);
  const servers: Record<string, ServerProcess> = {};
  const close = async (): Promise<void> => {
    for (const server of Object.values(servers).reverse()) await server.stop();
    await database.drop();
  };
  try {
    const target = await start(section, database, servers, inspect ? ['--inspect=127.0.0.1:0'] : []);
    // In the order in which a request meets them.
    const pids = Object.fromEntries(
      Object.entries(servers)
        .map(([name, { pid }]): [string, number] => [name, pid])
        .reverse(),
    );
    return { target, pids, servers, verify: () => verify(section, database), close };
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(
  section: Section,
  database: BenchDatabase,
  servers: Record<string, ServerProcess>,
  flags: string[],
): Promise<Target> {
  switch (section) {
    case 'raw':
      await seedAfternoon(database);
      return { kind: 'sql', databaseUrl: database.url };
    case 'afternoon':
      await seedAfternoon(database);
      servers.afternoon = await startServer(
        join(ROOT, 'bench/afternoon/main.ts'),
        { DATABASE_URL: database.url, CONNECTIONS: AFTERNOON_CONNECTIONS, NODE_ENV: 'production' },
        flags,
      );
      return { kind: 'http', host: HOST, port: servers.afternoon.ready.port };
    case 'batched':
      await seedWallet(database);
      return { kind: 'engine', databaseUrl: database.url };
    case 'grpc':
      await seedWallet(database);
      servers.wallet = await startWallet(database, flags);
      return { kind: 'grpc', address: addressOf(servers.wallet) };
    case 'chain':
      await seedWallet(database);
      servers.wallet = await startWallet(database, flags);
      await createOperator(addressOf(servers.wallet));
      servers.adapter = await startServer(
        join(ROOT, 'src/adapter/main.ts'),
        { WALLET_URLS: addressOf(servers.wallet), ADAPTER_PORT: '0', ADAPTER_OPS_PORT: '0' },
        flags,
      );
      return { kind: 'http', host: HOST, port: servers.adapter.ready.port };
  }
}

/** A fast wallet that loses money is of no use: each section ends with what `croupier verify` does. */
async function verify(section: Section, database: BenchDatabase): Promise<string> {
  return section === 'raw' || section === 'afternoon' ? '' : verifyDatabase(database);
}

/** Throws where an invariant is broken; else what was verified, in words. */
export async function verifyDatabase(database: BenchDatabase): Promise<string> {
  const pool = createPool(database.url, { connectionLimit: 1 });
  try {
    const { players, transactions } = await verifyLedger(pool, async ({ playerId, seq, message }) => {
      throw new Error(`the ledger is broken: player ${playerId}, row ${seq}: ${message}`);
    });
    return `  ledger verified: ${whole(Number(players))} players, ${whole(Number(transactions))} transactions\n`;
  } finally {
    await pool.end();
  }
}

export const startWallet = (database: BenchDatabase, flags: string[]): Promise<ServerProcess> =>
  startServer(
    join(ROOT, 'src/wallet/main.ts'),
    {
      DATABASE_URL: database.url,
      WALLET_PORT: '0',
      WALLET_OPS_PORT: '0',
      SECRETS_KEY: randomBytes(32).toString('base64'),
      CROUPIER_DEMO: '0',
    },
    flags,
  );

export const addressOf = (wallet: ServerProcess): string => `${HOST}:${wallet.ready.port}`;

export async function createOperator(address: string): Promise<void> {
  const [channel] = walletChannels(readConfig(walletClientConfig, { WALLET_URLS: address }));
  if (channel === undefined) throw new Error('no wallet');
  await callUnary(
    channel.client,
    OperatorService.method.createOperator,
    { operatorId: OPERATOR_ID, secret: OPERATOR_SECRET, currencies: [CURRENCY_CODE], allowlist: [] },
    { deadlineMs: CALL_DEADLINE_MS, metadata: channel.metadata },
  );
  channel.close();
}
