import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { rootDir } from '../../scripts/lib/paths.ts';
import { type Running, running } from '../../scripts/lib/processes.ts';

export type Croupier = Running & {
  /** Resolves with all it printed once `text` is in it. */
  said: (text: string) => Promise<string>;
};

const ANY_PORT = {
  ADAPTER_PORT: '0',
  ADAPTER_OPS_PORT: '0',
  WALLET_PORT: '0',
  WALLET_OPS_PORT: '0',
  OPS_PORT: '0',
  JOBS_PORT: '0',
  SIMULATOR_PORT: '0',
};

/** `npm start`, less npm: its own data folder, free ports, and none of the developer's settings. */
export async function startCroupier(dir: string, env: Record<string, string> = {}): Promise<Croupier> {
  const child = spawn(process.execPath, [join(rootDir, 'scripts', 'start.ts')], {
    cwd: rootDir,
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      DATABASE_URL: '',
      REDIS_URL: '',
      CROUPIER_DEMO: '1',
      // What is tried here is whether it works, on a machine that may be busy.
      STARGAME_BUDGET_MS: '10000',
      ...ANY_PORT,
      CROUPIER_DATA_DIR: dir,
      ...env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  const waiting = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      output += `${line}\n`;
      for (const look of waiting) look();
    });
  }
  const proc = await running(child);
  return {
    ...proc,
    said: (text) =>
      new Promise((resolve, reject) => {
        const look = (): void => {
          if (!output.includes(text)) return;
          waiting.delete(look);
          resolve(output);
        };
        waiting.add(look);
        look();
        child.once('close', () => reject(new Error(`it ended without saying "${text}":\n${output}`)));
      }),
  };
}

export type Curl = { url: string; headers: Record<string, string>; body: string | null };

/** The printed lines, taken apart as a shell would. */
export function curlLines(text: string): Curl[] {
  const lines = text.split('\n').filter((line) => line.startsWith('curl '));
  return lines.map((line) => {
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map((match) => match[1] ?? match[2] ?? '');
    const after = (option: string) => words.filter((_, index) => words[index - 1] === option);
    const headers = after('-H').map((header) => header.split(': ', 2) as [string, string]);
    return {
      url: words.find((word) => word.startsWith('http')) ?? '',
      headers: Object.fromEntries(headers),
      body: after('-d')[0] ?? null,
    };
  });
}
