import { spawn } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';

export type Run = { code: number | null; stdout: string; stderr: string };

/** Runs the real command line as a process of its own, with this environment and nothing of the developer's. */
export type Croupier = {
  run: (...args: string[]) => Promise<Run>;
  /** As `run` with --json; fails where it fails, and gives what it printed. */
  json: <T = Record<string, unknown>>(...args: string[]) => Promise<T>;
};

// Many short processes of the same program: half of each is compiling it.
const COMPILE_CACHE = join(tmpdir(), 'croupier-test-compile-cache');
const MAIN = join(import.meta.dirname, '..', '..', 'src', 'cli', 'main.ts');

export function croupier(env: Record<string, string>): Croupier {
  const run = (...args: string[]): Promise<Run> => start(env, args);
  return {
    run,
    json: async <T>(...args: string[]): Promise<T> => {
      const { code, stdout, stderr } = await run(...args, '--json');
      if (code !== 0) {
        throw new Error(`croupier ${args.join(' ')} exited with ${code}: ${stderr}`);
      }
      return JSON.parse(stdout) as T;
    },
  };
}

async function start(env: Record<string, string>, args: string[]): Promise<Run> {
  const child = spawn(process.execPath, [MAIN, ...args], {
    cwd: tmpdir(),
    env: { PATH: process.env.PATH ?? '', NODE_COMPILE_CACHE: COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exited = new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code) => resolve(code));
  });
  const [code, stdout, stderr] = await Promise.all([exited, text(child.stdout), text(child.stderr)]);
  return { code, stdout, stderr };
}
