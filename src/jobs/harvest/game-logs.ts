import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Pool, selectRow, selectRows } from '../../common/db.ts';
import type { GameLogSchema } from '../../gen/jobs/v1/harvest_pb.ts';
import type { TerminalId } from './store.ts';

export type GameLogRow = {
  hall_id: string;
  uid: string;
  data_id: bigint;
  played_at_ms: bigint;
  game_id: string;
  game_name: string;
  bet_units: bigint;
  win_units: bigint;
  line_count: bigint;
  balance_units: bigint;
  bet_transaction_id: string;
  win_transaction_id: string;
  matched_at_ms: bigint | null;
};

const COLUMNS = `hall_id, uid, data_id, played_at_ms, game_id, game_name, bet_units, win_units, line_count, balance_units,
  bet_transaction_id, win_transaction_id, matched_at_ms`;

/** In order of time, then of data id, after the record `after`. */
export function listGameLogs(
  pool: Pool,
  terminal: TerminalId,
  options: { fromMs: bigint; untilMs: bigint; after: { playedAtMs: bigint; dataId: bigint } | null; limit: number },
): Promise<GameLogRow[]> {
  const { fromMs, untilMs, after, limit } = options;
  const [playedAtMs, dataId] = after === null ? [fromMs, -1n] : [after.playedAtMs, after.dataId];
  return selectRows<GameLogRow>(
    pool,
    `SELECT ${COLUMNS} FROM game_logs WHERE hall_id = ? AND uid = ? AND played_at_ms >= ? AND played_at_ms < ?
       AND (played_at_ms > ? OR data_id > ?) ORDER BY played_at_ms, data_id LIMIT ?`,
    [terminal.hallId, terminal.uid, playedAtMs, untilMs, playedAtMs, dataId, limit],
  );
}

export function findGameLog(pool: Pool, { hallId, uid }: TerminalId, dataId: bigint): Promise<GameLogRow | null> {
  return selectRow<GameLogRow>(pool, `SELECT ${COLUMNS} FROM game_logs WHERE hall_id = ? AND uid = ? AND data_id = ?`, [
    hallId,
    uid,
    dataId,
  ]);
}

export const gameLogMessage = (row: GameLogRow): MessageInitShape<typeof GameLogSchema> => ({
  hallId: row.hall_id,
  uid: row.uid,
  dataId: row.data_id,
  gameId: row.game_id,
  gameName: row.game_name,
  playedAtMs: row.played_at_ms,
  betUnits: row.bet_units,
  winUnits: row.win_units,
  lines: row.line_count,
  balanceUnits: row.balance_units,
  betTransactionId: row.bet_transaction_id,
  winTransactionId: row.win_transaction_id,
  matchedAtMs: row.matched_at_ms ?? 0n,
});
