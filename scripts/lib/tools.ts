import { spawn } from 'node:child_process';
import { delimiter, join } from 'node:path';
import { rootDir } from './paths.ts';

const binDir = join(rootDir, 'node_modules', '.bin');

/** Runs a command of the npm packages; its output is kept and given back. */
export function runTool(name: string, args: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(binDir, name), args, {
      cwd: rootDir,
      // buf looks for its plugins on PATH.
      env: { ...process.env, PATH: [binDir, process.env.PATH].join(delimiter) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('error', reject);
    child.once('close', (code) => resolve({ code: code ?? 1, output: Buffer.concat(chunks).toString('utf8').trim() }));
  });
}
