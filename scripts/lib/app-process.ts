import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { SetupError } from './main.ts';
import { nodeFlags } from './node-flags.ts';
import { rootDir } from './paths.ts';
import { describeExit, type Running, rememberPid, running } from './processes.ts';

export type AppName = 'wallet' | 'adapter' | 'jobs' | 'simulator';

/** Where it listens; `grpcPort` where its gRPC services are not on its main port. */
type Ports = { port: number; opsPort: number; grpcPort?: number };

export type App = Running & Ports;

const READY_TIMEOUT_MS = 120_000;
const LINES_SHOWN = 12;

/** Starts one of croupier's processes; resolves once it has said that it is ready. */
export async function startApp(options: {
  name: AppName;
  /** where its pid is remembered */
  dir: string;
  env: NodeJS.ProcessEnv;
  toFile: (chunk: Buffer) => void;
  toView: (line: string) => void;
}): Promise<App> {
  const { name, env } = options;
  const main = join(rootDir, 'src', name, 'main.ts');
  const child = spawn(process.execPath, [...process.execArgv, ...nodeFlags(name), main], {
    cwd: rootDir,
    env,
    // A session of its own: Ctrl-C reaches us alone, and we stop the processes in their order.
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const { stdout, stderr } = child;
  const app = await running(child);
  void app.exited.then(rememberPid(options.dir, name, app.pid, main));

  const last: string[] = [];
  let isReady = false;
  const ready = new Promise<Ports>((resolve) => {
    const take = (line: string): void => {
      if (isReady) {
        options.toView(line);
        return;
      }
      last.push(line);
      if (last.length > LINES_SHOWN) last.shift();
      const ports = readyPorts(line);
      if (ports === null) return;
      isReady = true;
      resolve(ports);
    };
    for (const stream of [stdout, stderr]) {
      stream.on('data', options.toFile);
      createInterface({ input: stream }).on('line', take);
    }
  });

  const timer = setTimeout(() => app.kill('SIGKILL'), READY_TIMEOUT_MS);
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()));
  try {
    const ports = await Promise.race([ready, closed]);
    if (ports === undefined) {
      throw new SetupError(
        `${name} ended before it was ready (${describeExit(await app.exited)}):\n${last.join('\n')}`,
      );
    }
    return { ...app, ...ports };
  } finally {
    clearTimeout(timer);
  }
}

function readyPorts(line: string): Ports | null {
  if (!line.includes('"msg":"ready"')) return null;
  const { port, opsPort, grpcPort } = JSON.parse(line) as Ports;
  return grpcPort === undefined ? { port, opsPort } : { port, opsPort, grpcPort };
}
