import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { Registry } from 'prom-client';
import { stargameRemoteConfig } from '../../../src/adapter/stargame/remote/config.ts';
import { createRemote } from '../../../src/adapter/stargame/remote/remote.ts';
import { readConfig } from '../../../src/common/config.ts';
import { change, createPool, type Pool, type SqlValue, selectRow, selectRows } from '../../../src/common/db.ts';
import type { UnaryMethod } from '../../../src/common/grpc.ts';
import { createLog } from '../../../src/common/log.ts';
import { migrate } from '../../../src/common/migrate.ts';
import { walletChannels } from '../../../src/common/wallet-client.ts';
import { HallService } from '../../../src/gen/wallet/v1/halls_pb.ts';
import { MoneyService } from '../../../src/gen/wallet/v1/money_pb.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { harvestConfig } from '../../../src/jobs/harvest/config.ts';
import { createHarvest, type Harvest, type HarvestDeps } from '../../../src/jobs/harvest/harvest.ts';
import { JOBS_SCHEMA } from '../../../src/jobs/schema.ts';
import { createCredentials } from '../../../src/jobs/stargame/credentials.ts';
import { createWallet } from '../../../src/jobs/wallet.ts';
import { createRandom } from '../../../src/simulator/random.ts';
import { type Simulator, startSimulator } from '../../../src/simulator/server.ts';
import type { GameRecord } from '../../../src/simulator/stargame/game-logs.ts';
import { createTestDatabase } from '../../harness/database.ts';
import { track } from '../../harness/leaks.ts';
import { startWallet, type TestProcess } from '../../harness/processes.ts';

export const HOUR_MS = 3_600_000;
export const DAY_MS = 24 * HOUR_MS;
export const HALL = '125';
const OPERATOR = 'casino';
const TABLES = ['terminals', 'harvests', 'harvest_activity', 'harvest_gaps', 'game_logs', 'reconciliations'];
const SECRET = 'fgghhjjuku';

export type Reader = { harvest: Harvest; deps: HarvestDeps; registry: Registry };

export type World = AsyncDisposable & {
  databaseUrl: string;
  wallet: TestProcess;
  simulator: Simulator;
  pool: Pool;
  /** The time of simulator and harvest; that of the wallet's ledger is the real one. */
  clock: { aheadMs: number };
  now: () => number;
  call: <I extends DescMessage, O extends DescMessage>(
    method: UnaryMethod<I, O>,
    request: MessageInitShape<I>,
  ) => Promise<MessageShape<O>>;
  /** What a jobs process makes of its configuration, in this process. */
  createReader: (env?: Record<string, string>) => Reader;
  /** Terminals of earlier tests are nobody's any more. */
  forget: () => Promise<void>;
  /** A player's terminal on both sides, linked `linkedAgoMs` before now, half an hour unless said. */
  addTerminal: (
    uid: string,
    options?: { linkedAgoMs?: number; password?: string | null; hallId?: string },
  ) => Promise<void>;
  /** Moves the player's money, so that the ledger knows of activity. */
  play: (uid: string) => Promise<void>;
  /** A record in StarGame's log; gives its data id. */
  log: (uid: string, atMs: number, more?: Partial<GameRecord>) => bigint;
  /** Data ids that are kept, in order of time. */
  kept: (uid: string) => Promise<bigint[]>;
  row: (uid: string) => Promise<HarvestRow | null>;
  sql: <R>(statement: string, values?: readonly SqlValue[]) => Promise<R[]>;
};

export type HarvestRow = {
  harvested_until_ms: bigint;
  active_until_ms: bigint;
  due_at_ms: bigint | null;
  failures: number;
  error: string;
  record_count: bigint;
};

