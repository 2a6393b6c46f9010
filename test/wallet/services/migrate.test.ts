import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createConnection, type RowDataPacket } from 'mysql2/promise';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { createPool } from '../../../src/common/db.ts';
import { migrate, missingMigrations, type Schema } from '../../../src/common/migrate.ts';
import { WALLET_SCHEMA } from '../../../src/wallet/schema.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/database.ts';
import { startWallet } from '../../harness/processes.ts';

const FIRST =
  'CREATE TABLE a (\n  id INT NOT NULL, PRIMARY KEY (id)\n);\nCREATE TABLE b (id INT NOT NULL, PRIMARY KEY (id));\n';

let database: TestDatabase;
let path: string;
let folder: URL;

beforeEach(async () => {
  database = await createTestDatabase();
  path = await mkdtemp(join(tmpdir(), 'croupier-migrations-'));
  folder = pathToFileURL(`${path}/`);
});
afterEach(async () => {
  await rm(path, { recursive: true });
  await database.drop();
});

const write = (file: string, sql: string): Promise<void> => writeFile(join(path, file), sql);

async function query(sql: string): Promise<RowDataPacket[]> {
  const connection = await createConnection({ uri: database.url, multipleStatements: true });
  try {
    const [rows] = await connection.query<RowDataPacket[]>(sql);
    return rows;
  } finally {
    await connection.end();
  }
}

const tables = async (): Promise<unknown[]> => (await query('SHOW TABLES')).map((row) => Object.values(row)[0]);

