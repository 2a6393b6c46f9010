import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import type { RowDataPacket } from 'mysql2';
import { type Connection, change, errnoOf, openConnection, type Queryable, selectRow, selectRows } from './db.ts';

/** A process's part of the database: a folder of numbered SQL files, and the table that remembers which of them it has had. */
export type Schema = { folder: URL; journal: 'schema_migrations' | 'jobs_schema_migrations' };

/** One file of a schema's folder, as 0001_wallet.sql. */
export type Migration = { version: number; name: string; checksum: string; sql: string };

/** Something that a person has to look at; the message says what. */
export class MigrationError extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'MigrationError';
  }
}

const FILE_NAME = /^([0-9]{4})_([a-z0-9_]+)\.sql$/;
/** Each statement ends its line with a semicolon. */
const STATEMENT_END = /;[ \t]*\r?\n/;
/** How long a wallet waits for another that migrates. */
const LOCK_TIMEOUT_SECONDS = 120;
/** While a statement waits for a table that somebody reads, as a backup does, everybody else waits behind it: money as well. */
const TABLE_TIMEOUT_SECONDS = 5;
const LOCK_WAIT_TIMEOUT_ERRNO = 1205;
const UNKNOWN_DATABASE_ERRNO = 1049;
const NO_SUCH_TABLE_ERRNO = 1146;
/** Table, column or index exists already; column or index to drop is gone already. */
const DONE_ALREADY_ERRNOS: ReadonlySet<number> = new Set([1050, 1060, 1061, 1091]);

const createJournal = (journal: string): string => `CREATE TABLE IF NOT EXISTS ${journal} (
  version INT NOT NULL,
  name VARCHAR(100) NOT NULL,
  checksum CHAR(64) CHARACTER SET ascii COLLATE ascii_bin NOT NULL,
  applied_at_ms BIGINT NOT NULL,
  PRIMARY KEY (version)
) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4`;

/**
 * Brings the database up to date: applies each migration that it hasn't had, once, in order; makes the database where it doesn't exist
 * and rights allow. Safe when several processes start at once: one at a time, the others wait. Gives the names of what was applied.
 *
 * Databases commit each DDL statement by itself. So a migration is recorded as begun (applied_at_ms 0) before its first statement: one
 * that died half way is taken up again at the next start, and only then may a statement find its work done already.
 */
export async function migrate(databaseUrl: string, schema: Schema, nowMs: () => number = Date.now): Promise<string[]> {
  const migrations = await readMigrations(schema.folder);
  const connection = await openOrCreate(databaseUrl);
  try {
    await change(connection, `SET SESSION lock_wait_timeout = ${TABLE_TIMEOUT_SECONDS}`);
    return await locked(connection, () => applyMissing(connection, schema.journal, migrations, nowMs));
  } finally {
    await connection.end();
  }
}

/** What a database still lacks, in words; null where it is up to date. Changes nothing. */
export async function missingMigrations(on: Queryable, schema: Schema): Promise<string | null> {
  const migrations = await readMigrations(schema.folder);
  const journal = await readJournal(on, schema.journal).catch((error: unknown) => {
    if (errnoOf(error) === NO_SUCH_TABLE_ERRNO) return new Map<number, JournalEntry>();
    throw error;
  });
  const missing = migrations.filter((migration) => !journal.get(migration.version)?.done);
  return missing.length === 0 ? null : `migrations missing: ${missing.map(fileName).join(', ')}`;
}

/** Reads and checks the files: numbered from 1 without gaps. */
export async function readMigrations(folder: URL): Promise<Migration[]> {
  const files = (await readdir(folder)).filter((file) => file.endsWith('.sql')).sort();
  return Promise.all(
    files.map(async (file, index) => {
      const [, version, name] = FILE_NAME.exec(file) ?? [];
      if (name === undefined || Number(version) !== index + 1) throw new MigrationError(`${file}: not the next number`);
      const sql = await readFile(new URL(file, folder), 'utf8');
      return { version: index + 1, name, checksum: createHash('sha256').update(sql).digest('hex'), sql };
    }),
  );
}

