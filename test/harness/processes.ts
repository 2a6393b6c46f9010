import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { rootDir } from '../../scripts/lib/paths.ts';
import { describeExit, type Exit, running } from '../../scripts/lib/processes.ts';
import { track } from './leaks.ts';

export type LogLine = Record<string, unknown>;

export type TestProcess = AsyncDisposable & {
  name: string;
  pid: number;
  /** its main port */
  port: number;
  opsPort: number;
  /** where its gRPC services are: of jobs, whose main port is the dashboard's, another one */
  grpcPort: number;
  /** `127.0.0.1:port`, as WALLET_URLS wants it */
  address: string;
  /** `http://127.0.0.1:port` */
  url: string;
  /** `http://127.0.0.1:opsPort` */
  opsUrl: string;
  /** its log so far (the last 20,000 lines) */
  logs: () => readonly LogLine[];
  /** what it printed that is not a log line, such as a crash's stack */
  output: () => string;
  /** The first log line, past or to come, that `matches`; rejects where the process ends before there is one. */
  waitForLog: (matches: (line: LogLine) => boolean) => Promise<LogLine>;
  /** Sends the signal (SIGKILL without one); resolves once the process is gone, for SIGSTOP and SIGCONT at once. */
  kill: (signal?: NodeJS.Signals) => Promise<void>;
  /** SIGTERM; resolves once it has drained and exited, rejects where it did not exit with 0. */
  stop: () => Promise<void>;
};

export type StartOptions = { env?: Record<string, string> };

/** The real wallet, on free ports. Needs DATABASE_URL in `env`. Demo data only where `env` sets CROUPIER_DEMO to 1. */
export function startWallet(options: StartOptions): Promise<TestProcess> {
  return startProcess('wallet', { WALLET_PORT: '0', WALLET_OPS_PORT: '0' }, options);
}

/**
 * The real adapter, on free ports. Needs WALLET_URLS in `env`. Without a SPOOL_DIR there it gets one of its own, removed when it ends;
 * without a REDIS_URL it finds none.
 */
export async function startAdapter(options: StartOptions): Promise<TestProcess> {
  const preset = { ADAPTER_PORT: '0', ADAPTER_OPS_PORT: '0', REDIS_URL: 'redis://127.0.0.1:1' };
  if (options.env?.SPOOL_DIR !== undefined) return startProcess('adapter', preset, options);
  const spoolDir = await mkdtemp(join(tmpdir(), 'croupier-spool-'));
  const removeSpool = (): void => rmSync(spoolDir, { recursive: true, force: true });
  return startProcess('adapter', { ...preset, SPOOL_DIR: spoolDir }, options, removeSpool);
}

/** The real jobs process, on free ports. Needs WALLET_URLS, REDIS_URL and DATABASE_URL in `env`. */
export function startJobs(options: StartOptions): Promise<TestProcess> {
  return startProcess('jobs', { OPS_PORT: '0', JOBS_PORT: '0' }, options);
}

/** The simulators of the providers' servers, on a free port; they play nothing by themselves. SIMULATOR_ADAPTER_URL in `env` says whom they notify. */
export function startSimulator(options: StartOptions): Promise<TestProcess> {
  // What is tried is seldom whether a busy machine answers in 50 ms.
  const patient = { SIMULATOR_SPINS_PER_MINUTE: '0', SIMULATOR_NOTIFY_TIMEOUT_MS: '10000' };
  return startProcess('simulator', { SIMULATOR_PORT: '0', ...patient }, options);
}

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 20_000;
const KEPT_LINES = 20_000;

/** Nothing of the developer's own environment reaches a process under test. */
const BASE_ENV = {
  PATH: process.env.PATH ?? '',
  NODE_ENV: 'test',
  LOG_LEVEL: 'info',
  CROUPIER_DEMO: '0',
  SECRETS_KEY: '000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f',
};

