import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { adapterConfig } from '../../src/adapter/config.ts';
import { readConfig } from '../../src/common/config.ts';
import { jobsConfig } from '../../src/jobs/config.ts';
import { simulatorConfig } from '../../src/simulator/config.ts';
import { walletConfig } from '../../src/wallet/config.ts';
import { SetupError } from './main.ts';
import { hasSimulators } from './paths.ts';
import { isPortFree } from './ports.ts';
import { isOurs } from './processes.ts';

/** One `npm start` a folder: they would share data. Returns what gives the folder free again. */
export function claim(dir: string): () => void {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const file = join(dir, 'start.pid');
  const pid = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  if (pid > 0 && pid !== process.pid && isOurs(pid, 'start.ts')) {
    throw new SetupError(
      `croupier is running already on ${dir} (process ${pid}). Stop that one with Ctrl-C, or: kill ${pid}`,
    );
  }
  writeFileSync(file, String(process.pid));
  return () => rmSync(file, { force: true });
}

/** Fails where a port that a process is to listen on is taken, and says which variable chooses another. */
export async function checkPorts(env: NodeJS.ProcessEnv): Promise<void> {
  const { OPS_HOST, OPS_PORT, JOBS_HOST, JOBS_PORT } = jobsConfig;
  const { ADAPTER_HOST, ADAPTER_PORT, ADAPTER_OPS_PORT } = adapterConfig;
  const { WALLET_HOST, WALLET_PORT, WALLET_OPS_PORT } = walletConfig;
  const { SIMULATOR_HOST, SIMULATOR_PORT } = simulatorConfig;
  const config = readConfig(
    {
      ...{ ADAPTER_HOST, ADAPTER_PORT, ADAPTER_OPS_PORT, WALLET_HOST, WALLET_PORT, WALLET_OPS_PORT },
      ...{ OPS_HOST, OPS_PORT, JOBS_HOST, JOBS_PORT, SIMULATOR_HOST, SIMULATOR_PORT },
    },
    env,
  );
  const simulator = { variable: 'SIMULATOR_PORT', port: config.SIMULATOR_PORT, host: config.SIMULATOR_HOST };
  const wanted = [
    { variable: 'ADAPTER_PORT', port: config.ADAPTER_PORT, host: config.ADAPTER_HOST },
    { variable: 'ADAPTER_OPS_PORT', port: config.ADAPTER_OPS_PORT, host: config.OPS_HOST },
    { variable: 'WALLET_PORT', port: config.WALLET_PORT, host: config.WALLET_HOST },
    { variable: 'WALLET_OPS_PORT', port: config.WALLET_OPS_PORT, host: config.OPS_HOST },
    { variable: 'OPS_PORT', port: config.OPS_PORT, host: config.OPS_HOST },
    { variable: 'JOBS_PORT', port: config.JOBS_PORT, host: config.JOBS_HOST },
    ...(hasSimulators(env) ? [simulator] : []),
  ];
  const free = await Promise.all(wanted.map(({ port, host }) => isPortFree(port, host)));
  const taken = wanted.filter((_, index) => !free[index]);
  if (taken.length === 0) return;
  const others = taken.map(({ variable, port }) => `${variable}=${port + 100}`).join(' ');
  throw new SetupError(
    [
      ...taken.map(({ variable, port, host }) => `Port ${port} on ${host} (${variable}) is taken by another program.`),
      `Stop what listens there, or choose others: ${others} npm start`,
    ].join('\n'),
  );
}

/** A key for this folder's database, made once. In production there is none but the one that is configured. */
export function secretsKey(dir: string, env: NodeJS.ProcessEnv): string | undefined {
  const file = join(dir, 'secrets-key');
  if (env.SECRETS_KEY || env.NODE_ENV === 'production') {
    if (!env.DATABASE_URL && existsSync(file)) checkKey(env, readFileSync(file, 'utf8'), dir);
    return env.SECRETS_KEY;
  }
  if (!existsSync(file)) writeFileSync(file, randomBytes(32).toString('base64'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

/** The private database's secrets were sealed with the key beside it: another one, from .env for instance, can't read them. */
function checkKey(env: NodeJS.ProcessEnv, ownKey: string, dir: string): void {
  if (env.SECRETS_KEY === ownKey || env.SECRETS_KEY_PREVIOUS === ownKey) return;
  throw new SetupError(
    `SECRETS_KEY (of .env or the environment) is not the key that the data in ${dir} were made with. Either leave it out (blank in .env),\n` +
      `or set SECRETS_KEY_PREVIOUS to what ${join(dir, 'secrets-key')} holds, or delete ${dir} to begin anew.`,
  );
}

/** Where the running processes are, for `npx croupier` and for people. Returns what removes it again. */
export function writeEnvFile(dir: string, values: Record<string, string>): () => void {
  const file = join(dir, 'env');
  const lines = Object.entries(values).map(([name, value]) => `${name}='${value}'\n`);
  writeFileSync(file, lines.join(''), { mode: 0o600 });
  return () => rmSync(file, { force: true });
}