/** A real wallet and database, and a simulator of StarGame's server with one hall in each. */
export async function createWorld(): Promise<World> {
  const database = await createTestDatabase();
  await migrate(database.url, JOBS_SCHEMA);
  const wallet = await startWallet({ env: { DATABASE_URL: database.url } });
  const clock = { aheadMs: 0 };
  const now = (): number => Date.now() + clock.aheadMs;
  const silent = createLog('test', 'silent');
  const simulator = await startSimulator({ log: silent, now, random: createRandom(1) });
  const untrack = track('simulator', simulator.close);
  const pool = createPool(database.url, { connectionLimit: 10 });
  const channels = walletChannels({
    WALLET_URLS: [wallet.address],
    WALLET_TOKEN: '',
    WALLET_TLS_CA: '',
    WALLET_TLS_CERT: '',
    WALLET_TLS_KEY: '',
  });
  const walletClient = createWallet(channels, 10_000);
  const call: World['call'] = (method, request) => walletClient.call(method, request, 'test');
  await call(OperatorService.method.createOperator, { operatorId: OPERATOR, secret: 's3cret', currencies: ['EUR'] });
  simulator.stargame.state.addAgent({ agentId: '12', password: 'agent', name: 'agent', balanceUnits: 0n });

  const addHall = async (hallId: string, zone: string): Promise<void> => {
    simulator.stargame.state.addHall({ hallId, agentId: '12', name: hallId, secret: SECRET, zone, mode: 'seamless' });
    await call(HallService.method.createHall, {
      hallId,
      operatorId: OPERATOR,
      secret: SECRET,
      pathSecret: `path${hallId}`,
      timeZone: zone,
    });
  };
  await addHall(HALL, 'UTC');
  await addHall('126', 'Europe/Riga');

  const terminalOf = (uid: string) => {
    const terminal = simulator.stargame.state.terminals.get(uid);
    if (terminal === undefined) throw new Error(`no terminal ${uid}`);
    return terminal;
  };
  const sql: World['sql'] = (statement, values = []) => selectRows(pool, statement, values);

  return {
    databaseUrl: database.url,
    wallet,
    simulator,
    pool,
    clock,
    now,
    call,
    sql,
    createReader: (env = {}) => {
      const config = readConfig(
        { ...stargameRemoteConfig, ...harvestConfig },
        {
          STARGAME_API_URL: simulator.stargameUrl,
          STARGAME_TIMEOUT_MS: '5000',
          STARGAME_RATE_PER_SECOND: '1000',
          HARVEST_RATE_PER_SECOND: '1000',
          ...env,
        },
      );
      const registry = new Registry();
      const remote = createRemote({ config, log: silent, registry });
      const credentials = createCredentials({ wallet: walletClient, remote, log: silent, now });
      const deps = { pool, wallet: walletClient, remote, credentials, config, registry, log: silent, now };
      return { harvest: createHarvest(deps), deps, registry };
    },
    forget: async () => {
      for (const table of TABLES) await change(pool, `DELETE FROM ${table}`);
    },
    addTerminal: async (uid, { linkedAgoMs = HOUR_MS / 2, password, hallId = HALL } = {}) => {
      const hall = simulator.stargame.state.halls.get(hallId);
      if (hall === undefined) throw new Error(`no hall ${hallId}`);
      simulator.stargame.state.addTerminal({ hall, uid, password: `password${uid}` });
      const player = { operatorId: OPERATOR, userId: uid };
      await call(PlayerService.method.createPlayer, {
        ...player,
        userName: uid,
        country: 'Latvia',
        currencyCode: 'EUR',
      });
      const known = password === null ? {} : { password: password ?? `password${uid}` };
      await call(HallService.method.linkTerminal, { hallId, uid, ...player, ...known });
      const linkedAtMs = now() - linkedAgoMs;
      await change(pool, 'UPDATE terminals SET created_at_ms = ? WHERE hall_id = ? AND uid = ?', [
        linkedAtMs,
        hallId,
        uid,
      ]);
    },
    play: async (uid) => {
      await call(MoneyService.method.deposit, {
        operatorId: OPERATOR,
        userId: uid,
        transactionId: `deposit${uid}-${Date.now()}-${Math.random()}`,
        amountUnits: 1_000n,
      });
    },
    log: (uid, atMs, more = {}) =>
      simulator.stargame.state.addRecord(
        terminalOf(uid),
        { gameId: 206, betUnits: 10n, winUnits: 0n, lines: 1, balanceUnits: 990n, ...more },
        atMs,
      ).dataId,
    kept: async (uid) =>
      (
        await sql<{ data_id: bigint }>('SELECT data_id FROM game_logs WHERE uid = ? ORDER BY played_at_ms, data_id', [
          uid,
        ])
      ).map((row) => row.data_id),
    row: (uid) =>
      selectRow<HarvestRow>(
        pool,
        'SELECT harvested_until_ms, active_until_ms, due_at_ms, failures, error, record_count FROM harvests WHERE uid = ?',
        [uid],
      ),
    [Symbol.asyncDispose]: async () => {
      await simulator.close();
      untrack();
      walletClient.close();
      await pool.end();
      await wallet.stop();
      await database.drop();
    },
  };
}

/** What a job of the queue does. */
export const harvest = ({ harvest, deps }: Reader): Promise<void> =>
  harvest.process({ payload: {}, requestId: 'test', wallet: deps.wallet });

export async function metric({ registry }: Reader, name: string, labels: Record<string, string> = {}): Promise<number> {
  const found = await registry.getSingleMetric(name)?.get();
  const value = found?.values.find((each) =>
    Object.entries(labels).every(([key, label]) => each.labels[key] === label),
  );
  return value?.value ?? Number.NaN;
}

/** Where nobody listens. */
export async function closedUrl(): Promise<string> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return `http://127.0.0.1:${port}`;
}
