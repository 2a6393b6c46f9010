import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDatabaseServer } from '../../scripts/lib/database-server.ts';
import type { Running } from '../../scripts/lib/processes.ts';
import { findDatabaseProgram, findRedisProgram } from '../../scripts/lib/programs.ts';
import { startRedisServer } from '../../scripts/lib/redis-server.ts';
import { track } from './leaks.ts';

/** A server that a test may kill: it comes back on its port, with the data that it had on disk. */
export type PrivateServer = AsyncDisposable & {
  url: string;
  pid: () => number;
  /** kill -9; resolves once it is gone. */
  kill: () => Promise<void>;
  /** Starts it again after a kill; resolves once it answers. */
  restart: () => Promise<void>;
  /** Ends it and removes its data. */
  stop: () => Promise<void>;
};

type Server = Running & { url: string; port: number };

export async function startPrivateDatabase(): Promise<PrivateServer> {
  const program = findDatabaseProgram(process.env);
  if (program === null) throw new Error('this test needs mariadbd or mysqld on this machine');
  return privateServer('database server', (dir, port) =>
    startDatabaseServer({ program, dir, ...(port === undefined ? {} : { port }) }),
  );
}

export async function startPrivateRedis(): Promise<PrivateServer> {
  const program = findRedisProgram(process.env);
  if (program === null) throw new Error('this test needs redis-server or valkey-server on this machine');
  return privateServer('redis server', (dir, port) =>
    startRedisServer({ program, dir, ...(port === undefined ? {} : { port }) }),
  );
}

async function privateServer(
  what: string,
  start: (dir: string, port?: number) => Promise<Server>,
): Promise<PrivateServer> {
  const dir = await mkdtemp(join(tmpdir(), 'croupier-'));
  let server = await start(dir);
  const killWithUs = (): void => server.kill('SIGKILL');
  process.once('exit', killWithUs);
  const end = async (): Promise<void> => {
    process.off('exit', killWithUs);
    await server.stop();
    await rm(dir, { recursive: true, force: true });
  };
  const untrack = track(what, end);
  const stop = async (): Promise<void> => {
    untrack();
    await end();
  };
  return {
    url: server.url,
    pid: () => server.pid,
    kill: async () => {
      server.kill('SIGKILL');
      await server.exited;
    },
    restart: async () => {
      server = await start(dir, server.port);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
