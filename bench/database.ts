import { readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { type Connection, createConnection, type RowDataPacket } from 'mysql2/promise';
import { dataDir } from '../scripts/lib/paths.ts';

const ROWS_PER_INSERT = 1_000;

/** A database of the benchmark's own on the given server; dropped by `drop`. */
export type BenchDatabase = { url: string; connection: Connection; drop: () => Promise<void> };

export async function createDatabase(serverUrl: string, name: string): Promise<BenchDatabase> {
  const connection = await createConnection({ uri: withDatabase(serverUrl, ''), multipleStatements: true });
  await connection.query(`CREATE DATABASE ${name} DEFAULT CHARACTER SET utf8mb4`);
  await connection.query(`USE ${name}`);
  return {
    url: withDatabase(serverUrl, name),
    connection,
    drop: async () => {
      await connection.query(`DROP DATABASE IF EXISTS ${name}`);
      await connection.end();
    },
  };
}

function withDatabase(serverUrl: string, name: string): string {
  const url = new URL(serverUrl);
  url.pathname = `/${name}`;
  return url.href;
}

export async function insertRows(connection: Connection, table: string, rows: readonly unknown[][]): Promise<void> {
  for (let at = 0; at < rows.length; at += ROWS_PER_INSERT) {
    await connection.query(`INSERT INTO ${table} VALUES ?`, [rows.slice(at, at + ROWS_PER_INSERT)]);
  }
}

/** The settings that a rate means nothing without. */
const SETTINGS = ['version', 'innodb_flush_log_at_trx_commit', 'sync_binlog', 'log_bin', 'innodb_buffer_pool_size'];

export type ServerDescription = {
  settings: Record<string, string>;
  /** Its process, where it runs on this machine. */
  pid: number | null;
  /** That of a server which `npm run bench` has started for itself, and which may be stopped and let go. */
  ownPid: number | null;
};

export async function describeServer(serverUrl: string): Promise<ServerDescription> {
  const connection = await createConnection(withDatabase(serverUrl, ''));
  try {
    const variable = async (name: string): Promise<string> => {
      const [rows] = await connection.query<RowDataPacket[]>('SHOW GLOBAL VARIABLES LIKE ?', [name]);
      return String(rows[0]?.Value ?? '');
    };
    const settings: Record<string, string> = {};
    for (const name of SETTINGS) settings[name] = await variable(name);
    const dataFolder = await variable('datadir');
    const pid = pidFrom(resolve(dataFolder, await variable('pid_file')));
    return { settings, pid, ownPid: dataFolder.startsWith(join(dataDir, 'test-')) ? pid : null };
  } finally {
    await connection.end();
  }
}

function pidFrom(pidFile: string): number | null {
  try {
    const pid = Number(readFileSync(pidFile, 'utf8'));
    readFileSync(`/proc/${pid}/stat`);
    return pid;
  } catch {
    return null;
  }
}
