import { Socket } from 'node:net';
import { type Connection as CoreConnection, createPool as createCorePool, type PoolOptions } from 'mysql2';
import {
  type Connection,
  createConnection,
  type Pool,
  type PoolConnection,
  type ResultSetHeader,
  type RowDataPacket,
} from 'mysql2/promise';
import { Fault, outcomeUnknown, unavailable } from './fault.ts';

export type { Connection, Pool, PoolConnection } from 'mysql2/promise';

/**
 * What every connection of the wallet runs with, whatever the server's own defaults are. READ COMMITTED takes no gap locks,
 * so players don't block each other; strict mode refuses what would be cut or rounded. Backslashes escape (no
 * NO_BACKSLASH_ESCAPES), because the driver quotes values that way. The lock wait ends before any caller's patience does.
 */
export const SESSION_STATEMENTS = [
  'SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED',
  `SET SESSION sql_mode = 'STRICT_ALL_TABLES,ONLY_FULL_GROUP_BY,NO_ENGINE_SUBSTITUTION,ERROR_FOR_DIVISION_BY_ZERO',
     time_zone = '+00:00', innodb_lock_wait_timeout = 5`,
] as const;

const CONNECT_TIMEOUT_MS = 5_000;
/** A statement that takes longer has lost its server; its connection is thrown away. */
const STATEMENT_TIMEOUT_MS = 10_000;
const ATTEMPTS = 3;

const DUPLICATE_KEY_ERRNO = 1062;
/** Deadlock (1213), snapshot conflict (1020), lock wait timeout (1205): nothing was done, and another try may do. */
const PASSING_ERRNOS: ReadonlySet<number> = new Set([1213, 1020, 1205]);
/** The server's last word on a connection: shutting down (1053), killed (1927), idle for too long (MySQL's 4031). */
const CUT_OFF_ERRNOS: ReadonlySet<number> = new Set([1053, 1927, 4031]);
/** The server refuses work for now: too many connections, statement interrupted, read-only (a replica). */
const AWAY_ERRNOS: ReadonlySet<number> = new Set([1040, 1203, 1290, 1317, 1792, 1836]);

/** What can run a statement: the pool (one statement, its own transaction), or a connection within a transaction. */
export type Queryable = Pool | Connection | PoolConnection;

/** Values for the `?` placeholders of a statement; an array fills an `IN (?)` or, nested, `VALUES ?`. */
export type SqlValue = string | number | bigint | boolean | Buffer | null | readonly SqlValue[];

/**
 * Options of every connection. BIGINT columns come as bigint, and DECIMAL (what SUM gives) as string: no amount is ever a
 * JavaScript number.
 */
export function connectionOptions(databaseUrl: string): PoolOptions {
  return {
    uri: databaseUrl,
    charset: 'utf8mb4',
    timezone: 'Z',
    connectTimeout: CONNECT_TIMEOUT_MS,
    enableKeepAlive: true,
    keepAliveInitialDelay: 10_000,
    supportBigNumbers: true,
    stringifyObjects: true,
    multipleStatements: false,
    typeCast: (field, next) => {
      if (field.type !== 'LONGLONG') return next();
      const digits = field.string();
      return digits === null ? null : BigInt(digits);
    },
  };
}

/** A pool for the services' small statements. Connections are prepared before anyone gets them. */
export function createPool(databaseUrl: string, options: { connectionLimit: number }): Pool {
  const pool = createCorePool({
    ...connectionOptions(databaseUrl),
    connectionLimit: options.connectionLimit,
    waitForConnections: true,
    // Bounded: while the database is away, callers are told so instead of piling up.
    queueLimit: 1_000,
  });
  // A connection runs its commands in order, so these come before the first statement of whoever it is handed to.
  pool.on('connection', (connection: CoreConnection) => {
    for (const statement of SESSION_STATEMENTS) {
      connection.query(statement, (error) => error && breakOff(connection, error));
    }
  });
  return pool.promise();
}

/** One prepared connection outside any pool. */
export async function openConnection(databaseUrl: string): Promise<Connection> {
  const connection = await createConnection(connectionOptions(databaseUrl));
  try {
    for (const statement of SESSION_STATEMENTS) await connection.query(statement);
    return connection;
  } catch (error) {
    connection.destroy();
    throw error;
  }
}

/** All rows of one SELECT. Throws UNAVAILABLE where the database is away. */
export async function selectRows<R>(on: Queryable, sql: string, values: readonly SqlValue[] = []): Promise<R[]> {
  const select = async (connection: Connection): Promise<R[]> => {
    const [found] = await connection.query<(R & RowDataPacket)[]>({
      sql,
      values: [...values],
      timeout: STATEMENT_TIMEOUT_MS,
    });
    return found;
  };
  return isPool(on) ? withConnection(on, select, awayFault) : select(on);
}

/** The first row of one SELECT, or null. */
export async function selectRow<R>(on: Queryable, sql: string, values: readonly SqlValue[] = []): Promise<R | null> {
  return (await selectRows<R>(on, sql, values))[0] ?? null;
}

