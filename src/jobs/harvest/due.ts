import { change, inTransaction, type Pool, type SqlValue, selectRow, selectRows } from '../../common/db.ts';
import type { HarvestConfig } from './config.ts';
import type { TerminalId } from './store.ts';
import { KEPT_MS } from './windows.ts';

export type DueTerminal = TerminalId & { harvestedUntilMs: number; failures: number };

type Row = { hall_id: string; uid: string; harvested_until_ms: bigint; failures: number };

/** Terminals of a process that died are due again then. */
export const LEASE_MS = 300_000;
/** How often terminals are read that are not played at any more; with the overlap it is one window. */
const SELDOM_MS = 21 * 3_600_000;
const RETRY_MIN_MS = 60_000;
const ERROR_LENGTH = 255;

const COLUMNS = 'hall_id, uid, harvested_until_ms, failures';

/** Takes up to `limit` terminals that have been due at `dueAtMs`, longest due first, and which nobody else is reading. */
export function claimDue(
  pool: Pool,
  options: { dueAtMs: number; nowMs: number; limit: number; hallId: string },
): Promise<DueTerminal[]> {
  const { dueAtMs, nowMs, limit, hallId } = options;
  return inTransaction(pool, async (connection) => {
    const rows = await selectRows<Row>(
      connection,
      `SELECT ${COLUMNS} FROM harvests WHERE due_at_ms <= ? AND (? = '' OR hall_id = ?)
       ORDER BY due_at_ms LIMIT ? FOR UPDATE SKIP LOCKED`,
      [dueAtMs, hallId, hallId, limit],
    );
    if (rows.length === 0) return [];
    await change(connection, 'UPDATE harvests SET due_at_ms = ?, tried_at_ms = ? WHERE (hall_id, uid) IN (?)', [
      nowMs + LEASE_MS,
      nowMs,
      rows.map(({ hall_id, uid }) => [hall_id, uid]),
    ]);
    return rows.map(terminalOf);
  });
}

/** What was claimed and has not been read is due again at once. */
export async function release(pool: Pool, terminals: readonly TerminalId[], nowMs: number): Promise<void> {
  if (terminals.length === 0) return;
  await change(pool, 'UPDATE harvests SET due_at_ms = ? WHERE (hall_id, uid) IN (?)', [
    nowMs,
    terminals.map(({ hallId, uid }) => [hallId, uid]),
  ]);
}

export async function countDue(pool: Pool, nowMs: number, hallId: string): Promise<number> {
  return count(pool, "due_at_ms <= ? AND (? = '' OR hall_id = ?)", [nowMs, hallId, hallId]);
}

/** `uid` and `hallId` empty: of all. */
export async function countTerminals(pool: Pool, { hallId, uid }: { hallId: string; uid: string }): Promise<number> {
  return count(pool, "(? = '' OR hall_id = ?) AND (? = '' OR uid = ?)", [hallId, hallId, uid, uid]);
}

async function count(pool: Pool, condition: string, values: readonly SqlValue[]): Promise<number> {
  const row = await selectRow<{ found: bigint }>(
    pool,
    `SELECT COUNT(*) AS found FROM harvests WHERE ${condition}`,
    values,
  );
  return Number(row?.found ?? 0n);
}

/** All terminals in order, `limit` at a time, whether due or not; `uid` and `hallId` empty: of all. */
export async function listTerminals(
  pool: Pool,
  options: { hallId: string; uid: string; after: TerminalId | null; limit: number },
): Promise<DueTerminal[]> {
  const { hallId, uid, after, limit } = options;
  const rows = await selectRows<Row>(
    pool,
    `SELECT ${COLUMNS} FROM harvests WHERE (? = '' OR hall_id = ?) AND (? = '' OR uid = ?)
       AND (hall_id > ? OR (hall_id = ? AND uid > ?)) ORDER BY hall_id, uid LIMIT ?`,
    [hallId, hallId, uid, uid, after?.hallId ?? '', after?.hallId ?? '', after?.uid ?? '', limit],
  );
  return rows.map(terminalOf);
}

/** It is read up to now: when it is to be read again depends on when it was played at. */
export async function noteRead(
  pool: Pool,
  config: HarvestConfig,
  { hallId, uid }: TerminalId,
  nowMs: number,
): Promise<void> {
  await change(
    pool,
    `UPDATE harvests SET failures = 0, error = '', tried_at_ms = ?, due_at_ms = CASE
       WHEN harvested_until_ms < active_until_ms + ? THEN ? WHEN active_until_ms > ? THEN ? END
     WHERE hall_id = ? AND uid = ?`,
    [
      nowMs,
      config.HARVEST_QUIET_MS,
      nowMs + config.HARVEST_EVERY_MS,
      nowMs - KEPT_MS,
      nowMs + Math.max(SELDOM_MS, config.HARVEST_EVERY_MS),
      hallId,
      uid,
    ],
  );
}

/** It is tried again ever more seldom, but as often as others are read. */
export async function noteFailure(
  pool: Pool,
  config: HarvestConfig,
  terminal: DueTerminal,
  error: string,
  nowMs: number,
): Promise<void> {
  const pauseMs = Math.min(RETRY_MIN_MS * 2 ** Math.min(terminal.failures, 20), config.HARVEST_EVERY_MS);
  await change(
    pool,
    `UPDATE harvests SET failures = failures + 1, error = ?, tried_at_ms = ?, due_at_ms = ? WHERE hall_id = ? AND uid = ?`,
    [[...error].slice(0, ERROR_LENGTH).join(''), nowMs, nowMs + pauseMs, terminal.hallId, terminal.uid],
  );
}

const terminalOf = ({ hall_id, uid, harvested_until_ms, failures }: Row): DueTerminal => ({
  hallId: hall_id,
  uid,
  harvestedUntilMs: Number(harvested_until_ms),
  failures,
});
