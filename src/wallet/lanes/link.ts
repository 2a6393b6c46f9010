import { type Connection, createConnection } from 'mysql2';
import { connectionOptions, SESSION_STATEMENTS } from '../db.ts';
import type { Row } from './sql.ts';

/** What one statement gave: its rows, or a write's counts. */
export type StatementResult = readonly Row[] | { affectedRows: number };

/** A lane's own connection, opened when it is first needed and again after it was lost. */
export type Link = {
  /** Opens where it isn't open; rejects where the database can't be reached. */
  ready: () => Promise<void>;
  /**
   * Runs the statements in one round trip, up to and including the first that fails. Rejects with the driver's error; after one
   * that lost the connection, `drop` it.
   */
  run: (statements: readonly string[]) => Promise<StatementResult[]>;
  /** The server's number of this connection, for KILL QUERY; null while it isn't open. */
  threadId: () => number | null;
  drop: () => void;
  close: () => Promise<void>;
};

export function createLink(databaseUrl: string, options: { statementTimeoutMs: number }): Link {
  let connection: Connection | null = null;

  const ready = async (): Promise<void> => {
    if (connection !== null) return;
    const opened = await open(databaseUrl, () => {
      if (connection === opened) connection = null;
    });
    connection = opened;
  };

  const run = (statements: readonly string[]): Promise<StatementResult[]> =>
    new Promise((resolve, reject) => {
      if (connection === null) {
        reject(new Error('the connection is not open'));
        return;
      }
      connection.query(
        { sql: statements.join(';'), rowsAsArray: true, timeout: options.statementTimeoutMs },
        (error, results) => {
          if (error) reject(error);
          else resolve((statements.length === 1 ? [results] : results) as StatementResult[]);
        },
      );
    });

  return {
    ready,
    run,
    threadId: () => connection?.threadId ?? null,
    drop: () => {
      connection?.destroy();
      connection = null;
    },
    close: () =>
      new Promise((resolve) => {
        if (connection === null) return resolve();
        connection.end(() => resolve());
        connection = null;
      }),
  };
}

/**
 * Lock waits end after a second at the latest. An idle connection is closed by the server after a minute, and with it a
 * transaction whose client was cut off: its locks must not outlive it for hours.
 */
const LANE_STATEMENTS = [...SESSION_STATEMENTS, 'SET SESSION innodb_lock_wait_timeout = 1, wait_timeout = 60'];

/** BIGINT as strings and no typeCast: the lanes read few columns very often, and turn them into bigint themselves. */
function open(databaseUrl: string, onLost: () => void): Promise<Connection> {
  const { typeCast: _, ...options } = connectionOptions(databaseUrl);
  const connection = createConnection({ ...options, bigNumberStrings: true, multipleStatements: true });
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => {
      connection.destroy();
      reject(error);
    };
    connection.on('error', (error: Error) => {
      fail(error);
      onLost();
    });
    connection.query(LANE_STATEMENTS.join(';'), (error) => (error ? fail(error) : resolve(connection)));
  });
}
