import { join } from 'node:path';
import { Client, credentials, Metadata } from '@grpc/grpc-js';
import type { RowDataPacket } from 'mysql2/promise';
import { readConfig } from '../../src/common/config.ts';
import { callUnary, openServerStream } from '../../src/common/grpc.ts';
import { walletChannels, walletClientConfig } from '../../src/common/wallet-client.ts';
import { ReconciliationService } from '../../src/gen/jobs/v1/reconciliation_pb.ts';
import { HallService } from '../../src/gen/wallet/v1/halls_pb.ts';
import type { BenchDatabase } from '../database.ts';
import { residentMbOfAll } from '../procfs.ts';
import { startGenerator, startServer } from '../servers.ts';
import { createHall, openStarGameStage, type StarGameStage } from '../stargame/stage.ts';
import type { NotificationResult, NotificationTask } from '../stargame/types.ts';
import { whole } from '../table.ts';
import { BOOKS_HALL_ID, PLAY_BEGAN_MS, SPINS_EACH, spinsOf } from './plays.ts';
import { passwordsOf, seedPlay } from './seed.ts';
import type { BooksMeasurement, RunFigures } from './types.ts';

const NOTIFICATIONS_PER_SECOND = 200;
const CALLS_AT_ONCE = 1_000;
const CALL_DEADLINE_MS = 20_000;
const RUN_DEADLINE_MS = 3_600_000;
const SAMPLE_MS = 2_000;
/** Once, and not again while it is measured. */
const ONCE_MS = String(86_400_000);
const PATIENCE_MS = 1_800_000;

type Deps = {
  databaseUrl: string;
  redisUrl: string;
  terminals: number;
  /** Of StarGame's operations, at most. */
  callsPerSecond: number;
  signal: AbortSignal;
  progress: (text: string) => void;
};

/** Harvests hours of play of many terminals, beside notifications; then matches them with the ledger. */
export async function measureBooks(deps: Deps): Promise<BooksMeasurement> {
  const { terminals, callsPerSecond, progress, signal } = deps;
  const beganAtMs = Math.floor((Date.now() - PLAY_BEGAN_MS) / 1_000) * 1_000;
  progress(`books: database with ${whole(terminals * SPINS_EACH)} played spins`);
  const stage = await openBooksStage(deps, beganAtMs);
  const generator = startGenerator<NotificationTask, NotificationResult>('stargame/generator.ts');
  const jobs = new Client(stage.jobsAddress, credentials.createInsecure());
  try {
    const { host, port, pids } = stage;
    const task = { host, port, ratePerSecond: NOTIFICATIONS_PER_SECOND, firstNumber: 1, pids };
    // The harvest takes as long as its pace makes it take; what is measured beside it ends with it, or before.
    const seconds = Math.max(5, Math.floor((terminals / callsPerSecond) * 0.95));
    const beside = generator.run({ ...task, seconds }, signal);
    beside.catch(() => {});
    const records = recordsOf(terminals, beganAtMs);
    const harvest = await measured(stage, () => allHarvested(stage.database, records, progress));
    const notifications = await beside;
    const reconciliation = await measured(stage, async () => {
      const run = openServerStream(
        jobs,
        ReconciliationService.method.reconcile,
        {},
        { deadlineMs: RUN_DEADLINE_MS, metadata: new Metadata() },
      );
      let records = 0;
      for await (const told of run) {
        records = Number(told.recordsMatched);
        progress(`books: reconciliation, ${whole(told.terminalsDone)} terminals, ${whole(records)} records`);
        if (told.terminalsFailed > 0) throw new Error(`${told.terminalsFailed} terminals can't be reconciled`);
      }
      return records;
    });
    const found = await findingsOf(stage.database);
    return {
      terminals,
      callsPerSecond,
      harvest,
      notifications,
      reconciliation,
      expected: expectedOf(terminals, beganAtMs),
      found,
    };
  } finally {
    progress('');
    jobs.close();
    await generator.stop();
    await stage.close();
  }
}

