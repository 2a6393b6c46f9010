import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { Redis } from 'ioredis';
import { callUnary, type UnaryMethod } from '../../src/common/grpc.ts';
import { createLog } from '../../src/common/log.ts';
import { createQueue, type JobData, type QueueName } from '../../src/common/queues.ts';
import { walletChannels } from '../../src/common/wallet-client.ts';
import { createTestDatabase } from '../harness/database.ts';
import { createPlatformClient, type PlatformClient } from '../harness/platform.ts';
import { type PrivateServer, startPrivateRedis } from '../harness/private-servers.ts';
import { startAdapter, startJobs, startWallet, type TestProcess } from '../harness/processes.ts';

type Call = <I extends DescMessage, O extends DescMessage>(
  method: UnaryMethod<I, O>,
  request: MessageInitShape<I>,
) => Promise<MessageShape<O>>;

/** Real processes with the demo data, as `npm start` brings them up. */
export type World = AsyncDisposable & {
  /** The dashboard. */
  url: string;
  databaseUrl: string;
  wallet: TestProcess;
  adapter: TestProcess;
  jobs: TestProcess;
  redis: PrivateServer;
  platform: PlatformClient;
  call: Call;
  /** Adds a job, as the adapter or the relay would. */
  addJob: (queue: QueueName, jobId: string, payload: unknown) => Promise<void>;
};

export async function createWorld(): Promise<World> {
  const database = await createTestDatabase();
  const redis = await startPrivateRedis();
  const spoolDir = await mkdtemp(join(tmpdir(), 'croupier-spool-'));
  const wallet = await startWallet({ env: { DATABASE_URL: database.url, CROUPIER_DEMO: '1' } });
  const clients = { WALLET_URLS: wallet.address, REDIS_URL: redis.url };
  // 500 ms are left, as one of the histogram's columns is: a busy machine must not miss it.
  const adapter = await startAdapter({ env: { ...clients, SPOOL_DIR: spoolDir, STARGAME_BUDGET_MS: '510' } });
  const jobs = await startJobs({
    env: {
      DATABASE_URL: database.url,
      ...clients,
      CROUPIER_DEMO: '1',
      OPS_TARGETS: `adapter=${adapter.opsUrl},wallet=${wallet.opsUrl}`,
      JOBS_CALL_TIMEOUT_MS: '2000',
    },
  });
  const platform = createPlatformClient({ url: adapter.url });
  const [channel] = walletChannels({
    WALLET_URLS: [wallet.address],
    WALLET_TOKEN: '',
    WALLET_TLS_CA: '',
    WALLET_TLS_CERT: '',
    WALLET_TLS_KEY: '',
  });
  if (channel === undefined) throw new Error('no channel');
  return {
    url: jobs.url,
    databaseUrl: database.url,
    wallet,
    adapter,
    jobs,
    redis,
    platform,
    call: (method, request) => callUnary(channel.client, method, request, { deadlineMs: 20_000 }),
    addJob: (queue, jobId, payload) => addJob(redis.url, queue, jobId, { payload }),
    [Symbol.asyncDispose]: async () => {
      platform.close();
      channel.close();
      await jobs.stop();
      await adapter.stop();
      await wallet.stop();
      await redis.stop();
      await database.drop();
      await rm(spoolDir, { recursive: true, force: true });
    },
  };
}

async function addJob(redisUrl: string, name: QueueName, jobId: string, data: JobData): Promise<void> {
  const connection = new Redis(redisUrl, { maxRetriesPerRequest: null });
  const queue = createQueue(name, connection, 1, createLog('test', 'silent'));
  try {
    await queue.add(name, data, { jobId });
  } finally {
    await queue.close();
    connection.disconnect();
  }
}
