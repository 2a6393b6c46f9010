import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { RowDataPacket } from 'mysql2';
import { pino } from 'pino';
import { callUnary, openServerStream, type ServerStreamMethod, type UnaryMethod } from '../../../src/common/grpc.ts';
import { type WalletChannel, walletChannels } from '../../../src/common/wallet-client.ts';
import { MoneyService } from '../../../src/gen/wallet/v1/money_pb.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { type Simulator, startSimulator } from '../../../src/simulator/server.ts';
import type { TestProcess } from '../../harness/processes.ts';
import { createWorld, type World } from '../world.ts';

export const OPERATOR = 'casino';
export const OTHER_OPERATOR = 'other';

/** Of both operators, as world.ts has it. */
export const SECRET = 's3cret';

const DEADLINE_MS = 20_000;

type Call = <I extends DescMessage, O extends DescMessage>(
  method: UnaryMethod<I, O>,
  request: MessageInitShape<I>,
) => Promise<MessageShape<O>>;

type Stream = <I extends DescMessage, O extends DescMessage>(
  method: ServerStreamMethod<I, O>,
  request: MessageInitShape<I>,
) => Promise<MessageShape<O>[]>;

/** A jobs process, and what it is asked. */
export type AskedJobs = { process: TestProcess; ask: Call; stream: Stream; close: () => void };

/** A wallet, a jobs process and PLATFORM, with two operators on both sides. Short leases: tests wait for their end. */
export type PlatformWorld = AsyncDisposable & {
  world: World;
  simulator: Simulator;
  /** Asks the jobs process that runs now. */
  ask: Call;
  /** As `ask`: all messages of the stream. */
  stream: Stream;
  jobs: () => TestProcess;
  /** kill -9. */
  killJobs: () => Promise<void>;
  restartJobs: (env?: Record<string, string>) => Promise<void>;
  /** A jobs process beside it. */
  secondJobs: (env?: Record<string, string>) => Promise<AskedJobs>;
  /** A new player with this much, EUR. */
  addPlayer: (player?: {
    operatorId?: string;
    balanceUnits?: bigint;
    group?: string;
    language?: string;
  }) => Promise<string>;
  /** Rows of any table. */
  rows: (sql: string, values?: unknown[]) => Promise<Record<string, unknown>[]>;
};

export type PlatformWorldOptions = {
  /** Of the jobs process. */
  env?: Record<string, string>;
  /** Before the jobs process starts: what PLATFORM has by then. */
  prepare?: (simulator: Simulator) => void;
};

export async function createPlatformWorld({ env = {}, prepare }: PlatformWorldOptions = {}): Promise<PlatformWorld> {
  const world = await createWorld();
  const simulator = await startSimulator({ log: pino({ level: 'silent' }), now: Date.now, random: Math.random });
  await world.call(OperatorService.method.createOperator, {
    operatorId: OTHER_OPERATOR,
    secret: SECRET,
    currencies: ['EUR', 'USD'],
  });
  for (const operatorId of [OPERATOR, OTHER_OPERATOR]) {
    simulator.platform.state.addOperator({
      ...{ operatorId, secret: SECRET, currencies: ['EUR', 'USD'] },
      adapterUrl: 'http://127.0.0.1:1',
    });
  }
  prepare?.(simulator);
  const common = {
    PLATFORM_API_URL: simulator.platformUrl,
    GAME_LAUNCH_HOST: `${simulator.platformUrl}/launch`,
    PLATFORM_LEASE_MS: '2000',
    PLATFORM_ATTEMPTS: '1',
    CATALOGUE_TICK_MS: '200',
    REPORT_TICK_MS: '200',
    ...env,
  };
  const start = async (more: Record<string, string> = {}): Promise<AskedJobs> =>
    asked(await world.startJobs({ ...common, ...more }));
  let running = await start();
  let players = 0;

  return {
    world,
    simulator,
    ask: (method, request) => running.ask(method, request),
    stream: (method, request) => running.stream(method, request),
    jobs: () => running.process,
    killJobs: async () => {
      await running.process.kill();
      running.close();
    },
    restartJobs: async (more) => {
      running = await start(more);
    },
    secondJobs: start,
    addPlayer: async ({ operatorId = OPERATOR, balanceUnits = 10_000n, ...rest } = {}) => {
      players += 1;
      const player = { operatorId, userId: `player-${players}` };
      const person = { ...player, userName: 'jane', country: 'Latvia', currencyCode: 'EUR', ...rest };
      await world.call(PlayerService.method.createPlayer, person);
      const deposit = { ...player, transactionId: `opening-${players}`, amountUnits: balanceUnits };
      await world.call(MoneyService.method.deposit, deposit);
      return player.userId;
    },
    rows: async (sql, values = []) => {
      const [rows] = await world.sql.query<RowDataPacket[]>(sql, values);
      return rows;
    },
    [Symbol.asyncDispose]: async () => {
      running.close();
      await running.process.stop();
      await simulator.close();
      await world[Symbol.asyncDispose]();
    },
  };
}

function asked(process: TestProcess): AskedJobs {
  const { client, close } = channelTo(process);
  return {
    process,
    close,
    ask: (method, request) => callUnary(client, method, request, { deadlineMs: DEADLINE_MS }),
    stream: (method, request) => all(openServerStream(client, method, request, { deadlineMs: DEADLINE_MS })),
  };
}

async function all<T>(messages: AsyncIterable<T>): Promise<T[]> {
  const found: T[] = [];
  for await (const message of messages) found.push(message);
  return found;
}

/** To the process' own services. */
export function channelTo(process: TestProcess): WalletChannel {
  const [channel] = walletChannels({
    WALLET_URLS: [`127.0.0.1:${process.grpcPort}`],
    WALLET_TOKEN: '',
    WALLET_TLS_CA: '',
    WALLET_TLS_CERT: '',
    WALLET_TLS_KEY: '',
  });
  if (channel === undefined) throw new Error('no channel');
  return channel;
}
