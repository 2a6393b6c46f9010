// `npm test [-- VITEST ARGUMENT…]`: all checks, then all tests, beside servers of their own.
import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runChecks } from './lib/checks.ts';
import { onStopSignal, runMain, typedCommand } from './lib/main.ts';
import { rootDir } from './lib/paths.ts';
import { type Running, running } from './lib/processes.ts';
import { ensurePrograms, type Servers } from './lib/servers.ts';
import { startTestServers } from './lib/test-servers.ts';

type Count = { passed: number; failed: number };

await runMain(async () => {
  let stopped = false;
  let vitest: Running | null = null;
  onStopSignal(
    (signal) => {
      stopped = true;
      vitest?.kill(signal);
    },
    () => vitest?.kill('SIGKILL'),
  );

  const checks = await runChecks();
  if (stopped) return 130;
  const command = typedCommand();
  // Tests that kill a server start one of their own, also where the others use one that was named.
  await ensurePrograms(['database', 'redis', 'browser', 'php'], process.env, command);
  const servers = await startTestServers(process.env, command);
  try {
    if (stopped) return 130;
    const tests = await runTests(servers, (started) => {
      vitest = started;
    });
    if (stopped) return 130;
    const passed = checks.passed + tests.passed;
    const failed = checks.failed + tests.failed;
    console.log(`\n${checks.passed + checks.failed} checks and ${tests.passed + tests.failed} tests:`);
    console.log(`${passed} passed, ${failed} failed`);
    return failed === 0 ? 0 : 1;
  } finally {
    await servers.stop();
  }
});

async function runTests(servers: Servers, onStart: (vitest: Running) => void): Promise<Count> {
  const dir = await mkdtemp(join(tmpdir(), 'croupier-results-'));
  const resultsFile = join(dir, 'results.json');
  try {
    const vitest = await running(
      spawn(
        process.execPath,
        [
          join(rootDir, 'node_modules', 'vitest', 'vitest.mjs'),
          'run',
          '--reporter=default',
          '--reporter=json',
          `--outputFile.json=${resultsFile}`,
          ...process.argv.slice(2),
        ],
        {
          cwd: rootDir,
          // Ctrl-C reaches us alone, and we pass it on once.
          detached: true,
          stdio: ['ignore', 'inherit', 'inherit'],
          env: { ...process.env, TEST_DATABASE_URL: servers.databaseUrl, TEST_REDIS_URL: servers.redisUrl },
        },
      ),
    );
    onStart(vitest);
    const exit = await vitest.exited;
    return await countResults(resultsFile, exit.code === 0);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

type Results = {
  numPassedTests: number;
  numFailedTests: number;
  testResults: { status: string; assertionResults: { status: string }[] }[];
};

/** A file that failed without a failed test (it did not load, or left something open) counts as one failure. */
async function countResults(file: string, succeeded: boolean): Promise<Count> {
  const text = await readFile(file, 'utf8').catch(() => null);
  if (text === null) return { passed: 0, failed: 1 };
  const results = JSON.parse(text) as Results;
  const failedFiles = results.testResults.filter(
    ({ status, assertionResults }) =>
      status === 'failed' && assertionResults.every((assertion) => assertion.status !== 'failed'),
  );
  const failed = results.numFailedTests + failedFiles.length;
  return { passed: results.numPassedTests, failed: succeeded ? failed : Math.max(failed, 1) };
}
