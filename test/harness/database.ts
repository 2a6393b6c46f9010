import { randomBytes } from 'node:crypto';
import mysql from 'mysql2/promise';
import { track } from './leaks.ts';

export type TestDatabase = AsyncDisposable & {
  /** mysql://…/name, an empty database; a wallet that starts on it migrates it. */
  url: string;
  drop: () => Promise<void>;
};

/** An empty database of the test's own, on the server of TEST_DATABASE_URL. */
export async function createTestDatabase(): Promise<TestDatabase> {
  const name = `${prefix()}${randomBytes(4).toString('hex')}`;
  await onServer((server) => server.query(`CREATE DATABASE ${name} CHARACTER SET utf8mb4`));
  const url = new URL(serverUrl());
  url.pathname = `/${name}`;
  const untrack = track(`database ${name}`, () => dropDatabase(name));
  const drop = async (): Promise<void> => {
    untrack();
    await dropDatabase(name);
  };
  return { url: url.href, drop, [Symbol.asyncDispose]: drop };
}

/** Drops what test files of this run left behind because they were killed. */
export async function dropTestDatabases(): Promise<void> {
  await onServer(async (server) => {
    const pattern = prefix().replaceAll('_', '\\_');
    const [rows] = await server.query<mysql.RowDataPacket[]>(`SHOW DATABASES LIKE '${pattern}%'`);
    for (const name of rows.flatMap((row) => Object.values(row))) await server.query(`DROP DATABASE ${name}`);
  });
}

async function dropDatabase(name: string): Promise<void> {
  await onServer((server) => server.query(`DROP DATABASE IF EXISTS ${name}`));
}

async function onServer(run: (server: mysql.Connection) => Promise<unknown>): Promise<void> {
  const url = new URL(serverUrl());
  url.pathname = '/';
  const connection = await mysql.createConnection(url.href);
  try {
    await run(connection);
  } finally {
    await connection.end();
  }
}

function prefix(): string {
  return `croupier_test_${process.env.TEST_RUN_ID ?? 'x'}_`;
}

function serverUrl(): string {
  const url = process.env.TEST_DATABASE_URL;
  if (!url) throw new Error('TEST_DATABASE_URL is not set: run tests with `npm test` or `npx vitest`');
  return url;
}