async function applyMissing(
  connection: Connection,
  table: Schema['journal'],
  migrations: readonly Migration[],
  nowMs: () => number,
): Promise<string[]> {
  await change(connection, createJournal(table));
  const journal = await readJournal(connection, table);
  refuseChanged(migrations, journal);
  const names: string[] = [];
  for (const migration of migrations) {
    const entry = journal.get(migration.version);
    if (entry?.done) continue;
    if (entry === undefined) await recordBegun(connection, table, migration);
    await runStatements(connection, migration, { resumed: entry !== undefined });
    await change(connection, `UPDATE ${table} SET applied_at_ms = ? WHERE version = ?`, [nowMs(), migration.version]);
    names.push(fileName(migration));
  }
  return names;
}

async function runStatements(
  connection: Connection,
  migration: Migration,
  options: { resumed: boolean },
): Promise<void> {
  const statements = `${migration.sql}\n`.split(STATEMENT_END).filter((statement) => statement.trim() !== '');
  for (const statement of statements) {
    try {
      await connection.query(statement);
    } catch (error) {
      const errno = errnoOf(error);
      if (errno === LOCK_WAIT_TIMEOUT_ERRNO) {
        throw new MigrationError(
          `${fileName(migration)}: a table is in use, as by a backup: start again when it is not`,
        );
      }
      const doneAlready = options.resumed && DONE_ALREADY_ERRNOS.has(errno ?? 0);
      if (!doneAlready) throw error;
    }
  }
}

async function recordBegun(connection: Connection, table: string, migration: Migration): Promise<void> {
  await change(connection, `INSERT INTO ${table} (version, name, checksum, applied_at_ms) VALUES (?)`, [
    [migration.version, migration.name, migration.checksum, 0],
  ]);
}

function refuseChanged(migrations: readonly Migration[], journal: ReadonlyMap<number, JournalEntry>): void {
  for (const migration of migrations) {
    const entry = journal.get(migration.version);
    if (entry !== undefined && entry.checksum !== migration.checksum) {
      throw new MigrationError(
        `${fileName(migration)} was changed after it was applied: write a new migration instead`,
      );
    }
  }
  const newest = Math.max(0, ...journal.keys());
  if (newest > migrations.length) {
    throw new MigrationError(
      `the database has migration ${newest}, which this version doesn't know: start a newer one`,
    );
  }
}

type JournalEntry = { checksum: string; done: boolean };

async function readJournal(on: Queryable, table: string): Promise<Map<number, JournalEntry>> {
  const found = await selectRows<{ version: number; checksum: string; applied_at_ms: bigint }>(
    on,
    `SELECT version, checksum, applied_at_ms FROM ${table} ORDER BY version`,
  );
  return new Map(found.map((row) => [row.version, { checksum: row.checksum, done: row.applied_at_ms !== 0n }]));
}

/** The lock is the server's, not the database's, so its name carries the database's; it ends with its connection. */
async function locked<T>(connection: Connection, work: () => Promise<T>): Promise<T> {
  const lock = "CONCAT('croupier migrate ', LEFT(SHA2(DATABASE(), 256), 32))";
  // Waits longer than the statements of selectRows may.
  const [taken] = await connection.query<RowDataPacket[]>(
    `SELECT GET_LOCK(${lock}, ${LOCK_TIMEOUT_SECONDS}) = 1 AS got`,
  );
  if (Number(taken[0]?.got) !== 1) throw new MigrationError('another process has been migrating for too long');
  try {
    return await work();
  } finally {
    await selectRow(connection, `SELECT RELEASE_LOCK(${lock})`);
  }
}

async function openOrCreate(databaseUrl: string): Promise<Connection> {
  try {
    return await openConnection(databaseUrl);
  } catch (error) {
    if (errnoOf(error) !== UNKNOWN_DATABASE_ERRNO) throw error;
    await createDatabase(databaseUrl);
    return openConnection(databaseUrl);
  }
}

async function createDatabase(databaseUrl: string): Promise<void> {
  const server = new URL(databaseUrl);
  const database = decodeURIComponent(server.pathname.slice(1));
  server.pathname = '/';
  const connection = await openConnection(server.href);
  try {
    const name = connection.escapeId(database);
    await change(connection, `CREATE DATABASE IF NOT EXISTS ${name} CHARACTER SET utf8mb4`);
  } finally {
    await connection.end();
  }
}

function fileName(migration: Migration): string {
  return `${String(migration.version).padStart(4, '0')}_${migration.name}.sql`;
}
