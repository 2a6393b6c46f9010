import { Client, credentials } from '@grpc/grpc-js';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { callUnary } from '../../src/common/grpc.ts';
import { PREFIX } from '../../src/common/queues.ts';
import { HallService } from '../../src/gen/wallet/v1/halls_pb.ts';
import { MoneyService } from '../../src/gen/wallet/v1/money_pb.ts';
import { OperatorService } from '../../src/gen/wallet/v1/operators_pb.ts';
import { PlayerService } from '../../src/gen/wallet/v1/players_pb.ts';
import { type PrivateServer, startPrivateRedis } from '../harness/private-servers.ts';
import { startAdapter, startJobs, startWallet, type TestProcess } from '../harness/processes.ts';
import { until } from '../jobs/until.ts';
import { createGameServer, type GameServer, type Hear } from './game-server.ts';

/** A hall with its terminals, and everything behind it, real: adapter, wallet, database, Redis, jobs. */
export type Hall = AsyncDisposable & {
  game: GameServer;
  uids: readonly string[];
  /** To be replaced where a test kills it. */
  wallet: TestProcess;
  adapter: TestProcess;
  jobs: TestProcess;
  redis: PrivateServer;
  /** To the wallet, for what tests look at. */
  grpc: Client;
  /** As if Redis had lost its disk. */
  emptyRedis: () => Promise<void>;
  /** Resolves once nothing is owed any more: no unconfirmed outcome in the adapter, no job in Redis. */
  settled: () => Promise<void>;
};

export const FUNDS_UNITS = 1_000_000_000n;
export const OPERATOR_ID = 'casino';
/** The operator's, for PLATFORM. */
export const SECRET = 's3cret';
export const CALL = { deadlineMs: 20_000 };

const HALL = { hallId: '1890', operatorId: OPERATOR_ID, secret: 'secret', pathSecret: 'notify' };

export async function startHall(options: {
  databaseUrl: string;
  terminals: number;
  /** Where the adapter finds the wallet, given where it is; a line between them, for one. */
  toWallet?: (address: string) => Promise<string>;
  adapterEnv?: Record<string, string>;
  /** How the game server takes a `success`; as such, if nobody says. */
  hear?: Hear;
}): Promise<Hall> {
  const redis = await startPrivateRedis();
  const wallet = await startWallet({ env: { DATABASE_URL: options.databaseUrl } });
  const grpc = new Client(wallet.address, credentials.createInsecure());
  const uids = Array.from({ length: options.terminals }, (_, index) => String(100 + index));
  await createTerminals(grpc, uids);
  const walletUrl = options.toWallet === undefined ? wallet.address : await options.toWallet(wallet.address);
  const adapterEnv = { WALLET_URLS: walletUrl, REDIS_URL: redis.url, ...options.adapterEnv };
  const adapter = await startAdapter({ env: adapterEnv });
  const jobs = await startJobs({
    env: {
      DATABASE_URL: options.databaseUrl,
      WALLET_URLS: wallet.address,
      REDIS_URL: redis.url,
      JOBS_LOCK_MS: '1000',
    },
  });
  const game = createGameServer(() => `${adapter.url}/stargame/${HALL.hallId}/${HALL.pathSecret}`, options.hear);

  const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
  connection.on('error', () => undefined);
  const queues = ['void', 'credit'].map((name) => new Queue(name, { connection, prefix: PREFIX }));
  for (const queue of queues) queue.on('error', () => undefined);
  const jobCount = async (): Promise<number> => {
    const counts = await Promise.all(queues.map((queue) => queue.getJobCountByTypes('waiting', 'active', 'delayed')));
    return counts.reduce((sum, count) => sum + count, 0);
  };

  const hall: Hall = {
    game,
    uids,
    wallet,
    adapter,
    jobs,
    redis,
    grpc,
    emptyRedis: async () => void (await connection.flushall()),
    settled: async () => {
      await until('nothing is unconfirmed', async () => (await unconfirmed(adapter)) === 0);
      await until('no job is left', async () => (await jobCount()) === 0);
    },
    [Symbol.asyncDispose]: async () => {
      game.close();
      await Promise.all(queues.map((queue) => queue.close()));
      connection.disconnect();
      grpc.close();
      // Stopped already where a test killed it.
      await adapter.kill('SIGTERM');
      await jobs.stop();
      await hall.wallet.stop();
      await redis.stop();
    },
  };
  return hall;
}

async function createTerminals(grpc: Client, uids: readonly string[]): Promise<void> {
  await callUnary(
    grpc,
    OperatorService.method.createOperator,
    { operatorId: OPERATOR_ID, secret: SECRET, currencies: ['RUB'] },
    CALL,
  );
  await callUnary(grpc, HallService.method.createHall, HALL, CALL);
  for (const uid of uids) {
    const player = { operatorId: OPERATOR_ID, userId: `player-${uid}` };
    await callUnary(
      grpc,
      PlayerService.method.createPlayer,
      { ...player, userName: uid, country: 'Russia', currencyCode: 'RUB' },
      CALL,
    );
    const deposit = { ...player, transactionId: `funds-${uid}`, amountUnits: FUNDS_UNITS };
    await callUnary(grpc, MoneyService.method.deposit, deposit, CALL);
    await callUnary(grpc, HallService.method.linkTerminal, { ...player, hallId: HALL.hallId, uid }, CALL);
  }
}

/** What the adapter still owes, by its own metrics. */
export async function unconfirmed(adapter: TestProcess): Promise<number> {
  const text = await (await fetch(`${adapter.opsUrl}/metrics`)).text();
  return [...text.matchAll(/^croupier_adapter_unconfirmed\{[^}]*\} (\d+)$/gm)].reduce(
    (sum, [, count]) => sum + Number(count),
    0,
  );
}
