// node scripts/with-servers.ts -- COMMAND ARG…
// Runs COMMAND beside a database and a Redis of its own, which are gone afterwards: DATABASE_URL and REDIS_URL say where.
import { spawn } from 'node:child_process';
import { onStopSignal, runMain, SetupError, typedCommand } from './lib/main.ts';
import { rootDir } from './lib/paths.ts';
import { running } from './lib/processes.ts';
import { startTestServers } from './lib/test-servers.ts';

await runMain(async () => {
  const [command, ...args] = process.argv.slice(process.argv.indexOf('--') + 1);
  if (command === undefined || !process.argv.includes('--')) {
    throw new SetupError('usage: node scripts/with-servers.ts -- COMMAND ARG…');
  }
  let stopSignal: NodeJS.Signals | null = null;
  let onStop = (signal: NodeJS.Signals): void => {
    stopSignal = signal;
  };
  let onForce = (): void => process.exit(1);
  onStopSignal(
    (signal) => onStop(signal),
    () => onForce(),
  );

  const servers = await startTestServers(process.env, typedCommand());
  try {
    if (stopSignal !== null) return 130;
    const child = await running(
      spawn(command, args, {
        cwd: rootDir,
        // Ctrl-C reaches us alone, and we pass it on once.
        detached: true,
        stdio: 'inherit',
        env: { ...process.env, DATABASE_URL: servers.databaseUrl, REDIS_URL: servers.redisUrl },
      }),
    );
    onStop = (signal) => child.kill(signal);
    onForce = () => child.kill('SIGKILL');
    const exit = await child.exited;
    return exit.code ?? (exit.signal === 'SIGINT' ? 130 : 1);
  } finally {
    await servers.stop();
  }
});
