import type { Task } from '../generator/main.ts';
import { type Generator, startGenerator } from '../servers.ts';
import type { CellResult, Pids } from '../types.ts';
import { createLedgerChecker, type LedgerChecker } from './check.ts';
import { openStarGameStage, type StarGameStage } from './stage.ts';
import { stallDatabase } from './stall.ts';
import {
  type NotificationResult,
  type NotificationTask,
  STARGAME_CELLS,
  type Stall,
  type StarGameCell,
  type StarGameMeasurement,
} from './types.ts';

const RATE_PER_SECOND = 500;
const PLATFORM_RATE_PER_SECOND = 500;
const PLATFORM_CLIENTS = 256;
const WARMUP_SECONDS = 4;
/** PLATFORM's load begins before what is measured beside it, and ends after it. */
const PLATFORM_LEAD_SECONDS = 1;
/** What a row's time may lie before the sending of its notification by this machine's own clock. */
const CLOCK_SLACK_MS = 5;

type Generators = {
  notifications: Generator<NotificationTask, NotificationResult>;
  platform: Generator<Task, CellResult>;
};

type Deps = {
  databaseUrl: string;
  redisUrl: string;
  /** The database's process, where it may be stopped. */
  ownDatabasePid: number | null;
  pids: Pids;
  seconds: number;
  signal: AbortSignal;
  progress: (text: string) => void;
};

export type StarGameMeasurements = { measurements: StarGameMeasurement[]; verified: string };

/** Notifications at 500/s: alone, beside PLATFORM's requests, and while the database stalls; after each, the ledger. */
export async function measureStarGame(deps: Deps): Promise<StarGameMeasurements> {
  deps.progress('stargame: database and processes');
  const stage = await openStarGameStage(deps);
  const generators: Generators = {
    notifications: startGenerator('stargame/generator.ts'),
    platform: startGenerator('generator/main.ts'),
  };
  try {
    const run = createRun(deps, stage, generators);
    deps.progress('stargame: warm-up');
    const { ledger } = await run('alone', WARMUP_SECONDS);
    if (ledger.findings.length > 0) throw new Error(`the warm-up's ledger is wrong: ${ledger.findings.join('; ')}`);
    const measurements: StarGameMeasurement[] = [];
    for (const cell of STARGAME_CELLS) {
      deps.progress(`stargame: ${cell}, ${deps.seconds} s`);
      measurements.push(await run(cell, deps.seconds));
    }
    deps.progress('stargame: verifying the ledger');
    return { measurements, verified: await stage.verify() };
  } finally {
    deps.progress('');
    await generators.notifications.stop();
    await generators.platform.stop();
    await stage.close();
  }
}

/** What went on beside the notifications. */
type Beside = { stalls: Stall[]; platform: CellResult | null };

type Run = (cell: StarGameCell, seconds: number) => Promise<StarGameMeasurement>;

function createRun(deps: Deps, stage: StarGameStage, generators: Generators): Run {
  const checker: LedgerChecker = createLedgerChecker(stage.database.connection, stage.owed);
  const pids = { ...stage.pids, ...deps.pids };
  const { host, port } = stage;
  let firstNumber = 1;

  const besides = async (cell: StarGameCell, seconds: number, signal: AbortSignal): Promise<Beside> => {
    switch (cell) {
      case 'alone':
        return { stalls: [], platform: null };
      case 'beside PLATFORM':
        return { stalls: [], platform: await generators.platform.run(platformTask(host, port, seconds, pids), signal) };
      case 'database stalls': {
        const forMs = seconds * 1000;
        return { stalls: await stallDatabase(stage.database, deps.ownDatabasePid, forMs, signal), platform: null };
      }
    }
  };

  return async (cell, seconds) => {
    const fromMs = Date.now() - CLOCK_SLACK_MS;
    const failed = new AbortController();
    const signal = AbortSignal.any([deps.signal, failed.signal]);
    const beside = besides(cell, seconds, signal);
    // Its rejection is met below, after what is measured.
    beside.catch(() => {});
    if (cell === 'beside PLATFORM') await pause(PLATFORM_LEAD_SECONDS * 1000);
    const task = { host, port, ratePerSecond: RATE_PER_SECOND, seconds, firstNumber, pids };
    const result = await generators.notifications.run(task, signal).catch((error: unknown) => {
      failed.abort();
      throw error;
    });
    const { stalls, platform } = await beside;
    deps.progress(`stargame: ${cell}, comparing the ledger`);
    const ledger = await checker.settle({ answers: { firstNumber, ...result }, fromMs, stalls });
    firstNumber += result.sent;
    return { cell, ratePerSecond: RATE_PER_SECOND, seconds, result, ledger, stalls: stalls.length, platform };
  };
}

const platformTask = (host: string, port: number, seconds: number, pids: Pids): Task => ({
  target: { kind: 'http', host, port },
  cell: {
    clients: PLATFORM_CLIENTS,
    players: 'spread',
    ids: 'new',
    ratePerSecond: PLATFORM_RATE_PER_SECOND,
    warmupSeconds: 0,
    seconds: seconds + 2 * PLATFORM_LEAD_SECONDS,
  },
  pids,
});

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
