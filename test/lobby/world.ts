import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { callUnary, type UnaryMethod } from '../../src/common/grpc.ts';
import { jobsChannel } from '../../src/common/jobs-client.ts';
import { type LobbyPlayer, signLobbyToken } from '../../src/common/lobby-link.ts';
import { createLog } from '../../src/common/log.ts';
import { walletChannels } from '../../src/common/wallet-client.ts';
import { CatalogueService } from '../../src/gen/jobs/v1/catalogue_pb.ts';
import { addPlatformDemo } from '../../src/simulator/platform/demo.ts';
import { demoGames, type Game } from '../../src/simulator/platform/games.ts';
import { type Simulator, startSimulator } from '../../src/simulator/server.ts';
import { addDemo } from '../../src/simulator/stargame/demo.ts';
import { createTestDatabase } from '../harness/database.ts';
import { startAdapter, startJobs, startWallet, type TestProcess } from '../harness/processes.ts';
import { createTestRedis } from '../harness/redis.ts';
import { until } from '../jobs/until.ts';

export const OPERATOR = 'examplecasino';
export const SECRET = 'a secret of this test, of 32 characters or more';

type Call = <I extends DescMessage, O extends DescMessage>(
  method: UnaryMethod<I, O>,
  request: MessageInitShape<I>,
) => Promise<MessageShape<O>>;

/** All processes with the demo data, the providers simulated, and a lobby. */
export type LobbyWorld = AsyncDisposable & {
  /** Of the lobby. */
  url: string;
  adapter: TestProcess;
  jobs: TestProcess;
  wallet: TestProcess;
  simulator: Simulator;
  /** Asks the wallet. */
  call: Call;
  /** Another lobby at the same wallet and jobs. */
  startLobby: (env: Record<string, string>) => Promise<TestProcess>;
};

export type LobbyWorldOptions = {
  /** What PLATFORM has, before anybody asks for it. */
  prepare?: (simulator: Simulator) => void;
  /** How many games there are to be before the lobby is asked. */
  games?: number;
};

export async function createLobbyWorld({ prepare, games = 1 }: LobbyWorldOptions = {}): Promise<LobbyWorld> {
  const database = await createTestDatabase();
  const redis = await createTestRedis();
  const simulator = await startSimulator({
    log: createLog('simulator', 'silent'),
    now: Date.now,
    // No spin wins: what a balance will be is known beforehand.
    random: () => 0.99,
    // What is tried here is not whether a busy machine answers in 50 ms.
    notifyTimeoutMs: 10_000,
  });
  // Its games are read before there is anybody to send bets to.
  addPlatformDemo(simulator.platform.state, 'http://127.0.0.1:1');
  prepare?.(simulator);
  const wallet = await startWallet({ env: { DATABASE_URL: database.url, CROUPIER_DEMO: '1' } });
  const shared = { WALLET_URLS: wallet.address, REDIS_URL: redis.url };
  const jobs = await startJobs({
    env: {
      ...shared,
      DATABASE_URL: database.url,
      STARGAME_API_URL: simulator.stargameUrl,
      PLATFORM_API_URL: simulator.platformUrl,
      GAME_LAUNCH_HOST: `${simulator.platformUrl}/launch`,
      CATALOGUE_TICK_MS: '200',
    },
  });
  const jobsUrl = `127.0.0.1:${jobs.grpcPort}`;
  const origin = new URL(simulator.platformUrl).origin;
  const startLobby = (env: Record<string, string>): Promise<TestProcess> =>
    startAdapter({
      env: {
        ...shared,
        JOBS_URL: jobsUrl,
        STARGAME_BUDGET_MS: '10000',
        LOBBY_SECRET: SECRET,
        LOBBY_OPERATOR: OPERATOR,
        LOBBY_NAME: 'Example Casino',
        LOBBY_PICTURE_ORIGINS: origin,
        // Under its other name it is an origin that may be framed, and is not the game's.
        LOBBY_FRAME_ORIGINS: `${origin},${origin.replace('127.0.0.1', 'localhost')}`,
        ...env,
      },
    });
  const adapter = await startLobby({ LOBBY_DEMO: '1' });
  const operator = simulator.platform.state.find(OPERATOR);
  operator.adapterUrl = adapter.url;
  addDemo(simulator.stargame.state, adapter.url);

  const toJobs = jobsChannel({
    JOBS_URL: jobsUrl,
    JOBS_CLIENT_TOKEN: '',
    JOBS_TLS_CA: '',
    JOBS_CLIENT_CERT: '',
    JOBS_CLIENT_KEY: '',
  });
  const [toWallet] = walletChannels({
    WALLET_URLS: [wallet.address],
    WALLET_TOKEN: '',
    WALLET_TLS_CA: '',
    WALLET_TLS_CERT: '',
    WALLET_TLS_KEY: '',
  });
  if (toWallet === undefined) throw new Error('no channel');
  await until('the games are known', async () => {
    const status = await callUnary(toJobs.client, CatalogueService.method.getCatalogueStatus, {}, PATIENCE);
    const ours = status.lists.filter(({ operatorId, syncedAtMs }) => operatorId === OPERATOR && syncedAtMs > 0n);
    return ours.length === 2 && ours.some(({ listed }) => listed >= games);
  });
  return {
    url: `${adapter.url}/lobby`,
    adapter,
    jobs,
    wallet,
    simulator,
    call: (method, request) => callUnary(toWallet.client, method, request, PATIENCE),
    startLobby,
    [Symbol.asyncDispose]: async () => {
      toJobs.close();
      toWallet.close();
      // Stopped already where a test killed it.
      for (const process of [adapter, jobs, wallet]) await process.kill('SIGTERM');
      await simulator.close();
      await redis.drop();
      await database.drop();
    },
  };
}

const PATIENCE = { deadlineMs: 20_000 };

/** A game of the demo that is played for money and for fun; `twin`: for desktops and phones, else for desktops alone. */
export function demoGame({ twin }: { twin: boolean }): { desktop: Game; mobile: Game | undefined } {
  const games = demoGames().filter(({ enabled, fun_mode }) => enabled === 1 && fun_mode === 1);
  const pairs = games
    .filter(({ platform }) => platform === 'desktop')
    .map((desktop) => ({
      desktop,
      mobile: games.find(({ title, platform }) => title === desktop.title && platform === 'mobile'),
    }));
  const all = demoGames();
  const isListedTwice = ({ title }: Game): boolean => all.filter((game) => game.title === title).length > 1;
  const found = pairs.find(({ desktop, mobile }) => (twin ? mobile !== undefined : !isListedTwice(desktop)));
  if (found === undefined) throw new Error('there is no such game');
  return found;
}

/** A token as the casino's own site makes it. */
export const tokenFor = (userId: string, ttlSeconds = 600, more: Partial<LobbyPlayer> = {}): Promise<string> =>
  signLobbyToken(
    SECRET,
    { operatorId: OPERATOR, userId, homeUrl: '', depositUrl: '', language: '', ...more },
    Math.floor(Date.now() / 1000) + ttlSeconds,
  );