describe('migrate', () => {
  it('applies each file once, in order, and records it', async () => {
    await write('0001_first.sql', FIRST);
    expect(await migrate(database.url, schemaIn(folder), () => 1_700_000_000_000)).toEqual(['0001_first.sql']);
    await write('0002_second.sql', 'ALTER TABLE a ADD COLUMN note VARCHAR(10) NOT NULL;\n');
    expect(await migrate(database.url, schemaIn(folder))).toEqual(['0002_second.sql']);
    expect(await migrate(database.url, schemaIn(folder))).toEqual([]);
    expect(await tables()).toEqual(['a', 'b', 'schema_migrations']);
    const journal = await query(
      'SELECT version, name, LENGTH(checksum) AS length, applied_at_ms FROM schema_migrations',
    );
    expect(journal[0]).toEqual({ version: 1, name: 'first', length: 64, applied_at_ms: 1_700_000_000_000 });
    expect(journal[1]).toMatchObject({ version: 2, name: 'second', length: 64 });
  });

  it('applies it once when many start at once', async () => {
    await write('0001_first.sql', `${FIRST}INSERT INTO a (id) VALUES (1);\n`);
    const applied = await Promise.all(Array.from({ length: 8 }, () => migrate(database.url, schemaIn(folder))));
    expect(applied.flat()).toEqual(['0001_first.sql']);
    expect(await query('SELECT * FROM a')).toHaveLength(1);
  });

  it('lets two real wallets start at once', async () => {
    const wallets = await Promise.all([1, 2].map(() => startWallet({ env: { DATABASE_URL: database.url } })));
    const migrated = wallets.flatMap((wallet) => wallet.logs()).filter((line) => line.msg === 'migrated');
    const names = migrated.map((line) => line.migration);
    expect(names.length).toBeGreaterThan(0);
    expect(new Set(names).size).toBe(names.length);
    for (const wallet of wallets) {
      expect((await fetch(`${wallet.opsUrl}/readyz`)).status).toBe(200);
      await wallet.stop();
    }
  });

  it('makes the database where it does not exist', async () => {
    await database.drop();
    await write('0001_first.sql', FIRST);
    await migrate(database.url, schemaIn(folder));
    expect(await tables()).toEqual(['a', 'b', 'schema_migrations']);
    const [made] = await query('SELECT @@character_set_database AS charset');
    expect(made?.charset).toBe('utf8mb4');
  });

  it('refuses a file that was changed after it was applied', async () => {
    await write('0001_first.sql', FIRST);
    await migrate(database.url, schemaIn(folder));
    await write('0001_first.sql', `${FIRST}-- later\n`);
    await expect(migrate(database.url, schemaIn(folder))).rejects.toThrow(
      '0001_first.sql was changed after it was applied',
    );
  });

  it('refuses a database that is ahead of the files', async () => {
    await write('0001_first.sql', FIRST);
    await migrate(database.url, schemaIn(folder));
    await query("INSERT INTO schema_migrations VALUES (2, 'from_the_future', 'x', 1)");
    await expect(migrate(database.url, schemaIn(folder))).rejects.toThrow(
      "has migration 2, which this version doesn't know",
    );
  });

  it.each([['0002_first.sql'], ['1_first.sql'], ['first.sql'], ['0001-first.sql']])(
    'refuses a file named %s',
    async (file) => {
      await write(file, FIRST);
      await expect(migrate(database.url, schemaIn(folder))).rejects.toThrow(`${file}: not the next number`);
      expect(await tables()).toEqual([]);
    },
  );

  it('takes up again what died half way', async () => {
    await write('0001_first.sql', FIRST);
    await write('0002_second.sql', 'ALTER TABLE a ADD COLUMN c INT NULL;\nALTER TABLE a ADD KEY by_c (c);\n');
    await migrate(database.url, schemaIn(folder));
    // As a kill after the first statement of the second file leaves it.
    await query('ALTER TABLE a DROP KEY by_c; UPDATE schema_migrations SET applied_at_ms = 0 WHERE version = 2');
    expect(await migrate(database.url, schemaIn(folder))).toEqual(['0002_second.sql']);
    expect(await query("SHOW KEYS FROM a WHERE Key_name = 'by_c'")).toHaveLength(1);
    expect(await migrate(database.url, schemaIn(folder))).toEqual([]);
  });

  it('gives up soon on a table that somebody reads, because everybody else waits behind it', {
    timeout: 30_000,
  }, async () => {
    await write('0001_first.sql', FIRST);
    await migrate(database.url, schemaIn(folder));
    await write('0002_second.sql', 'ALTER TABLE a ADD COLUMN c INT NULL;\n');
    const backup = await createConnection(database.url);
    await backup.query('START TRANSACTION');
    await backup.query('SELECT * FROM a');
    await expect(migrate(database.url, schemaIn(folder))).rejects.toThrow('0002_second.sql: a table is in use');
    await backup.end();
    expect(await migrate(database.url, schemaIn(folder))).toEqual(['0002_second.sql']);
  });

  it('fails, and stays unfinished, where a statement is wrong; the next start says so again', async () => {
    await write('0001_first.sql', `${FIRST}CREATE TABLE c (id NONSENSE);\n`);
    for (const _ of [1, 2]) await expect(migrate(database.url, schemaIn(folder))).rejects.toThrow('NONSENSE');
  });

  it('does not take over tables that somebody else made', async () => {
    await query('CREATE TABLE b (other INT)');
    await write('0001_first.sql', FIRST);
    await expect(migrate(database.url, schemaIn(folder))).rejects.toMatchObject({ errno: 1050 });
  });
});

const schemaIn = (folder: URL): Schema => ({ folder, journal: 'schema_migrations' });

describe('missingMigrations', () => {
  it('says what a database lacks', async () => {
    const pool = createPool(database.url, { connectionLimit: 1 });
    expect(await missingMigrations(pool, WALLET_SCHEMA)).toMatch(/^migrations missing: 0001_wallet\.sql/);
    await migrate(database.url, WALLET_SCHEMA);
    expect(await missingMigrations(pool, WALLET_SCHEMA)).toBeNull();
    await query('UPDATE schema_migrations SET applied_at_ms = 0 WHERE version = 1');
    expect(await missingMigrations(pool, WALLET_SCHEMA)).toBe('migrations missing: 0001_wallet.sql');
    await pool.end();
  });
});
