import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { rootDir } from './paths.ts';

/** Something that the user can mend: shown as its message alone. */
export class SetupError extends Error {}

/** Runs a script's main function: `.env` is read when present, a failure is shown and makes the exit code 1. */
export async function runMain(main: () => Promise<number>): Promise<void> {
  const envFile = join(rootDir, '.env');
  if (existsSync(envFile)) process.loadEnvFile(envFile);
  try {
    process.exitCode = await main();
  } catch (error) {
    console.error(error instanceof SetupError ? `\n${error.message}` : error);
    process.exitCode = 1;
  }
}

/** What the user typed, as far as npm tells. */
export function typedCommand(): string {
  const script = process.env.npm_lifecycle_event;
  if (script === undefined) return `node ${process.argv.slice(1).join(' ')}`;
  return ['start', 'test'].includes(script) ? `npm ${script}` : `npm run ${script}`;
}

/**
 * Calls `first` on the first SIGINT, SIGTERM or SIGHUP and `second` on a later one. npm and the terminal both deliver one
 * Ctrl-C, so what comes within a second of the first is the same.
 */
export function onStopSignal(first: (signal: NodeJS.Signals) => void, second: (signal: NodeJS.Signals) => void): void {
  let firstAtMs: number | null = null;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
    process.on(signal, () => {
      if (firstAtMs === null) {
        firstAtMs = performance.now();
        first(signal);
      } else if (performance.now() - firstAtMs > 1_000) {
        second(signal);
      }
    });
  }
}
