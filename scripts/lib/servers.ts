import { step } from '../terminal.mjs';
import { startDatabaseServer } from './database-server.ts';
import { ensureDatabase, ensureRedis } from './external-servers.ts';
import { canFetchServers, fetchServer } from './fetch-servers.ts';
import { SetupError } from './main.ts';
import { missingServersMessage } from './missing-servers.ts';
import type { Running } from './processes.ts';
import {
  type BrowserProgram,
  type DatabaseProgram,
  findBrowserProgram,
  findDatabaseProgram,
  findPhpProgram,
  findRedisProgram,
  type PhpProgram,
  type RedisProgram,
} from './programs.ts';
import { startRedisServer } from './redis-server.ts';
import type { ProgramKind, ServerKind } from './unpacked.ts';

export type Servers = {
  databaseUrl: string;
  redisUrl: string;
  /** those that are ours, in the order in which they were started */
  started: readonly StartedServer[];
  stop: () => Promise<void>;
};

export type StartedServer = {
  name: ServerKind;
  running: Running;
  /** Brings it back where clients look for it, after it died. */
  restart: () => Promise<Running>;
};

export type ServerOptions = {
  /** where private servers keep their data */
  dir: string;
  /** DATABASE_URL and REDIS_URL name servers to be used as they are */
  env: NodeJS.ProcessEnv;
  /** what the user typed, for messages */
  command: string;
};

/** The database and the Redis that the environment names, and private ones for what it doesn't name. */
export async function startServers(options: ServerOptions): Promise<Servers> {
  const { env } = options;
  const started: StartedServer[] = [];
  const stop = async (): Promise<void> => {
    for (const server of started.toReversed()) await server.running.stop();
  };
  const privateKinds: ServerKind[] = [
    ...(env.DATABASE_URL ? [] : ['database' as const]),
    ...(env.REDIS_URL ? [] : ['redis' as const]),
  ];
  const programs = await ensurePrograms(privateKinds, env, options.command);
  try {
    const databaseUrl = programs.database
      ? await startDatabase(options, programs.database, started)
      : await ensureDatabase(env.DATABASE_URL ?? '');
    const redisUrl = programs.redis
      ? await startRedis(options, programs.redis, started)
      : await ensureRedis(env.REDIS_URL ?? '');
    return { databaseUrl, redisUrl, started, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

type Programs = {
  database: DatabaseProgram | null;
  redis: RedisProgram | null;
  browser: BrowserProgram | null;
  php: PhpProgram | null;
};

const find = (kinds: readonly ProgramKind[], env: NodeJS.ProcessEnv): Programs => ({
  database: kinds.includes('database') ? findDatabaseProgram(env) : null,
  redis: kinds.includes('redis') ? findRedisProgram(env) : null,
  browser: kinds.includes('browser') ? findBrowserProgram(env) : null,
  php: kinds.includes('php') ? findPhpProgram(env) : null,
});

/** The machine's own programs for `kinds`, else fetched once. Throws the one message that says what to run. */
export async function ensurePrograms(
  kinds: readonly ProgramKind[],
  env: NodeJS.ProcessEnv,
  command: string,
): Promise<Programs> {
  const found = find(kinds, env);
  const missing = kinds.filter((kind) => found[kind] === null);
  if (missing.length === 0) return found;
  if (!canFetchServers(env)) throw new SetupError(missingServersMessage(missing, command, null));
  for (const kind of missing) {
    await step(
      `this machine has no ${kind}${kind === 'database' || kind === 'redis' ? ' server' : ''}: packages into .data/servers, once`,
      () => fetchServer(kind, env),
    ).catch((error: Error) => {
      throw new SetupError(missingServersMessage(missing, command, error.message));
    });
  }
  const fetched = find(kinds, env);
  const unusable = kinds.filter((kind) => fetched[kind] === null);
  if (unusable.length > 0)
    throw new SetupError(missingServersMessage(unusable, command, 'what was fetched does not run here'));
  return fetched;
}

async function startDatabase(
  options: ServerOptions,
  program: DatabaseProgram,
  started: StartedServer[],
): Promise<string> {
  const { dir } = options;
  const server = await step(
    `database: ${program.vendor} ${program.version}`,
    () => startDatabaseServer({ program, dir }),
    ({ port }) => `database: private ${program.vendor} ${program.version} on 127.0.0.1:${port}`,
  );
  const restart = () => startDatabaseServer({ program, dir, port: server.port });
  started.push({ name: 'database', running: server, restart });
  return server.url;
}

async function startRedis(options: ServerOptions, program: RedisProgram, started: StartedServer[]): Promise<string> {
  const { dir } = options;
  const server = await step(
    `redis: ${program.version}`,
    () => startRedisServer({ program, dir }),
    ({ port }) => `redis: private ${program.version} on 127.0.0.1:${port}`,
  );
  const restart = () => startRedisServer({ program, dir, port: server.port });
  started.push({ name: 'redis', running: server, restart });
  return server.url;
}
