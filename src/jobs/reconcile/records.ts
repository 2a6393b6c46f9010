import { type Connection, change, type Pool, type Queryable, selectRow, selectRows } from '../../common/db.ts';
import type { TerminalKey } from './progress.ts';
import type { LogRecord, Match } from './types.ts';

/** A record as it is in our table. */
export type StoredRecord = LogRecord & { isMatched: boolean };

/** Times, both included. */
export type Span = { fromMs: number; untilMs: number };

/** Matches written by one statement. */
const MATCHES_A_STATEMENT = 500;

type RecordRow = {
  data_id: bigint;
  played_at_ms: bigint;
  game_id: string;
  game_name: string;
  bet_units: bigint;
  win_units: bigint;
  balance_units: bigint;
  matched_at_ms: bigint | null;
};

/** A terminal's records in order of time, at most so many. */
export async function readRecords(
  pool: Pool,
  { hallId, uid }: TerminalKey,
  { fromMs, untilMs }: Span,
  limit: number,
): Promise<StoredRecord[]> {
  const found = await selectRows<RecordRow>(
    pool,
    `SELECT data_id, played_at_ms, game_id, game_name, bet_units, win_units, balance_units, matched_at_ms FROM game_logs
     WHERE hall_id = ? AND uid = ? AND played_at_ms BETWEEN ? AND ? ORDER BY played_at_ms, data_id LIMIT ?`,
    [hallId, uid, fromMs, untilMs, limit],
  );
  return found.map((row) => ({
    dataId: row.data_id,
    playedAtMs: Number(row.played_at_ms),
    betUnits: row.bet_units,
    winUnits: row.win_units,
    balanceUnits: row.balance_units,
    gameId: row.game_id,
    gameName: row.game_name,
    isMatched: row.matched_at_ms !== null,
  }));
}

export async function countRecords(on: Queryable, { hallId, uid }: TerminalKey, span: Span): Promise<number> {
  const row = await selectRow<{ records: bigint }>(
    on,
    'SELECT COUNT(*) AS records FROM game_logs WHERE hall_id = ? AND uid = ? AND played_at_ms BETWEEN ? AND ?',
    [hallId, uid, span.fromMs, span.untilMs],
  );
  return Number(row?.records ?? 0n);
}

/** The time of a terminal's first record; null: it has none. */
export async function firstPlayedAtMs(pool: Pool, { hallId, uid }: TerminalKey): Promise<number | null> {
  const row = await selectRow<{ first_ms: bigint | null }>(
    pool,
    'SELECT MIN(played_at_ms) AS first_ms FROM game_logs WHERE hall_id = ? AND uid = ?',
    [hallId, uid],
  );
  return row === null || row.first_ms === null ? null : Number(row.first_ms);
}

/** Spans of which there are no records, because StarGame had them no more. */
export async function readGaps(pool: Pool, { hallId, uid }: TerminalKey): Promise<Span[]> {
  const found = await selectRows<{ from_ms: bigint; until_ms: bigint }>(
    pool,
    'SELECT from_ms, until_ms FROM harvest_gaps WHERE hall_id = ? AND uid = ?',
    [hallId, uid],
  );
  return found.map((row) => ({ fromMs: Number(row.from_ms), untilMs: Number(row.until_ms) }));
}

/** Writes which of our transactions belong to each record. A join of one JSON value: a statement for each record would take ten times as long. */
export async function writeMatches(
  connection: Connection,
  { hallId, uid }: TerminalKey,
  matches: readonly Match[],
  nowMs: number,
): Promise<void> {
  for (let start = 0; start < matches.length; start += MATCHES_A_STATEMENT) {
    const json = matches.slice(start, start + MATCHES_A_STATEMENT).map((match) => ({
      id: String(match.dataId),
      bet: match.betTransactionId ?? '',
      win: match.winTransactionId ?? '',
    }));
    await change(
      connection,
      `UPDATE JSON_TABLE(?, '$[*]' COLUMNS (id BIGINT PATH '$.id', bet VARCHAR(64) PATH '$.bet', win VARCHAR(64) PATH '$.win')) AS m
         STRAIGHT_JOIN game_logs AS g ON g.hall_id = ? AND g.uid = ? AND g.data_id = m.id
       SET g.bet_transaction_id = m.bet, g.win_transaction_id = m.win, g.matched_at_ms = ?`,
      [JSON.stringify(json), hallId, uid, nowMs],
    );
  }
}
