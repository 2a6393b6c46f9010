import { Redis } from 'ioredis';
import mysql from 'mysql2/promise';
import { expect, test } from 'vitest';
import { createTestDatabase } from '../harness/database.ts';
import { disposeLeaks } from '../harness/leaks.ts';
import { startPrivateDatabase } from '../harness/private-servers.ts';
import { createTestRedis } from '../harness/redis.ts';

test('a test database is empty, usable and gone after drop', async () => {
  const database = await createTestDatabase();
  const connection = await mysql.createConnection(database.url);
  await connection.query('CREATE TABLE t (a INT PRIMARY KEY)');
  const [tables] = await connection.query<mysql.RowDataPacket[]>('SHOW TABLES');
  expect(tables).toHaveLength(1);
  await database.drop();
  await expect(connection.query('SELECT * FROM t')).rejects.toThrow();
  await connection.end();
});

test('two tests never get the same Redis database, and drop leaves it empty', async () => {
  const first = await createTestRedis();
  const second = await createTestRedis();
  expect(first.url).not.toBe(second.url);
  const redis = new Redis(first.url);
  await redis.set('key', 'value');
  await first.drop();
  expect(await redis.dbsize()).toBe(0);
  redis.disconnect();
  await second.drop();
});

test('what a test file leaves open is found and ended', async () => {
  const database = await createTestDatabase();
  const leaks = await disposeLeaks();
  expect(leaks).toHaveLength(1);
  expect(leaks[0]).toContain(new URL(database.url).pathname.slice(1));
  await expect(mysql.createConnection(database.url)).rejects.toThrow(/Unknown database/);
});

test('a private database that is killed comes back on its port with its data', async () => {
  await using server = await startPrivateDatabase();
  const before = await mysql.createConnection(server.url);
  before.on('error', () => {});
  await before.query('CREATE TABLE t (a INT PRIMARY KEY)');
  await before.query('INSERT INTO t VALUES (7)');
  await server.kill();
  await expect(before.query('SELECT 1')).rejects.toThrow();
  await server.restart();
  const after = await mysql.createConnection(server.url);
  const [rows] = await after.query<mysql.RowDataPacket[]>('SELECT a FROM t');
  expect(rows).toEqual([{ a: 7 }]);
  await after.end();
});
