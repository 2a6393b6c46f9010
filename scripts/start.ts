// `npm start`: database, Redis and croupier's processes on this machine, until Ctrl-C.
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type App, type AppName, startApp } from './lib/app-process.ts';
import { type CurlLine, curlLines, stargameLines } from './lib/curl-lines.ts';
import { checkPorts, claim, secretsKey, writeEnvFile } from './lib/instance.ts';
import { createLogView, openLogFile } from './lib/log-view.ts';
import { onStopSignal, runMain, typedCommand } from './lib/main.ts';
import { hasSimulators, instanceDir } from './lib/paths.ts';
import { type Running, stopOrphans } from './lib/processes.ts';
import { type Servers, startServers } from './lib/servers.ts';
import { demoLobby, demoPace, planDemo, platformTries, stargameTries } from './lib/simulator.ts';
import { keepRunning, type Supervised } from './lib/supervisor.ts';
import { type Apps, welcome } from './lib/welcome.ts';
import { step } from './terminal.mjs';

await runMain(async () => {
  const dir = instanceDir(process.env);
  const release = claim(dir);
  /** What runs, in the order in which it was started; it is stopped in the opposite order. */
  const supervised: Supervised[] = [];
  const { promise: ended, resolve: end } = Promise.withResolvers<number>();
  onStopSignal(
    () => end(0),
    () => {
      for (const { kill } of supervised) kill('SIGKILL');
      process.exit(1);
    },
  );
  let exitCode = 1;
  // Whoever read what we print is gone, as with `npm start | head`.
  process.stdout.on('error', () => end(1));
  try {
    await Promise.race([startAll(dir, supervised, end), ended]);
    exitCode = await ended;
  } finally {
    if (supervised.length > 0) console.log('\nstopping (Ctrl-C again: at once)');
    for (const { stop } of supervised.toReversed()) await stop();
    // What was on its way up when the stop came is in nobody's list yet.
    await stopOrphans(dir);
    release();
  }
  process.exit(exitCode);
});

async function startAll(dir: string, supervised: Supervised[], end: (exitCode: number) => void): Promise<void> {
  await stopOrphans(dir);
  await checkPorts(process.env);
  mkdirSync(join(dir, 'logs'), { recursive: true, mode: 0o700 });

  const keep: Keep = (name, running, start) => {
    const giveUp = (reason: string): void => {
      console.error(`\n${reason}: see ${dir}`);
      end(1);
    };
    supervised.push(keepRunning({ name, running, start, say: (line) => console.log(`         ${line}`), giveUp }));
  };

  const servers = await startServers({ dir, env: process.env, command: typedCommand() });
  for (const { name, running, restart } of servers.started) keep(name, running, restart);

  const startOne = appStarter(dir, servers);
  const wallet = await step(
    'wallet',
    () => startOne('wallet', {}),
    ({ port }) => `wallet: gRPC on port ${port}`,
  );
  const walletUrls = process.env.WALLET_URLS || `127.0.0.1:${wallet.port}`;
  const toWallet = { WALLET_URLS: walletUrls };
  // Once it listens somewhere it is to come back there, also where any free port would have done at first.
  keep('wallet', wallet, () =>
    startOne('wallet', { WALLET_PORT: String(wallet.port), WALLET_OPS_PORT: String(wallet.opsPort) }),
  );

  const plan = await planDemo(process.env, hasSimulators(process.env));
  const { simulatorPort } = plan;
  const toAdapter = { ...toWallet, ...(hasDemo() ? demoLobby(process.env, plan) : {}) };
  const adapter = await step(
    'adapter',
    () => startOne('adapter', toAdapter),
    ({ port }) => `adapter: HTTP on port ${port}`,
  );
  keep('adapter', adapter, () =>
    startOne('adapter', {
      ...toAdapter,
      ADAPTER_PORT: String(adapter.port),
      ADAPTER_OPS_PORT: String(adapter.opsPort),
    }),
  );
  // After the others: its dashboard watches them where they are.
  const watched = `adapter=http://127.0.0.1:${adapter.opsPort},wallet=http://127.0.0.1:${wallet.opsPort}`;
  const simulator = simulatorPort === null ? null : await startSimulator(startOne, keep, adapter, simulatorPort);
  const toAll = {
    ...toWallet,
    OPS_TARGETS: process.env.OPS_TARGETS || watched,
    JOBS_PORT: String(plan.jobsPort),
    ...(simulatorPort === null ? {} : demoPace(process.env, adapterUrl(adapter), simulatorPort)),
  };
  const jobs = await step(
    'jobs',
    () => startOne('jobs', toAll),
    ({ port, grpcPort }) => `jobs: dashboard on port ${port}, gRPC on port ${grpcPort}`,
  );
  keep('jobs', jobs, () =>
    startOne('jobs', { ...toAll, OPS_PORT: String(jobs.port), JOBS_PORT: String(jobs.grpcPort) }),
  );

  const removeEnvFile = writeEnvFile(dir, {
    DATABASE_URL: servers.databaseUrl,
    REDIS_URL: servers.redisUrl,
    WALLET_URLS: walletUrls,
    JOBS_URL: process.env.JOBS_URL || `127.0.0.1:${jobs.grpcPort}`,
    ...(hasDemo()
      ? { LOBBY_SECRET: plan.lobbySecret, LOBBY_URL: process.env.LOBBY_URL || `${adapterUrl(adapter)}/lobby` }
      : {}),
  });
  process.once('exit', removeEnvFile);
  greet(dir, { wallet, adapter, jobs, simulator });
}

