import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import { join } from 'node:path';
import mysql from 'mysql2/promise';
import { SetupError } from './main.ts';
import { freePort } from './ports.ts';
import { type Running, rememberPid, startServer } from './processes.ts';
import type { DatabaseProgram } from './programs.ts';

export type DatabaseServer = Running & {
  /** mysql://user:password@127.0.0.1:port/croupier; the user may create further databases. */
  url: string;
  port: number;
};

const READY_TIMEOUT_MS = 60_000;
const LOG_LINES_SHOWN = 15;

/**
 * A private server on 127.0.0.1, its data in `dir`/db, with the durability that production has: every commit is on disk, in
 * the redo log and in the binlog, before it is acknowledged.
 */
export async function startDatabaseServer(options: {
  program: DatabaseProgram;
  dir: string;
  /** for coming back where clients look for it; any free one without */
  port?: number;
}): Promise<DatabaseServer> {
  const { program, dir } = options;
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const dbDir = join(dir, 'db');
  if (!existsSync(dbDir)) initialise(program, dir, dbDir);
  refuseOtherVendor(program, dir);

  const password = passwordOf(dir);
  const port = options.port ?? (await freePort());
  const logFile = join(dir, 'db.log');
  writeFileSync(join(dir, 'db-init.sql'), initSql(password), { mode: 0o600 });
  const server = await startServer({
    command: program.path,
    args: serverArgs(program, dir, dbDir, port),
    env: program.env,
    cwd: dir,
    logFile,
  });
  const forget = rememberPid(dir, 'db', server.pid, dbDir);
  void server.exited.then(forget);
  const url = `mysql://croupier:${password}@127.0.0.1:${port}/croupier`;
  try {
    await untilReady(url, server, logFile);
  } catch (error) {
    await server.stop();
    throw error;
  }
  return { ...server, url, port };
}

function serverArgs(program: DatabaseProgram, dir: string, dbDir: string, port: number): string[] {
  const vendorArgs =
    program.vendor === 'mariadb'
      ? ['--binlog-format=ROW', '--expire-logs-days=1']
      : ['--mysqlx=OFF', '--binlog-expire-logs-seconds=86400'];
  return [
    '--no-defaults',
    ...commonArgs(program, dbDir),
    // Relative to the data folder: a socket's path may have 107 characters, a checkout's may have more.
    '--socket=db.sock',
    '--pid-file=db.pid',
    '--bind-address=127.0.0.1',
    `--port=${port}`,
    '--skip-name-resolve',
    `--init-file=${join(dir, 'db-init.sql')}`,
    '--server-id=1',
    '--log-bin=binlog',
    '--sync-binlog=1',
    '--innodb-flush-log-at-trx-commit=1',
    '--innodb-buffer-pool-size=512M',
    '--max-connections=500',
    '--character-set-server=utf8mb4',
    ...vendorArgs,
  ];
}

function commonArgs(program: DatabaseProgram, dbDir: string): string[] {
  return [
    `--datadir=${dbDir}`,
    // A server that is started as root has to be told that this is meant.
    ...(process.getuid?.() === 0 ? [`--user=${userInfo().username}`] : []),
    ...(program.baseDir === null
      ? []
      : [
          `--basedir=${program.baseDir}`,
          `--lc-messages-dir=${join(program.baseDir, 'share/mysql')}`,
          `--character-sets-dir=${join(program.baseDir, 'share/mysql/charsets')}`,
        ]),
  ];
}

/** Made beside its place and moved there, so that a data folder which is there is a whole one. */
function initialise(program: DatabaseProgram, dir: string, dbDir: string): void {
  const newDir = join(dir, 'db.new');
  rmSync(newDir, { recursive: true, force: true });
  const [command, args] =
    program.installDb === null
      ? [program.path, ['--no-defaults', '--initialize-insecure', ...commonArgs(program, newDir)]]
      : [
          program.installDb,
          [
            '--no-defaults',
            ...commonArgs(program, newDir).filter((arg) => !arg.startsWith('--lc-messages-dir')),
            '--auth-root-authentication-method=socket',
            '--skip-test-db',
            '--skip-name-resolve',
          ],
        ];
  const result = spawnSync(command, args, { encoding: 'utf8', env: program.env, cwd: dir, timeout: 120_000 });
  if (result.status !== 0) {
    throw new SetupError(`${command} could not make a data folder:\n${lastLines(`${result.stdout}${result.stderr}`)}`);
  }
  writeFileSync(join(dir, 'db-vendor'), `${program.vendor}\n`);
  renameSync(newDir, dbDir);
}

function refuseOtherVendor(program: DatabaseProgram, dir: string): void {
  const vendor = readFileSync(join(dir, 'db-vendor'), 'utf8').trim();
  if (vendor === program.vendor) return;
  throw new SetupError(
    `${dir}/db was made by ${vendor}, but what was found now is ${program.path} (${program.vendor}). Delete ${dir} to begin anew.`,
  );
}

function passwordOf(dir: string): string {
  const file = join(dir, 'db-password');
  if (!existsSync(file)) writeFileSync(file, randomBytes(18).toString('hex'), { mode: 0o600 });
  return readFileSync(file, 'utf8');
}

/** One statement a line, as MySQL wants it. Root keeps the socket in the data folder, which only its owner can enter. */
function initSql(password: string): string {
  return [
    `CREATE USER IF NOT EXISTS 'croupier'@'127.0.0.1' IDENTIFIED BY '${password}';`,
    "GRANT ALL PRIVILEGES ON *.* TO 'croupier'@'127.0.0.1' WITH GRANT OPTION;",
    'CREATE DATABASE IF NOT EXISTS croupier CHARACTER SET utf8mb4;',
    '',
  ].join('\n');
}

async function untilReady(url: string, server: Running, logFile: string): Promise<void> {
  const giveUpAtMs = performance.now() + READY_TIMEOUT_MS;
  for (;;) {
    try {
      const connection = await mysql.createConnection({ uri: url, connectTimeout: 5_000 });
      await connection.end();
      return;
    } catch (error) {
      if (!server.isRunning() || performance.now() > giveUpAtMs) {
        const reason = server.isRunning() ? (error as Error).message : 'it ended';
        throw new SetupError(
          `the database server did not come up: ${reason}\n${lastLines(readFileSync(logFile, 'utf8'))}`,
        );
      }
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  }
}

function lastLines(text: string): string {
  return text.trimEnd().split('\n').slice(-LOG_LINES_SHOWN).join('\n');
}
