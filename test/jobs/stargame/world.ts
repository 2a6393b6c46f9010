import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { RowDataPacket } from 'mysql2';
import { pino } from 'pino';
import { callUnary, type UnaryMethod } from '../../../src/common/grpc.ts';
import { walletChannels } from '../../../src/common/wallet-client.ts';
import { type Transfer, TransferService } from '../../../src/gen/jobs/v1/transfers_pb.ts';
import { HallMode, HallService, type Terminal } from '../../../src/gen/wallet/v1/halls_pb.ts';
import { MoneyService } from '../../../src/gen/wallet/v1/money_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { type Simulator, startSimulator } from '../../../src/simulator/server.ts';
import type { NewFault } from '../../../src/simulator/stargame/faults.ts';
import type { Hall } from '../../../src/simulator/stargame/state.ts';
import type { TestProcess } from '../../harness/processes.ts';
import { until } from '../until.ts';
import { createWorld, type World } from '../world.ts';

export const HALL = '1890';
export const SEAMLESS_HALL = '1891';
const HALL_SECRET = 'hallsecret';

type Call = <I extends DescMessage, O extends DescMessage>(
  method: UnaryMethod<I, O>,
  request: MessageInitShape<I>,
) => Promise<MessageShape<O>>;

/** A wallet, a jobs process and StarGame, with a hall in each mode on both sides. Short leases: tests wait for their end. */
export type StargameWorld = AsyncDisposable & {
  world: World;
  simulator: Simulator;
  /** StarGame's side of HALL. */
  hall: Hall;
  /** Asks the jobs process that runs now. */
  ask: Call;
  jobs: () => TestProcess;
  /** kill -9. */
  killJobs: () => Promise<void>;
  restartJobs: () => Promise<void>;
  /** A jobs process beside it. */
  secondJobs: () => Promise<{ process: TestProcess; ask: Call; close: () => void }>;
  /** A new player with this much, EUR. */
  addPlayer: (balanceUnits?: bigint) => Promise<string>;
  balanceUnits: (userId: string) => Promise<bigint>;
  terminals: (userId: string) => Promise<Terminal[]>;
  fault: (fault: NewFault) => void;
  /** Resolves once no fault waits any more: StarGame has met all of them. */
  faultsMet: () => Promise<void>;
  /** How often the jobs process that runs now has heard from StarGame of an operation. */
  heard: (operation: string) => number;
  /** A row of the jobs' tables. */
  row: (sql: string, values: unknown[]) => Promise<Record<string, unknown>>;
};

export const OPERATOR = 'casino';

const ENV = {
  STARGAME_LEASE_MS: '2000',
  STARGAME_SETTLE_MS: '1500',
  STARGAME_SESSION_LOOK_MS: '1000',
  STARGAME_ATTEMPTS: '1',
  // Faults follow each other here, and that is no reason to stop.
  STARGAME_BREAKER_FAILURES: '1000',
};

export async function createStargameWorld(): Promise<StargameWorld> {
  const world = await createWorld();
  const simulator = await startSimulator({ log: pino({ level: 'silent' }), now: Date.now, random: Math.random });
  const { state, faults } = simulator.stargame;
  state.addAgent({ agentId: '1334', password: 'agentpassword', name: 'agent', balanceUnits: 1_000_000n });
  const common = { agentId: '1334', secret: HALL_SECRET, balanceUnits: 1_000_000n };
  const hall = state.addHall({ ...common, hallId: HALL, name: 'carried' });
  state.addHall({ ...common, hallId: SEAMLESS_HALL, name: 'asked', mode: 'seamless' });
  const ours = { operatorId: OPERATOR, secret: HALL_SECRET, agentId: '1334' };
  const { createHall, setAgent } = HallService.method;
  await world.call(setAgent, { agentId: '1334', password: 'agentpassword' });
  await world.call(createHall, { ...ours, hallId: HALL, pathSecret: 'carriedpath', mode: HallMode.TRANSFER });
  await world.call(createHall, { ...ours, hallId: SEAMLESS_HALL, pathSecret: 'askedpath' });

  const start = async () => {
    const process = await world.startJobs({ STARGAME_API_URL: simulator.stargameUrl, ...ENV });
    const [channel] = walletChannels({
      WALLET_URLS: [`127.0.0.1:${process.grpcPort}`],
      WALLET_TOKEN: '',
      WALLET_TLS_CA: '',
      WALLET_TLS_CERT: '',
      WALLET_TLS_KEY: '',
    });
    if (channel === undefined) throw new Error('no channel');
    return { process, channel };
  };
  let running = await start();
  let players = 0;

  const killJobs = async (): Promise<void> => {
    await running.process.kill();
    running.channel.close();
  };

  return {
    world,
    simulator,
    hall,
    ask: (method, request) => callUnary(running.channel.client, method, request, { deadlineMs: 20_000 }),
    jobs: () => running.process,
    killJobs,
    restartJobs: async () => {
      running = await start();
    },
    secondJobs: async () => {
      const { process, channel } = await start();
      const ask: Call = (method, request) => callUnary(channel.client, method, request, { deadlineMs: 20_000 });
      return { process, ask, close: channel.close };
    },
    addPlayer: async (balanceUnits = 10_000n) => {
      players += 1;
      const player = { operatorId: OPERATOR, userId: `player-${players}` };
      const person = { ...player, userName: 'jane', country: 'Latvia', currencyCode: 'EUR' };
      await world.call(PlayerService.method.createPlayer, person);
      const deposit = { ...player, transactionId: `opening-${players}`, amountUnits: balanceUnits };
      await world.call(MoneyService.method.deposit, deposit);
      return player.userId;
    },
    balanceUnits: async (userId) =>
      (await world.call(MoneyService.method.getBalance, { operatorId: OPERATOR, userId })).balanceUnits,
    terminals: async (userId) =>
      (await world.call(HallService.method.listTerminals, { operatorId: OPERATOR, userId })).terminals,
    fault: (fault) => void faults.add(fault),
    faultsMet: () => until('StarGame has met the faults', async () => faults.list().length === 0).then(() => undefined),
    heard: (operation) =>
      running.process.logs().filter((line) => line.msg === 'called' && line.operation === operation).length,
    row: async (sql, values) => {
      const [rows] = await world.sql.query<RowDataPacket[]>(sql, values);
      return rows[0] ?? {};
    },
    [Symbol.asyncDispose]: async () => {
      running.channel.close();
      await running.process.stop();
      await simulator.close();
      await world[Symbol.asyncDispose]();
    },
  };
}

/** Asks for a transfer again and again until it is at its end, as a caller does who wants to know. */
export function transferred(
  stargame: StargameWorld,
  request: MessageInitShape<typeof TransferService.method.startTransfer.input>,
): Promise<Transfer> {
  return until(`transfer ${request.transferId} is at its end`, async () => {
    const transfer = await stargame.ask(TransferService.method.startTransfer, request);
    return ['done', 'refused', 'refunded'].includes(transfer.state) && transfer;
  });
}
