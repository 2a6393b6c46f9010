import { createTestDatabase } from '../harness/database.ts';
import { startAdapter, startJobs, startSimulator, startWallet, type TestProcess } from '../harness/processes.ts';
import { createTestRedis } from '../harness/redis.ts';
import { type Croupier, croupier } from './croupier.ts';

/** The demo data's hall and terminal, on both sides. */
export const HALL = '1890';
export const TERMINAL = '117';

/** All processes with the demo data, and StarGame's server simulated. Logs are harvested and matched at once, and when a test says so. */
export type RemoteWorld = AsyncDisposable & {
  /** As somebody who may do everything at the jobs. */
  cli: Croupier;
  /** As somebody who may only look. */
  viewer: Croupier;
  jobs: TestProcess;
  simulator: TestProcess;
  /** Tells the simulator something: its control API. */
  tell: (path: string, body: object) => Promise<unknown>;
};

const TOKENS = { cli: 'cli-token-of-this-test', viewer: 'viewer-token-of-this-test' };

export async function createRemoteWorld(): Promise<RemoteWorld> {
  const database = await createTestDatabase();
  const redis = await createTestRedis();
  const wallet = await startWallet({ env: { DATABASE_URL: database.url, CROUPIER_DEMO: '1' } });
  const shared = { WALLET_URLS: wallet.address, REDIS_URL: redis.url };
  // What is tried here is not whether a busy machine answers in 50 ms.
  const adapter = await startAdapter({ env: { ...shared, STARGAME_BUDGET_MS: '10000' } });
  const simulator = await startSimulator({ env: { SIMULATOR_ADAPTER_URL: adapter.url } });
  const jobs = await startJobs({
    env: {
      ...shared,
      DATABASE_URL: database.url,
      JOBS_SERVICES: `cli:read+money+admin+ops:${TOKENS.cli},viewer:read:${TOKENS.viewer}`,
      STARGAME_API_URL: `${simulator.url}/stargame`,
      STARGAME_CALLBACK_URL: adapter.url,
      STARGAME_SETTLE_MS: '1500',
      HARVEST_LAG_MS: '0',
      RECONCILE_SETTLE_MS: '0',
      // So near to the beginning of a terminal's logs nothing is said of spins without one.
      RECONCILE_CLOCK_TOLERANCE_MS: '1000',
    },
  });
  const asService = (token: string): Croupier =>
    croupier({ WALLET_URLS: wallet.address, JOBS_URL: `127.0.0.1:${jobs.grpcPort}`, JOBS_CLIENT_TOKEN: token });
  return {
    cli: asService(TOKENS.cli),
    viewer: asService(TOKENS.viewer),
    jobs,
    simulator,
    tell: (path, body) => tell(`${simulator.url}/stargame/control/${path}`, body),
    [Symbol.asyncDispose]: async () => {
      // Stopped already where a test killed it.
      for (const proc of [jobs, simulator, adapter, wallet]) await proc.kill('SIGTERM');
      await redis.drop();
      await database.drop();
    },
  };
}

async function tell(url: string, body: object): Promise<unknown> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) });
  if (!answer.ok) throw new Error(`${url}: ${answer.status} ${await answer.text()}`);
  return answer.json();
}