/**
 * One INSERT, UPDATE or DELETE; gives the number of rows that it matched. On the pool it is its own transaction: throws UNAVAILABLE
 * where nothing was done, UNKNOWN where the database was lost meanwhile, and is repeated after a deadlock.
 */
export async function change(on: Queryable, sql: string, values: readonly SqlValue[] = []): Promise<number> {
  const run = async (connection: Connection): Promise<number> => {
    const [header] = await connection.query<ResultSetHeader>({
      sql,
      values: [...values],
      timeout: STATEMENT_TIMEOUT_MS,
    });
    return header.affectedRows;
  };
  return isPool(on) ? repeatPassing(() => withConnection(on, run, lostFault)) : run(on);
}

/**
 * Runs `work` in one transaction and commits it; `work` may run several times (deadlocks), so it touches nothing but the database.
 * Throws UNAVAILABLE where nothing was done, UNKNOWN where the database was lost during COMMIT, and what `work` throws.
 */
export function inTransaction<T>(pool: Pool, work: (connection: Connection) => Promise<T>): Promise<T> {
  return repeatPassing(async () => {
    let committing = false;
    return withConnection(
      pool,
      async (connection) => {
        await change(connection, 'START TRANSACTION');
        try {
          const result = await work(connection);
          committing = true;
          await change(connection, 'COMMIT');
          return result;
        } catch (error) {
          // 1205 undoes only its statement. A connection that is gone has rolled back by itself.
          if (!isLost(error)) await change(connection, 'ROLLBACK');
          throw error;
        }
      },
      // Whatever COMMIT says but "rolled back", it may have been done.
      (error) => (committing && !isPassing(error) ? outcomeUnknown(error) : awayFault(error)),
    );
  });
}

/** Whether `error` is the server's refusal of a row whose unique key is taken. */
export function isDuplicateKey(error: unknown): boolean {
  return errnoOf(error) === DUPLICATE_KEY_ERRNO;
}

/** Deadlock, snapshot conflict or lock wait timeout: the transaction may be tried again (after a ROLLBACK). */
export function isPassing(error: unknown): boolean {
  const errno = errnoOf(error);
  return errno !== null && PASSING_ERRNOS.has(errno);
}

/** The connection is gone or can't be trusted any more: what was in flight may or may not have been done. */
export function isLost(error: unknown): boolean {
  if (!(error instanceof Error) || error instanceof Fault) return false;
  const errno = errnoOf(error);
  if (errno !== null) return CUT_OFF_ERRNOS.has(errno);
  if ('fatal' in error && error.fatal === true) return true;
  // As PROTOCOL_CONNECTION_LOST and ECONNRESET; Node's own ERR_… are mistakes in a call, not a lost connection.
  return 'code' in error && typeof error.code === 'string' && !error.code.startsWith('ERR_');
}

/** The server's error number; null where the error isn't the server's answer. */
export function errnoOf(error: unknown): number | null {
  if (!(error instanceof Error) || !('sqlState' in error) || !('errno' in error)) return null;
  return typeof error.errno === 'number' ? error.errno : null;
}

/**
 * What may be logged of an exception. The driver's errors carry their statement, and the server's also quote values (tokens among
 * them): of those only the code and the place remain.
 */
export function loggable(error: unknown): Record<string, unknown> {
  const cause = error instanceof Fault ? (error.cause ?? error) : error;
  if (!(cause instanceof Error)) return { message: String(cause) };
  const code = 'code' in cause ? cause.code : undefined;
  const errno = errnoOf(cause);
  if (errno === null) return { name: cause.name, code, message: cause.message, stack: cause.stack };
  const place = (cause.stack ?? '').split('\n').filter((line) => line.startsWith('    at '));
  return { name: cause.name, code, errno, stack: place.join('\n') };
}

async function withConnection<T>(
  pool: Pool,
  work: (connection: Connection) => Promise<T>,
  faultOf: (error: unknown) => unknown,
): Promise<T> {
  const connection = await pool.getConnection().catch((error: unknown) => {
    throw unavailable('the database is away', error);
  });
  try {
    const result = await work(connection);
    connection.release();
    return result;
  } catch (error) {
    if (isLost(error)) connection.destroy();
    else connection.release();
    throw faultOf(error);
  }
}

async function repeatPassing<T>(work: () => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (!isPassing(error)) throw error;
      if (attempt === ATTEMPTS) throw unavailable('the rows are busy', error);
    }
  }
}

function awayFault(error: unknown): unknown {
  const errno = errnoOf(error);
  return isLost(error) || (errno !== null && AWAY_ERRNOS.has(errno))
    ? unavailable('the database is away', error)
    : error;
}

function lostFault(error: unknown): unknown {
  return isLost(error) ? outcomeUnknown(error) : awayFault(error);
}

/** Fails what waits on the connection; the driver's own destroy() would leave it waiting for ever. */
function breakOff(connection: CoreConnection, error: Error): void {
  if ('stream' in connection && connection.stream instanceof Socket) connection.stream.destroy(error);
}

function isPool(on: Queryable): on is Pool {
  return 'getConnection' in on;
}
