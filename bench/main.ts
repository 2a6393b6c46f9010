import { mkdirSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { join, relative } from 'node:path';
import { measureBooks } from './books/measure.ts';
import { measureRemote } from './books/remote.ts';
import { booksGoals, booksTable, remoteTable } from './books/report.ts';
import type { BooksMeasurement } from './books/types.ts';
import { describeServer, type ServerDescription } from './database.ts';
import type { Task } from './generator/main.ts';
import { goals, goalsTable, jobsGoals } from './goals.ts';
import { type JobsResult, jobsTable, measureJobs } from './jobs.ts';
import { operationsPerTransaction, readLaneCounters } from './lane-counters.ts';
import { type Options, readOptions, USAGE } from './options.ts';
import { cellsOf, profileCells, soakCell, warmupCell } from './plan.ts';
import { measurePlatform } from './platform/measure.ts';
import { platformGoals, platformTable } from './platform/report.ts';
import type { PlatformMeasurement } from './platform/types.ts';
import { connectProfiler, type Summary, summarize } from './profiler.ts';
import { comparison, describeCell, type Measurement, memoryTable, sectionTable } from './report.ts';
import { type Generator, startGenerator } from './servers.ts';
import { openStage, type Stage } from './stages.ts';
import { measureStarGame } from './stargame/measure.ts';
import { starGameGoals, starGameTable } from './stargame/report.ts';
import type { StarGameMeasurement } from './stargame/types.ts';
import { percent, table } from './table.ts';
import type { Cell, CellResult, Pids, Section } from './types.ts';

const RESULTS = join(import.meta.dirname, '../bench-results');
const GENERATOR = 'generator/main.ts';
const TOP_COUNT = 16;

const interrupt = new AbortController();

for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => interrupt.abort());

if (process.argv.includes('--help')) {
  process.stdout.write(USAGE);
} else {
  const options = optionsOrExit();
  await run(options).catch((error: unknown) => {
    if (!interrupt.signal.aborted) throw error;
    process.stderr.write('interrupted\n');
    process.exitCode = 130;
  });
}

