import { type Connection, createConnection } from 'mysql2';
import { connectionOptions, SESSION_STATEMENTS } from '../../common/db.ts';
import type { Row } from './sql.ts';

/** What one statement gave: its rows, or a write's counts. */
export type StatementResult = readonly Row[] | { affectedRows: number };

/** A lane's own connection, opened when it is first needed and again after it was lost. */
export type Link = {
  /** Opens where it isn't open; rejects where the database can't be reached. */
  ready: () => Promise<void>;
  /**
   * Runs the statements in one round trip, up to and including the first that fails. Rejects with the driver's error; after one
   * that lost the connection, `drop` it. Without an answer within `timeoutMs` the connection is dropped.
   */
  run: (statements: readonly string[], timeoutMs: number) => Promise<StatementResult[]>;
  /** The server's number of this connection, for KILL QUERY; null while it isn't open. */
  threadId: () => number | null;
  drop: () => void;
  close: () => Promise<void>;
};

export function createLink(databaseUrl: string): Link {
  let connection: Connection | null = null;
  /** What waits for an answer. The driver forgets what stood in a connection's queue when it is destroyed. */
  const waiting = new Set<(error: Error) => void>();

  const drop = (): void => {
    connection?.destroy();
    connection = null;
    for (const fail of waiting) fail(lostError());
  };

  const ready = async (): Promise<void> => {
    if (connection !== null) return;
    const opened = createLaneConnection(databaseUrl);
    // The driver tells a statement's callback of its own failure, and the event of what happens in between.
    opened.on('error', () => {
      if (connection === opened) drop();
    });
    await prepare(opened);
    connection = opened;
  };

  const run = (statements: readonly string[], timeoutMs: number): Promise<StatementResult[]> =>
    new Promise((resolve, reject) => {
      if (connection === null) {
        reject(lostError());
        return;
      }
      const timer = setTimeout(drop, timeoutMs);
      const fail = (error: Error): void => {
        clearTimeout(timer);
        waiting.delete(fail);
        reject(error);
      };
      waiting.add(fail);
      connection.query({ sql: statements.join(';'), rowsAsArray: true }, (error, results) => {
        if (error) return fail(error);
        clearTimeout(timer);
        waiting.delete(fail);
        resolve((statements.length === 1 ? [results] : results) as StatementResult[]);
      });
    });

  return {
    ready,
    run,
    threadId: () => connection?.threadId ?? null,
    drop,
    close: () =>
      new Promise((resolve) => {
        if (connection === null) return resolve();
        connection.end(() => resolve());
        connection = null;
      }),
  };
}

/** As the driver's own errors of a lost connection: a code, and no SQL state. */
function lostError(): Error {
  return Object.assign(new Error('the connection is not open'), { code: 'CONNECTION_DROPPED' });
}

/**
 * Lock waits end after a second at the latest. An idle connection is closed by the server after a minute, and with it a
 * transaction whose client was cut off: its locks must not outlive it for hours.
 */
const LANE_STATEMENTS = [...SESSION_STATEMENTS, 'SET SESSION innodb_lock_wait_timeout = 1, wait_timeout = 60'];

const PREPARE_TIMEOUT_MS = 2_000;

/** BIGINT as strings and no typeCast: the lanes read few columns very often, and turn them into bigint themselves. */
function createLaneConnection(databaseUrl: string): Connection {
  const { typeCast: _, ...options } = connectionOptions(databaseUrl);
  return createConnection({ ...options, bigNumberStrings: true, multipleStatements: true });
}

function prepare(connection: Connection): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      connection.destroy();
      reject(error);
    };
    connection.once('error', fail);
    connection.query({ sql: LANE_STATEMENTS.join(';'), timeout: PREPARE_TIMEOUT_MS }, (error) => {
      connection.off('error', fail);
      if (error) fail(error);
      else resolve();
    });
  });
}