function openBooksStage(deps: Deps, beganAtMs: number): Promise<StarGameStage> {
  const { databaseUrl, redisUrl, terminals, callsPerSecond } = deps;
  return openStarGameStage({
    databaseUrl,
    redisUrl,
    morePlayers: terminals,
    prepare: async ({ database, walletAddress, undo }) => {
      await createHall(walletAddress, BOOKS_HALL_ID);
      await seedPlay(database, terminals, beganAtMs);
      await tellPasswords(walletAddress, terminals);
      const simulator = await startServer(join(import.meta.dirname, 'simulator.ts'), {
        BOOKS_TERMINALS: String(terminals),
        BOOKS_BEGAN_AT_MS: String(beganAtMs),
      });
      undo(simulator.stop);
      return {
        STARGAME_API_URL: `http://127.0.0.1:${simulator.ready.port}/stargame`,
        STARGAME_RATE_PER_SECOND: String(callsPerSecond),
        HARVEST_RATE_PER_SECOND: String(callsPerSecond),
        HARVEST_EVERY_MS: ONCE_MS,
        HARVEST_TICK_MS: '1000',
        RECONCILE_EVERY_MS: ONCE_MS,
      };
    },
  });
}

async function tellPasswords(address: string, terminals: number): Promise<void> {
  const [channel] = walletChannels(readConfig(walletClientConfig, { WALLET_URLS: address }));
  if (channel === undefined) throw new Error('no wallet');
  for (let first = 0; first < terminals; first += CALLS_AT_ONCE) {
    const passwords = passwordsOf(first, Math.min(CALLS_AT_ONCE, terminals - first));
    await callUnary(
      channel.client,
      HallService.method.setTerminalPasswords,
      { hallId: BOOKS_HALL_ID, passwords },
      { deadlineMs: CALL_DEADLINE_MS, metadata: channel.metadata },
    );
  }
  channel.close();
}

/** The harvest runs by itself, as it always does; gives the number of records. */
async function allHarvested(
  { connection }: BenchDatabase,
  records: number,
  progress: (text: string) => void,
): Promise<number> {
  const giveUpAtMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const [[row]] = await connection.query<RowDataPacket[]>(
      'SELECT COALESCE(SUM(record_count), 0) AS records, COUNT(*) AS terminals FROM harvests WHERE hall_id = ?',
      [BOOKS_HALL_ID],
    );
    const harvested = Number(row?.records);
    progress(`books: harvest, ${whole(harvested)} records`);
    if (harvested >= records) return harvested;
    if (performance.now() > giveUpAtMs) throw new Error(`only ${harvested} of ${records} records are harvested`);
    await new Promise((resolve) => setTimeout(resolve, SAMPLE_MS));
  }
}

/** Runs it, and looks at the memory of the jobs process meanwhile. */
async function measured({ pids }: StarGameStage, run: () => Promise<number>): Promise<RunFigures> {
  const samples: number[] = [];
  const look = (): void => {
    samples.push(residentMbOfAll(pids).jobs ?? 0);
  };
  look();
  const timer = setInterval(look, SAMPLE_MS);
  const startMs = performance.now();
  try {
    const records = await run();
    const seconds = (performance.now() - startMs) / 1_000;
    look();
    const [first = 0] = samples;
    return {
      seconds,
      records,
      residentMb: { first, largest: Math.max(...samples), last: samples.at(-1) ?? 0 },
    };
  } finally {
    clearInterval(timer);
  }
}

async function findingsOf({ connection }: BenchDatabase): Promise<Record<string, number>> {
  const [rows] = await connection.query<RowDataPacket[]>(
    'SELECT kind, COUNT(*) AS count FROM discrepancies GROUP BY kind ORDER BY kind',
  );
  return Object.fromEntries(rows.map(({ kind, count }) => [String(kind), Number(count)]));
}

const recordsOf = (terminals: number, beganAtMs: number): number =>
  terminals * SPINS_EACH - (expectedOf(terminals, beganAtMs).spin_not_played ?? 0);

function expectedOf(terminals: number, beganAtMs: number): Record<string, number> {
  const expected: Record<string, number> = {};
  for (let terminal = 0; terminal < terminals; terminal += 1) {
    for (const { error } of spinsOf(terminal, beganAtMs)) {
      if (error !== null) expected[error] = (expected[error] ?? 0) + 1;
    }
  }
  return Object.fromEntries(Object.entries(expected).sort());
}
