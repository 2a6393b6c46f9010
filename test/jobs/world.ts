import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import type { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import mysql from 'mysql2/promise';
import { pino } from 'pino';
import { callUnary, type UnaryMethod } from '../../src/common/grpc.ts';
import { type JobData, QUEUES, type QueueName } from '../../src/common/queues.ts';
import { walletChannels } from '../../src/common/wallet-client.ts';
import { MoneyService, Reason, type Round } from '../../src/gen/wallet/v1/money_pb.ts';
import { OperatorService } from '../../src/gen/wallet/v1/operators_pb.ts';
import { PlayerService } from '../../src/gen/wallet/v1/players_pb.ts';
import { createQueues } from '../../src/jobs/queues.ts';
import { createTestDatabase } from '../harness/database.ts';
import { type PrivateServer, startPrivateRedis } from '../harness/private-servers.ts';
import { startJobs, startWallet, type TestProcess } from '../harness/processes.ts';
import { until } from './until.ts';

type Call = <I extends DescMessage, O extends DescMessage>(
  method: UnaryMethod<I, O>,
  request: MessageInitShape<I>,
) => Promise<MessageShape<O>>;

/** A real wallet with one player, a Redis of its own, and what a test asks about them. Jobs are started by the test. */
export type World = AsyncDisposable & {
  databaseUrl: string;
  wallet: TestProcess;
  redis: PrivateServer;
  call: Call;
  /** Leases and locks are as short as they can be: what a test waits for is that they run out. */
  startJobs: (env?: Record<string, string>) => Promise<TestProcess>;
  /** The queues as anybody else sees them: to pause them, to add to them, and to look. */
  queues: Record<QueueName, Queue<JobData>>;
  /** Of closed rounds. */
  queue: Queue<JobData>;
  redisKeys: () => Promise<string[]>;
  /** Empties Redis, as if it had lost its disk. */
  loseRedisData: () => Promise<void>;
  /** Plays and finishes a round: a bet of 2.00, one of 3.00, a win of 1.50, a refund of 0.25, and a canceled bet of 7.00. */
  playRound: (roundId: string) => Promise<void>;
  /** The round once the job has summed it. */
  summed: (roundId: string) => Promise<Round>;
  round: (roundId: string) => Promise<Round>;
  /** Messages that the wallet still owes. */
  owed: () => Promise<{ message_id: string; topic: string }[]>;
  sql: mysql.Connection;
};

export const TOTALS = { betUnits: 500n, winUnits: 150n, refundUnits: 25n, transactionCount: 4 };

const SUBJECT = { operatorId: 'casino', userId: '611' };
const PLAY = { ...SUBJECT, provider: 'platform', gameId: '200' };

export async function createWorld(): Promise<World> {
  const database = await createTestDatabase();
  const redis = await startPrivateRedis();
  const wallet = await startWallet({ env: { DATABASE_URL: database.url } });
  const sql = await mysql.createConnection({ uri: database.url, supportBigNumbers: true, bigNumberStrings: true });
  const [channel] = walletChannels({
    WALLET_URLS: [wallet.address],
    WALLET_TOKEN: '',
    WALLET_TLS_CA: '',
    WALLET_TLS_CERT: '',
    WALLET_TLS_KEY: '',
  });
  if (channel === undefined) {
    throw new Error('no channel');
  }
  const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
  connection.on('error', () => {});
  const silent = pino({ level: 'silent' });
  const queues = createQueues(connection, 8, silent);
  const queue = queues['round-close'];
  const call: Call = (method, request) => callUnary(channel.client, method, request, { deadlineMs: 20_000 });

  await call(OperatorService.method.createOperator, { operatorId: 'casino', secret: 's3cret', currencies: ['EUR'] });
  const person = { ...SUBJECT, userName: 'john', country: 'Germany', currencyCode: 'EUR' };
  await call(PlayerService.method.createPlayer, person);
  await call(MoneyService.method.deposit, { ...SUBJECT, transactionId: 'opening', amountUnits: 100_000_000n });

  const round = (roundId: string) => call(MoneyService.method.getRound, { ...PLAY, roundId });
  return {
    databaseUrl: database.url,
    wallet,
    redis,
    call,
    queues,
    queue,
    sql,
    startJobs: (env = {}) =>
      startJobs({
        env: {
          DATABASE_URL: database.url,
          WALLET_URLS: wallet.address,
          REDIS_URL: redis.url,
          OUTBOX_LEASE_MS: '1000',
          JOBS_LOCK_MS: '1000',
          JOBS_CALL_TIMEOUT_MS: '2000',
          ...env,
        },
      }),
    redisKeys: () => connection.keys('*'),
    loseRedisData: async () => void (await connection.flushall()),
    playRound: (roundId) => playRound(call, roundId),
    round,
    summed: (roundId) =>
      until(`round ${roundId} is summed`, async () => {
        const found = await round(roundId);
        return found.summedAtMs > 0n && found;
      }),
    owed: async () => {
      const [rows] = await sql.query<mysql.RowDataPacket[]>('SELECT message_id, topic FROM outbox ORDER BY message_id');
      return rows as { message_id: string; topic: string }[];
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(QUEUES.map((name) => queues[name].close()));
      connection.disconnect();
      channel.close();
      await sql.end();
      await wallet.stop();
      await redis.stop();
      await database.drop();
    },
  };
}

async function playRound(call: Call, roundId: string): Promise<void> {
  const { bet, win, refund, cancel, finishRound } = MoneyService.method;
  const id = (name: string) => ({ ...PLAY, roundId, transactionId: `${roundId}-${name}` });
  const outcomes = [
    await call(bet, { ...id('b1'), amountUnits: 200n }),
    await call(bet, { ...id('b2'), amountUnits: 300n }),
    await call(bet, { ...id('b3'), amountUnits: 700n }),
    await call(win, { ...id('w1'), amountUnits: 150n }),
    await call(refund, { ...id('r1'), amountUnits: 25n }),
    await call(cancel, id('b3')),
    await call(finishRound, { ...PLAY, roundId }),
  ];
  if (outcomes.some((outcome) => outcome.reason !== Reason.UNSPECIFIED)) {
    throw new Error(`round ${roundId} was not played: reasons ${outcomes.map((outcome) => outcome.reason).join(' ')}`);
  }
}

/** A metric's value on a process's inner port; 0 where it is not there yet. */
export async function metric(proc: TestProcess, name: string): Promise<number> {
  const text = await (await fetch(`${proc.opsUrl}/metrics`)).text();
  const line = text.split('\n').find((candidate) => candidate.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}