type Starter = (name: AppName, env: Record<string, string>) => Promise<App>;
type Keep = (name: string, running: Running, start: () => Promise<Running>) => void;

/** The providers' side: it notifies our adapter, and our jobs call it. */
async function startSimulator(startOne: Starter, keep: Keep, adapter: App, port: number): Promise<App> {
  const env = {
    SIMULATOR_ADAPTER_URL: process.env.SIMULATOR_ADAPTER_URL || adapterUrl(adapter),
    SIMULATOR_PORT: String(port),
  };
  const simulator = await step(
    'simulator',
    () => startOne('simulator', env),
    ({ port }) => `simulator: HTTP on port ${port}`,
  );
  keep('simulator', simulator, () => startOne('simulator', env));
  return simulator;
}

function hasDemo(): boolean {
  return process.env.CROUPIER_DEMO !== '0' && process.env.NODE_ENV !== 'production';
}

function adapterUrl(adapter: App): string {
  return `${process.env.ADAPTER_TLS_CERT ? 'https' : 'http'}://127.0.0.1:${adapter.port}`;
}

function appStarter(dir: string, servers: Servers): Starter {
  const key = secretsKey(dir, process.env);
  const output = (name: AppName) => ({
    toFile: openLogFile(join(dir, 'logs', `${name}.log`)),
    toView: createLogView(name, console.log),
  });
  const outputs = {
    wallet: output('wallet'),
    adapter: output('adapter'),
    jobs: output('jobs'),
    simulator: output('simulator'),
  };
  return (name, env) =>
    startApp({
      name,
      dir,
      env: {
        ...process.env,
        DATABASE_URL: servers.databaseUrl,
        REDIS_URL: servers.redisUrl,
        SPOOL_DIR: process.env.SPOOL_DIR || join(dir, 'spool'),
        ...(key === undefined ? {} : { SECRETS_KEY: key }),
        ...env,
      },
      ...outputs[name],
    });
}

function greet(dir: string, apps: Apps): void {
  const url = adapterUrl(apps.adapter);
  const opsUrl = `${process.env.OPS_TLS_CERT ? 'https' : 'http'}://127.0.0.1:${apps.jobs.port}`;
  const opsLogin = hasDemo() && !process.env.OPS_USERS ? { user: 'ops', password: 'croupier' } : null;
  const now = new Date();
  const lines = hasDemo()
    ? new Map([
        ['PLATFORM', curlLines(url, now)],
        ['StarGame', stargameLines(url, now)],
      ])
    : new Map<string, CurlLine[]>();
  if (hasDemo() && apps.simulator !== null) {
    lines.set("PLATFORM's server, simulated", platformTries(apps.simulator.port, process.env));
    lines.set("StarGame's game server, simulated", stargameTries(apps.simulator.port, process.env));
  }
  const script = join(dir, 'try.sh');
  const tries = [...lines.values()]
    .flat()
    .map(({ title, line }) => `echo '# ${title.replaceAll("'", "'\\''")}'\n${line}\n`);
  writeFileSync(script, tries.join(''));
  console.log(welcome({ dir, adapterUrl: url, apps, opsUrl, opsLogin, lines }));
}
