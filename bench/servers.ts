import { type ChildProcess, fork, spawn } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, truncateSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { nodeFlags } from '../scripts/lib/node-flags.ts';

const READY_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 15_000;
const POLL_MS = 20;
const TRUNCATE_MS = 5_000;
const LOG_SHOWN_CHARS = 4_000;

export type ServerProcess = {
  pid: number;
  /** The fields of its "ready" line. */
  ready: { port: number; opsPort?: number; grpcPort?: number };
  /** Where its inspector listens, when started with `--inspect`. */
  inspectorUrl: string | null;
  stop: () => Promise<void>;
};

/**
 * Starts a process and waits for its "ready" line. What it logs goes to a file, as in production; the file is emptied
 * now and then, so that a long run fills no disk.
 */
export async function startServer(
  script: string,
  env: Record<string, string>,
  flags: string[] = [],
): Promise<ServerProcess> {
  const directory = mkdtempSync(join(tmpdir(), 'croupier-bench-'));
  const logFile = join(directory, 'log');
  const logFd = openSync(logFile, 'a');
  const child = spawn(process.execPath, [...nodeFlags(basename(dirname(script))), ...flags, script], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', logFd, logFd],
  });
  closeSync(logFd);
  const log = (): string => readFileSync(logFile, 'utf8');
  let truncation: NodeJS.Timeout | undefined;
  const stop = async (): Promise<void> => {
    clearInterval(truncation);
    const failed = (child.exitCode ?? 0) !== 0;
    await stopProcess(child);
    if (failed || truncation === undefined) {
      process.stderr.write(`${script} failed; the last of its log:\n${log().slice(-LOG_SHOWN_CHARS)}\n`);
    }
    rmSync(directory, { recursive: true, force: true });
  };

  const ready = await readyFields(child, log).catch(async (error: unknown) => {
    await stop();
    throw new Error(`${script}: ${String(error)}`);
  });
  const inspectorUrl = /ws:\/\/\S+/.exec(log())?.[0] ?? null;
  truncation = setInterval(() => truncateSync(logFile), TRUNCATE_MS).unref();
  return { pid: child.pid as number, ready, inspectorUrl, stop };
}

async function readyFields(child: ChildProcess, log: () => string): Promise<ServerProcess['ready']> {
  const giveUpMs = performance.now() + READY_TIMEOUT_MS;
  while (performance.now() < giveUpMs && !hasEnded(child)) {
    const line = log()
      .split('\n')
      .find((candidate) => candidate.includes('"msg":"ready"') && candidate.endsWith('}'));
    if (line !== undefined) return JSON.parse(line);
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error('not ready');
}

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

async function stopProcess(child: ChildProcess): Promise<void> {
  if (hasEnded(child)) return;
  const exited = once(child, 'exit');
  child.kill('SIGTERM');
  const force = setTimeout(() => child.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await exited;
  clearTimeout(force);
}

/** A process that gets a task as a message, one at a time, and answers each with what came of it. */
export type Generator<Task, Result> = {
  /** Rejects when the generator fails, or `signal` is aborted. */
  run: (task: Task, signal: AbortSignal) => Promise<Result>;
  stop: () => Promise<void>;
};

/** What a generator answers. */
export type Report<Result> = { result: Result } | { error: string };

export function startGenerator<Task extends object, Result>(script: string): Generator<Task, Result> {
  const child = fork(join(import.meta.dirname, script));
  const ended = exitOf(child);
  // Only a run that is under way cares.
  ended.catch(() => {});
  return {
    run: async (task, signal) => {
      signal.throwIfAborted();
      child.send(task);
      const [report] = (await Promise.race([once(child, 'message', { signal }), ended])) as [Report<Result>];
      if ('error' in report) throw new Error(report.error);
      return report.result;
    },
    stop: () => stopProcess(child),
  };
}

/** The other end, in the generator's process. */
export function serveTasks<Task, Result>(run: (task: Task) => Promise<Result>): void {
  const answer = async (task: Task): Promise<Report<Result>> => {
    try {
      return { result: await run(task) };
    } catch (error) {
      return { error: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
  };
  process.on('message', (task: Task) => void answer(task).then((report) => process.send?.(report)));
  process.on('disconnect', () => process.exit(0));
}

async function exitOf(child: ChildProcess): Promise<never> {
  const [code, signal] = await once(child, 'exit');
  throw new Error(`the generator ended (${code ?? signal})`);
}
