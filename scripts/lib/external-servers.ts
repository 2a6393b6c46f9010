import mysql from 'mysql2/promise';
import { step } from '../terminal.mjs';
import { SetupError } from './main.ts';
import { answers } from './redis-server.ts';

/** How long a server that is only just starting is waited for. */
const PATIENCE_MS = 15_000;
const UNKNOWN_DATABASE = 'ER_BAD_DB_ERROR';

/** Makes sure that the server of DATABASE_URL answers and has the database that the URL names. Returns the URL. */
export async function ensureDatabase(databaseUrl: string): Promise<string> {
  const url = parseUrl('DATABASE_URL', databaseUrl, 'mysql://user:password@host:3306/database');
  await step(`database: ${url.host}${url.pathname} (DATABASE_URL)`, async () => {
    const failure = await patiently(() => connect(databaseUrl));
    if (failure === null) return;
    if (failure.code !== UNKNOWN_DATABASE) throw new SetupError(`DATABASE_URL, ${url.host}: ${failure.message}`);
    await createDatabase(url);
  });
  return databaseUrl;
}

/** Makes sure that the server of REDIS_URL answers. Returns the URL. */
export async function ensureRedis(redisUrl: string): Promise<string> {
  const url = parseUrl('REDIS_URL', redisUrl, 'redis://host:6379');
  await step(`redis: ${url.host} (REDIS_URL)`, async () => {
    const failure = await patiently(async () => {
      if (!(await answers(redisUrl))) throw new SetupError('no answer, or the password is not the right one');
    });
    if (failure !== null) throw new SetupError(`REDIS_URL, ${url.host}: ${failure.message}`);
  });
  return redisUrl;
}

/** The URL itself is in no message: it has a password in it. */
function parseUrl(name: string, text: string, example: string): URL {
  const url = URL.parse(text);
  if (url === null) throw new SetupError(`${name} is not a URL such as ${example}`);
  return url;
}

async function connect(url: string): Promise<void> {
  const connection = await mysql.createConnection({ uri: url, connectTimeout: 5_000 });
  await connection.end();
}

async function createDatabase(url: URL): Promise<void> {
  const server = new URL(url);
  server.pathname = '/';
  const connection = await mysql.createConnection(server.href);
  try {
    const name = decodeURIComponent(url.pathname.slice(1));
    await connection.query(`CREATE DATABASE IF NOT EXISTS ${mysql.escapeId(name)} CHARACTER SET utf8mb4`);
  } catch (error) {
    throw new SetupError(
      `DATABASE_URL names a database that is not there and can't be made: ${(error as Error).message}`,
    );
  } finally {
    await connection.end();
  }
}

/** Tries until it succeeds (null), or fails in a way that waiting doesn't mend, or patience ends. */
async function patiently(attempt: () => Promise<void>): Promise<NodeJS.ErrnoException | null> {
  const giveUpAtMs = performance.now() + PATIENCE_MS;
  for (;;) {
    try {
      await attempt();
      return null;
    } catch (error) {
      const { code } = error as NodeJS.ErrnoException;
      const isFinal = code?.startsWith('ER_') === true && code !== 'ER_CON_COUNT_ERROR';
      if (isFinal || performance.now() > giveUpAtMs) return error as NodeJS.ErrnoException;
      await new Promise((resolve) => setTimeout(resolve, 250));
    }
  }
}
