import { toServerTime } from '../../adapter/stargame/remote/times.ts';
import { type Connection, change, inTransaction, type Pool, selectRow, selectRows } from '../../common/db.ts';
import { requestRewind } from '../reconcile/progress.ts';
import type { GameRecord } from './record.ts';
import type { Span } from './windows.ts';

export type TerminalId = { hallId: string; uid: string };

export type Stored = {
  fresh: number;
  /** Kept as they were first, and now told otherwise. */
  differing: bigint[];
};

type Row = {
  data_id: bigint;
  played_at_ms: bigint;
  game_id: string;
  bet_units: bigint;
  win_units: bigint;
  balance_units: bigint;
};

const ROWS_A_STATEMENT = 500;

const INSERT = `INSERT INTO game_logs (hall_id, uid, data_id, played_at_ms, game_id, game_name, bet_units, win_units, line_count,
  balance_units, harvested_at_ms) VALUES ? ON DUPLICATE KEY UPDATE data_id = VALUES(data_id)`;

/**
 * Keeps what one window had, in one transaction with how far the terminal is read: a process that dies has read it or has not. What is
 * there already stays as it is. A record that comes after its time has been reconciled makes the reconciliation begin there again.
 */
export function storeWindow(
  pool: Pool,
  terminal: TerminalId,
  read: {
    records: readonly GameRecord[];
    /** All before it is read; null: a span was read again, whatever comes before it. */
    harvestedUntilMs: number | null;
    gap: Span | null;
    zone: string;
    nowMs: number;
  },
): Promise<Stored> {
  const { hallId, uid } = terminal;
  return inTransaction(pool, async (connection) => {
    // Whoever reads the same terminal waits here, so that each record is new once.
    await selectRow(connection, 'SELECT uid FROM harvests WHERE hall_id = ? AND uid = ? FOR UPDATE', [hallId, uid]);
    const known = await readKnown(connection, terminal, read.records);
    const fresh = read.records.filter(({ dataId }) => !known.has(dataId));
    for (let at = 0; at < fresh.length; at += ROWS_A_STATEMENT) {
      const rows = fresh.slice(at, at + ROWS_A_STATEMENT).map((record) => rowOf(terminal, record, read.nowMs));
      await change(connection, INSERT, [rows]);
    }
    if (read.gap !== null) await noteGap(connection, terminal, read.gap, read.nowMs);
    await moveOn(connection, terminal, read.harvestedUntilMs, fresh);
    await rewind(connection, terminal, fresh);
    const differing = read.records.filter((record) => differs(record, known.get(record.dataId), read.zone));
    return { fresh: fresh.length, differing: differing.map(({ dataId }) => dataId) };
  });
}

async function readKnown(
  connection: Connection,
  { hallId, uid }: TerminalId,
  records: readonly GameRecord[],
): Promise<Map<bigint, Row>> {
  const known = new Map<bigint, Row>();
  for (let at = 0; at < records.length; at += ROWS_A_STATEMENT) {
    const ids = records.slice(at, at + ROWS_A_STATEMENT).map(({ dataId }) => dataId);
    const rows = await selectRows<Row>(
      connection,
      `SELECT data_id, played_at_ms, game_id, bet_units, win_units, balance_units FROM game_logs
       WHERE hall_id = ? AND uid = ? AND data_id IN (?)`,
      [hallId, uid, ids],
    );
    for (const row of rows) known.set(row.data_id, row);
  }
  return known;
}

const rowOf = ({ hallId, uid }: TerminalId, record: GameRecord, nowMs: number) => [
  hallId,
  uid,
  record.dataId,
  record.playedAtMs,
  record.gameId,
  record.gameName,
  record.betUnits,
  record.winUnits,
  record.lineCount,
  record.balanceUnits,
  nowMs,
];

async function noteGap(connection: Connection, { hallId, uid }: TerminalId, gap: Span, nowMs: number): Promise<void> {
  await change(
    connection,
    `INSERT INTO harvest_gaps (hall_id, uid, from_ms, until_ms, found_at_ms) VALUES (?)
     ON DUPLICATE KEY UPDATE until_ms = GREATEST(until_ms, VALUES(until_ms))`,
    [[hallId, uid, gap.fromMs, gap.untilMs, nowMs]],
  );
}

/** Play that only the log knows of counts as activity as well. */
async function moveOn(
  connection: Connection,
  { hallId, uid }: TerminalId,
  harvestedUntilMs: number | null,
  fresh: readonly GameRecord[],
): Promise<void> {
  const lastPlayedMs = fresh.reduce((last, { playedAtMs }) => Math.max(last, playedAtMs), 0);
  await change(
    connection,
    `UPDATE harvests SET harvested_until_ms = GREATEST(harvested_until_ms, ?),
       active_until_ms = GREATEST(active_until_ms, ?), record_count = record_count + ? WHERE hall_id = ? AND uid = ?`,
    [harvestedUntilMs ?? 0, lastPlayedMs, fresh.length, hallId, uid],
  );
}

async function rewind(connection: Connection, terminal: TerminalId, fresh: readonly GameRecord[]): Promise<void> {
  if (fresh.length === 0) return;
  const firstMs = fresh.reduce((first, { playedAtMs }) => Math.min(first, playedAtMs), Number.MAX_SAFE_INTEGER);
  await requestRewind(connection, terminal, firstMs);
}

function differs(record: GameRecord, row: Row | undefined, zone: string): boolean {
  if (row === undefined) return false;
  return (
    row.bet_units !== record.betUnits ||
    row.win_units !== record.winUnits ||
    row.balance_units !== record.balanceUnits ||
    row.game_id !== record.gameId ||
    // What the clock shows, because that can have two meanings.
    toServerTime(Number(row.played_at_ms), zone) !== toServerTime(record.playedAtMs, zone)
  );
}
