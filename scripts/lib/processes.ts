import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { join } from 'node:path';

export type Exit = { code: number | null; signal: NodeJS.Signals | null };

export function describeExit(exit: Exit): string {
  return exit.signal === null ? `exit code ${exit.code}` : `killed by ${exit.signal}`;
}

export type Running = {
  pid: number;
  exited: Promise<Exit>;
  isRunning: () => boolean;
  kill: (signal: NodeJS.Signals) => void;
  /** SIGTERM, then SIGKILL where it isn't gone after `timeoutMs`; resolves once it is gone. */
  stop: (timeoutMs?: number) => Promise<Exit>;
};

/** A server that writes to `logFile`, in a session of its own: Ctrl-C reaches us, and we stop it in our order. */
export async function startServer(options: {
  command: string;
  args: readonly string[];
  env: NodeJS.ProcessEnv;
  cwd: string;
  logFile: string;
}): Promise<Running> {
  const log = await open(options.logFile, 'a', 0o600);
  try {
    const child = spawn(options.command, options.args, {
      cwd: options.cwd,
      env: options.env,
      detached: true,
      stdio: ['ignore', log.fd, log.fd],
    });
    return await running(child);
  } finally {
    await log.close();
  }
}

/** Resolves once the child has a pid; rejects where the program can't be run at all. */
export async function running(child: ChildProcess): Promise<Running> {
  const exited = new Promise<Exit>((resolve) => {
    child.once('exit', (code, signal) => resolve({ code, signal }));
  });
  await new Promise<void>((resolve, reject) => {
    child.once('error', reject);
    child.once('spawn', () => resolve());
  });
  const isRunning = () => child.exitCode === null && child.signalCode === null;
  return {
    pid: child.pid as number,
    exited,
    isRunning,
    kill: (signal) => void child.kill(signal),
    stop: async (timeoutMs = 20_000) => {
      if (isRunning()) child.kill('SIGTERM');
      const timer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
      try {
        return await exited;
      } finally {
        clearTimeout(timer);
      }
    },
  };
}

/** Is this process alive, and is it still the one that we mean? Pids are used again: its command line has to name `marker`. */
export function isOurs(pid: number, marker: string): boolean {
  if (!isAlive(pid)) return false;
  const commandLine = existsSync('/proc/self/cmdline')
    ? readCommandLine(pid)
    : spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' }).stdout;
  return commandLine.includes(marker);
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

function readCommandLine(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ');
  } catch {
    return '';
  }
}

/** Remembers what was started in `dir`, so that a later run finds what a crashed one left behind. */
export function rememberPid(dir: string, name: string, pid: number, marker: string): () => void {
  const file = join(dir, 'pids', name);
  mkdirSync(join(dir, 'pids'), { recursive: true });
  writeFileSync(file, JSON.stringify({ pid, marker }));
  return () => rmSync(file, { force: true });
}

/** Ends what an earlier run in `dir` left running because it was killed itself. Returns the names. */
export async function stopOrphans(dir: string): Promise<string[]> {
  const pidsDir = join(dir, 'pids');
  const names = existsSync(pidsDir) ? readdirSync(pidsDir) : [];
  const stopped: string[] = [];
  for (const name of names) {
    const { pid, marker } = JSON.parse(readFileSync(join(pidsDir, name), 'utf8')) as { pid: number; marker: string };
    if (isOurs(pid, marker)) {
      await endForeign(pid, marker);
      stopped.push(name);
    }
    rmSync(join(pidsDir, name), { force: true });
  }
  return stopped;
}

/** Not our child, so there is no exit event to wait for: asks until it is gone. */
async function endForeign(pid: number, marker: string): Promise<void> {
  process.kill(pid, 'SIGTERM');
  for (let waitedMs = 0; isOurs(pid, marker); waitedMs += 50) {
    if (waitedMs === 15_000) process.kill(pid, 'SIGKILL');
    if (waitedMs > 20_000) throw new Error(`process ${pid} of an earlier run does not end`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
