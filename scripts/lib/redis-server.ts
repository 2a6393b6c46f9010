import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Redis } from 'ioredis';
import { SetupError } from './main.ts';
import { freePort } from './ports.ts';
import { type Running, rememberPid, startServer } from './processes.ts';
import type { RedisProgram } from './programs.ts';

export type RedisServer = Running & {
  /** redis://:password@127.0.0.1:port */
  url: string;
  port: number;
};

const READY_TIMEOUT_MS = 30_000;

/** A private server on 127.0.0.1, its data in `dir`/redis: append-only file, and it never evicts a key. */
export async function startRedisServer(options: {
  program: RedisProgram;
  dir: string;
  /** for coming back where clients look for it; any free one without */
  port?: number;
}): Promise<RedisServer> {
  const { program, dir } = options;
  const redisDir = join(dir, 'redis');
  mkdirSync(redisDir, { recursive: true, mode: 0o700 });
  const password = passwordOf(dir);
  const port = options.port ?? (await freePort());
  const configFile = join(dir, 'redis.conf');
  const logFile = join(dir, 'redis.log');
  writeFileSync(configFile, config(redisDir, port, password), { mode: 0o600 });
  const server = await startServer({
    command: program.path,
    args: [configFile],
    env: program.env,
    cwd: dir,
    logFile,
  });
  // Redis rewrites its command line to "redis-server 127.0.0.1:port".
  const forget = rememberPid(dir, 'redis', server.pid, `127.0.0.1:${port}`);
  void server.exited.then(forget);
  const url = `redis://:${password}@127.0.0.1:${port}`;
  try {
    await untilReady(url, server, logFile);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { ...server, url, port };
}

function config(redisDir: string, port: number, password: string): string {
  return [
    'bind 127.0.0.1',
    `port ${port}`,
    `requirepass ${password}`,
    `dir "${redisDir.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`,
    'appendonly yes',
    'save ""',
    'maxmemory-policy noeviction',
    'daemonize no',
    '',
  ].join('\n');
}

function passwordOf(dir: string): string {
  const file = join(dir, 'redis-password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(18).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

async function untilReady(url: string, server: Running, logFile: string): Promise<void> {
  const giveUpAtMs = performance.now() + READY_TIMEOUT_MS;
  while (!(await answers(url))) {
    if (!server.isRunning() || performance.now() > giveUpAtMs) {
      throw new SetupError(`Redis did not come up: see ${logFile}`);
    }
    await new Promise((resolve) => setTimeout(resolve, 30));
  }
}

/** PING through a connection of its own that never retries; while Redis loads its file it answers LOADING, which is a no. */
export async function answers(url: string): Promise<boolean> {
  const redis = new Redis(url, {
    lazyConnect: true,
    retryStrategy: () => null,
    maxRetriesPerRequest: 0,
    connectTimeout: 5_000,
  });
  redis.on('error', () => {});
  try {
    await redis.connect();
    return (await redis.ping()) === 'PONG';
  } catch {
    return false;
  } finally {
    redis.disconnect();
  }
}
