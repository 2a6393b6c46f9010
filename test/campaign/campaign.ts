import { randomBytes } from 'node:crypto';
import { parseArgs } from 'node:util';
import { disposeLeaks } from '../harness/leaks.ts';

/**
 * A longer run of a test's own parts, as a command: one option that says how much, progress on the way, a figure at the end, and
 * exit code 1 where something was wrong. scripts/with-servers.ts brings DATABASE_URL.
 */
export async function runCampaign(
  option: string,
  fallback: number,
  run: (count: number, progress: (text: string) => void) => Promise<string>,
): Promise<void> {
  const { values } = parseArgs({ options: { [option]: { type: 'string', default: String(fallback) } } });
  const count = Number(values[option]);
  if (!Number.isSafeInteger(count) || count < 1) {
    console.error(`--${option} must be a whole number from 1`);
    process.exit(1);
  }
  process.env.TEST_DATABASE_URL ??= process.env.DATABASE_URL;
  process.env.TEST_RUN_ID ??= randomBytes(4).toString('hex');
  const startedAtMs = Date.now();
  try {
    const figure = await run(count, progressLine(startedAtMs));
    console.log(`\n${figure}, in ${seconds(startedAtMs)} s: nothing wrong`);
  } catch (error) {
    console.error(`\n${error instanceof Error ? error.message : String(error)}`);
    process.exitCode = 1;
  } finally {
    await disposeLeaks();
  }
}

/** At most one line a second, over the last one on a terminal. */
function progressLine(startedAtMs: number): (text: string) => void {
  let lastAtMs = 0;
  return (text) => {
    const nowMs = Date.now();
    if (nowMs - lastAtMs < 1_000) return;
    lastAtMs = nowMs;
    const line = `${seconds(startedAtMs)} s: ${text}`;
    process.stdout.write(process.stdout.isTTY ? `\r\x1b[K${line}` : `${line}\n`);
  };
}

const seconds = (sinceMs: number): string => ((Date.now() - sinceMs) / 1_000).toFixed(0);