async function startProcess(
  name: string,
  preset: Record<string, string>,
  options: StartOptions,
  onExit: () => void = () => undefined,
): Promise<TestProcess> {
  const child = spawn(process.execPath, [join(rootDir, 'src', name, 'main.ts')], {
    cwd: rootDir,
    env: { ...BASE_ENV, ...preset, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const log = collectLog(name, child.stdout, child.stderr);
  const proc = await running(child);
  const killWithUs = (): void => {
    proc.kill('SIGKILL');
    onExit();
  };
  process.once('exit', killWithUs);
  const untrack = track(`${name} process ${proc.pid}`, async () => void (await proc.stop(STOP_TIMEOUT_MS)));
  void proc.exited.then(() => {
    process.off('exit', killWithUs);
    onExit();
    untrack();
  });
  child.once('close', (code, signal) => log.end({ code, signal }));

  const timer = setTimeout(() => proc.kill('SIGKILL'), READY_TIMEOUT_MS);
  const ready = await log.waitFor((line) => line.msg === 'ready').finally(() => clearTimeout(timer));
  const port = Number(ready.port);
  const opsPort = Number(ready.opsPort);
  const stop = async (): Promise<void> => {
    const exit = await proc.stop(STOP_TIMEOUT_MS);
    if (exit.code !== 0) throw new Error(`${name} did not stop cleanly: ${describeExit(exit)}\n${log.tail()}`);
  };
  return {
    name,
    pid: proc.pid,
    port,
    opsPort,
    grpcPort: Number(ready.grpcPort ?? port),
    address: `127.0.0.1:${port}`,
    url: `http://127.0.0.1:${port}`,
    opsUrl: `http://127.0.0.1:${opsPort}`,
    logs: () => log.lines,
    output: () => log.other.join('\n'),
    waitForLog: log.waitFor,
    kill: async (signal = 'SIGKILL') => {
      proc.kill(signal);
      if (signal !== 'SIGSTOP' && signal !== 'SIGCONT') await proc.exited;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

type Waiter = { matches: (line: LogLine) => boolean; resolve: (line: LogLine) => void; reject: (error: Error) => void };

function collectLog(name: string, stdout: NodeJS.ReadableStream, stderr: NodeJS.ReadableStream) {
  const lines: LogLine[] = [];
  const other: string[] = [];
  const waiters = new Set<Waiter>();
  let ended: Exit | null = null;

  const take = (text: string): void => {
    const line = parseLine(text);
    if (line === null) {
      keep(other, text);
      return;
    }
    keep(lines, line);
    for (const waiter of waiters) {
      if (!waiter.matches(line)) continue;
      waiters.delete(waiter);
      waiter.resolve(line);
    }
  };
  createInterface({ input: stdout }).on('line', take);
  createInterface({ input: stderr }).on('line', take);

  const tail = (): string => [...lines.slice(-10).map((line) => JSON.stringify(line)), ...other.slice(-20)].join('\n');
  const endedError = (exit: Exit): Error => new Error(`${name} ended (${describeExit(exit)})\n${tail()}`);
  return {
    lines,
    other,
    tail,
    end: (exit: Exit): void => {
      ended = exit;
      for (const waiter of waiters) waiter.reject(endedError(exit));
      waiters.clear();
    },
    waitFor: (matches: (line: LogLine) => boolean): Promise<LogLine> => {
      const known = lines.find(matches);
      if (known !== undefined) return Promise.resolve(known);
      if (ended !== null) return Promise.reject(endedError(ended));
      return new Promise((resolve, reject) => waiters.add({ matches, resolve, reject }));
    },
  };
}

function parseLine(text: string): LogLine | null {
  if (!text.startsWith('{')) return null;
  try {
    return JSON.parse(text) as LogLine;
  } catch {
    return null;
  }
}

function keep<T>(kept: T[], item: T): void {
  kept.push(item);
  if (kept.length > KEPT_LINES) kept.shift();
}