function optionsOrExit(): Options {
  try {
    return readOptions(process.argv.slice(2), process.env);
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n\n${USAGE}`);
    process.exit(1);
  }
}

async function run(options: Options): Promise<void> {
  mkdirSync(RESULTS, { recursive: true });
  const startedAt = new Date().toISOString();
  const server = await describeServer(options.databaseUrl);
  const machine = {
    cores: cpus().length,
    cpu: cpus()[0]?.model ?? '',
    memoryGb: Math.round(totalmem() / 2 ** 30),
    node: process.version,
  };
  const { version, ...settings } = server.settings;
  process.stdout.write(
    `${machine.cores} cores (${machine.cpu}), ${machine.memoryGb} GB, Node ${machine.node}, database ${version}\n` +
      `${Object.entries(settings)
        .map(([name, value]) => `${name}=${value}`)
        .join(', ')}\n`,
  );

  const pids: Pids = server.pid === null ? {} : { database: server.pid };
  const measurements = await measureAll(options, pids);
  process.stdout.write(comparison(measurements));
  const starGame = options.stargame ? await measureNotifications(options, server, pids) : [];
  const jobs = options.jobs ? await measureRounds(options) : null;
  const remote = options.books ? measureRemote() : [];
  if (options.books) process.stdout.write(remoteTable(remote));
  const books = options.books ? await measureHarvest(options) : null;
  const platform = options.platform ? await measureOwnApis(options) : null;
  const reached = [
    ...goals(measurements),
    ...starGameGoals(starGame),
    ...jobsGoals(jobs),
    ...booksGoals(books, remote),
    ...platformGoals(platform),
  ];
  process.stdout.write(goalsTable(reached));

  const file = join(RESULTS, `${startedAt.replaceAll(':', '-').slice(0, 19)}.json`);
  const { databaseUrl: _, redisUrl: __, ...shown } = options;
  const results = {
    startedAt,
    machine,
    database: server.settings,
    options: shown,
    measurements,
    starGame: starGame.map(withoutNumbers),
    jobs,
    books,
    remote,
    platform,
    goals: reached,
  };
  writeFileSync(file, `${JSON.stringify(results, null, 2)}\n`);
  process.stdout.write(`\nwritten to ${relative(process.cwd(), file)}\n`);
}

async function measureAll(options: Options, pids: Pids): Promise<Measurement[]> {
  if (options.profile) return measureSection('chain', profileCells(options), options, pids);
  if (options.soakMinutes > 0) return measureSection('chain', [soakCell(options)], options, pids);
  const measurements: Measurement[] = [];
  for (const section of options.sections) {
    measurements.push(...(await measureSection(section, cellsOf(section, options), options, pids)));
  }
  return measurements;
}

async function measureNotifications(
  { databaseUrl, redisUrl, starGameSeconds: seconds }: Options,
  { ownPid: ownDatabasePid }: ServerDescription,
  pids: Pids,
): Promise<StarGameMeasurement[]> {
  const { signal } = interrupt;
  const { measurements, verified } = await measureStarGame({
    databaseUrl,
    redisUrl,
    ownDatabasePid,
    pids,
    seconds,
    signal,
    progress,
  });
  process.stdout.write(starGameTable(measurements, verified));
  return measurements;
}

async function measureRounds({ databaseUrl, redisUrl, openSeconds }: Options): Promise<JobsResult> {
  progress('jobs: from outbox to worker done');
  const result = await measureJobs({ databaseUrl, redisUrl, openSeconds });
  progress('');
  process.stdout.write(jobsTable(result));
  return result;
}

async function measureHarvest(options: Options): Promise<BooksMeasurement> {
  const { databaseUrl, redisUrl, booksTerminals: terminals, booksCallsPerSecond: callsPerSecond } = options;
  const { signal } = interrupt;
  const measured = await measureBooks({ databaseUrl, redisUrl, terminals, callsPerSecond, signal, progress });
  process.stdout.write(booksTable(measured));
  return { ...measured, notifications: { ...measured.notifications, notSucceeded: [], notSent: [] } };
}

async function measureOwnApis(options: Options): Promise<PlatformMeasurement> {
  const { databaseUrl, redisUrl, reportTransactions: transactions } = options;
  const measured = await measurePlatform({ databaseUrl, redisUrl, transactions, signal: interrupt.signal, progress });
  process.stdout.write(platformTable(measured));
  return measured;
}

/** Thousands of numbers are of no use in a file that people read. */
function withoutNumbers(measurement: StarGameMeasurement) {
  const { notSucceeded: _, notSent: __, ...result } = measurement.result;
  return { ...measurement, result };
}

async function measureSection(
  section: Section,
  cells: readonly Cell[],
  options: Options,
  pids: Pids,
): Promise<Measurement[]> {
  progress(`${section}: database and processes`);
  const stage = await openStage({ serverUrl: options.databaseUrl, section, inspect: options.profile });
  const generator = startGenerator<Task, CellResult>(GENERATOR);
  const measurements: Measurement[] = [];
  let verified = '';
  try {
    const allPids = { ...stage.pids, ...pids };
    progress(`${section}: warm-up`);
    await generator.run({ target: stage.target, cell: warmupCell(), pids: allPids }, interrupt.signal);
    for (const cell of cells) {
      progress(`${section}: ${describeCell(cell).join(', ')}`);
      const measure = () => measureCell(section, cell, stage, generator, allPids);
      measurements.push(options.profile ? await profiled(stage, cell, measure) : await measure());
    }
    progress(`${section}: verifying the ledger`);
    verified = await stage.verify();
  } finally {
    progress('');
    await generator.stop();
    await stage.close();
  }
  process.stdout.write(sectionTable(section, measurements) + verified);
  if (options.soakMinutes > 0) for (const { result } of measurements) process.stdout.write(memoryTable(result));
  return measurements;
}

async function measureCell(
  section: Section,
  cell: Cell,
  stage: Stage,
  generator: Generator<Task, CellResult>,
  pids: Pids,
): Promise<Measurement> {
  const measure = () => generator.run({ target: stage.target, cell, pids }, interrupt.signal);
  const opsPort = stage.servers.wallet?.ready.opsPort;
  if (opsPort === undefined) return { section, cell, result: await measure() };
  const before = await readLaneCounters(opsPort);
  const result = await measure();
  result.operationsPerTransaction = operationsPerTransaction(before, await readLaneCounters(opsPort));
  return { section, cell, result };
}

/** Profiles every process of the stage during one measurement, and prints where their time went. */
async function profiled(stage: Stage, cell: Cell, measure: () => Promise<Measurement>): Promise<Measurement> {
  const profilers = await Promise.all(
    Object.entries(stage.servers).map(async ([name, server]) => ({
      name,
      profiler: await connectProfiler(server.inspectorUrl ?? ''),
    })),
  );
  for (const { profiler } of profilers) await profiler.start();
  const measurement = await measure();
  for (const { name, profiler } of profilers) {
    const file = join(RESULTS, `${name}-${cell.players}.cpuprofile`);
    const summary = summarize(await profiler.stop(file), TOP_COUNT);
    process.stdout.write(profileTable(`${name}, ${describeCell(cell).join(', ')}`, summary));
    process.stdout.write(`  whole profile: ${relative(process.cwd(), file)}\n`);
  }
  return measurement;
}

function profileTable(title: string, { idleShare, functions, parts }: Summary): string {
  const rows = functions.map(({ where, share }, index) => [
    percent(parts[index]?.share ?? 0),
    parts[index]?.where ?? '',
    percent(share),
    where,
  ]);
  return `\n${title}: idle ${percent(idleShare)}; where the rest went, by part and by function\n${table(rows, 4)}`;
}

/** One line that is overwritten, on a terminal; a line each elsewhere. */
function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
  else if (text !== '') process.stderr.write(`${text}\n`);
}
