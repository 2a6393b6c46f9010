import mysql from 'mysql2/promise';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createPool, type Pool } from '../../../src/common/db.ts';
import { migrate } from '../../../src/common/migrate.ts';
import { createEngine, type Engine, type EngineDeps } from '../../../src/wallet/lanes/engine.ts';
import { createSessionTouches, type SessionTouches } from '../../../src/wallet/lanes/session-touches.ts';
import { WALLET_SCHEMA } from '../../../src/wallet/schema.ts';
import { newPlayerId } from '../../../src/wallet/services/ids.ts';
import { type Finding, verifyLedger } from '../../../src/wallet/verify.ts';
import { createTestDatabase } from '../../harness/database.ts';

/** What an engine's test stands on: a migrated database with players, and engines on it as the wallet process makes them. */
export type Fixture = {
  url: string;
  /** A connection that belongs to nobody else; its statements are the test's own. */
  sql: mysql.Connection;
  pool: Pool;
  /** An engine of its own: its directory of players is empty. `end` closes it. */
  engine: (options?: Partial<EngineDeps>) => Engine;
  /** What the engines logged. */
  logs: string[];
  account: (playerId: bigint) => Promise<{ balanceUnits: bigint; seq: bigint }>;
  /** A player's rows as `kind status amount`, oldest first, without the deposit that they began with. */
  ledger: (playerId: bigint) => Promise<string[]>;
  findings: () => Promise<Finding[]>;
  end: () => Promise<void>;
};

export const OPERATOR = 'casino';
export const START_UNITS = 100_000n;

/** Players 1 to `players` are users `u1`, `u2`, … with 1000.00 EUR each and an open session `session-token-of-player-N`. */
export async function createFixture({ players = 4 } = {}): Promise<Fixture> {
  const database = await createTestDatabase();
  await migrate(database.url, WALLET_SCHEMA);
  const sql = await mysql.createConnection({ uri: database.url, supportBigNumbers: true, bigNumberStrings: true });
  const pool = createPool(database.url, { connectionLimit: 4 });
  await addPlayers(sql, players);
  const engines: Engine[] = [];
  const logs: string[] = [];
  const touches: SessionTouches[] = [];

  const engine = (options: Partial<EngineDeps> = {}): Engine => {
    const log = pino({ level: 'debug' }, { write: (line: string) => void logs.push(line) });
    const ofEngine = createSessionTouches({ pool, log, registry: new Registry() });
    touches.push(ofEngine);
    const created = createEngine({
      databaseUrl: database.url,
      log,
      registry: new Registry(),
      touches: ofEngine,
      killStatement: (threadId) => void pool.query('KILL QUERY ?', [threadId]).catch(() => {}),
      newMessageId: () => newPlayerId(Date.now()),
      clock: () => performance.now(),
      now: Date.now,
      lanes: 2,
      readers: 1,
      batchMax: 128,
      queueMax: 4_096,
      deadlineMaxMs: 10_000,
      ...options,
    });
    engines.push(created);
    return created;
  };

  return {
    url: database.url,
    sql,
    pool,
    engine,
    logs,
    account: async (playerId) => {
      const [rows] = await sql.query<mysql.RowDataPacket[]>(
        'SELECT balance_units, seq FROM accounts WHERE player_id = ?',
        [playerId],
      );
      return { balanceUnits: BigInt(rows[0]?.balance_units), seq: BigInt(rows[0]?.seq) };
    },
    ledger: async (playerId) => {
      const [rows] = await sql.query<mysql.RowDataPacket[]>(
        'SELECT kind, status, amount_units FROM transactions WHERE player_id = ? AND seq > 1 ORDER BY seq',
        [playerId],
      );
      return rows.map((row) => `${row.kind} ${row.status} ${row.amount_units}`);
    },
    findings: async () => {
      const findings: Finding[] = [];
      await verifyLedger(pool, async (finding) => void findings.push(finding));
      return findings;
    },
    end: async () => {
      await Promise.all(engines.map((each) => each.close()));
      await Promise.all(touches.map((each) => each.close()));
      await sql.end();
      await pool.end();
      await database.drop();
    },
  };
}

async function addPlayers(sql: mysql.Connection, count: number): Promise<void> {
  const ids = Array.from({ length: count }, (_, index) => index + 1);
  await sql.query(
    `INSERT INTO players (player_id, operator_id, user_id, user_name, display_name, country, player_group, currency_code,
       blocked_at_ms, created_at_ms) VALUES ?`,
    [ids.map((id) => [id, OPERATOR, `u${id}`, 'john_doe', 'John Doe', 'Germany', '', 'EUR', null, 0])],
  );
  await sql.query('INSERT INTO accounts VALUES ?', [ids.map((id) => [id, START_UNITS, 1, 0, 0, 0, 0, 0, 0, 0])]);
  await sql.query(
    'INSERT INTO sessions (player_id, token, game_id, lobby_id, created_at_ms, expires_at_ms, closed_at_ms) VALUES ?',
    [ids.map((id) => [id, `session-token-of-player-${id}`, '200', '', 0, '9999999999999', null])],
  );
  await sql.query('INSERT INTO transactions VALUES ?', [
    ids.map((id) => [
      ...[id, 1, OPERATOR, 'cashier', `start-${id}`, 0, 'deposit', 'ok', '', START_UNITS, 'EUR', 'cashier', 'player'],
      ...[START_UNITS, '', '', null, '', 0, 1],
    ]),
  ]);
}

let lastId = 0;
/** A transaction id that no other operation of this file has. */
export const newId = (): string => `t${++lastId}`;

/** Resolves once `holds` does: for facts that only the server can tell. */
export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadlineAtMs = Date.now() + 20_000;
  while (!(await holds())) {
    if (Date.now() > deadlineAtMs) throw new Error(`it never happened: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

/** How many batches were begun again because of `cause`, as the metrics of an engine with this registry count them. */
export async function repeatsOf(registry: Registry, cause: 'passing' | 'killed' | 'lost' | 'bad'): Promise<number> {
  const text = await registry.metrics();
  return Number(new RegExp(`lane_repeats_total{cause="${cause}"} (\\d+)`).exec(text)?.[1] ?? 0);
}

export type Connection = mysql.Connection;

/** Another connection of the test's, such as one that holds a lock. */
export const connect = (url: string): Promise<Connection> =>
  mysql.createConnection({ uri: url, supportBigNumbers: true, bigNumberStrings: true });

type ServerProcess = { id: number; command: string; info: string };

/** The server's connections to this database, but for the one that asks. */
export async function processes(sql: Connection): Promise<ServerProcess[]> {
  const [rows] = await sql.query<mysql.RowDataPacket[]>(
    `SELECT id, command, info FROM information_schema.processlist WHERE db = DATABASE() AND id <> CONNECTION_ID()`,
  );
  return rows.map((row) => ({
    id: Number(row.id ?? row.ID),
    command: String(row.command ?? row.COMMAND),
    info: String(row.info ?? row.INFO ?? ''),
  }));
}

/** Resolves once a lane's statement waits for the lock of an account. */
export function untilLaneWaits(sql: Connection): Promise<void> {
  return until('a lane waits for an account', async () =>
    (await processes(sql)).some(({ info }) => info.includes('FOR UPDATE') && info.includes('accounts a')),
  );
}
