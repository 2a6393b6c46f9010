import { z } from 'zod';
import { type Connection, change, type Pool, type Queryable, selectRow, selectRows } from '../../common/db.ts';
import type { Cut } from './types.ts';

/** A terminal at a game server. */
export type TerminalKey = { hallId: string; uid: string };

/** How far a terminal is reconciled. */
export type Progress = {
  /** Counts the changes; 0: never reconciled. */
  version: bigint;
  /** Both sides were known up to here; -1: to nowhere. */
  settledUntilMs: number;
  cut: Cut | null;
  /** Ledger rows that the next run needs come after this one. */
  afterSeq: bigint;
  /** The last row that was seen: a later one with a time before `settledUntilMs` came late. */
  seenSeq: bigint;
  /** Something came late: what is after this time, and all since, may be otherwise. */
  rewindToMs: number | null;
  /** `settledUntilMs` of the newest cut that is kept to go back to; 0: none. */
  keptCutMs: number;
  matchedRecords: bigint;
};

/** A terminal with something to reconcile. */
export type Candidate = TerminalKey & {
  harvestedFromMs: number | null;
  harvestedUntilMs: number;
  progress: Progress;
};

export const NO_PROGRESS: Progress = {
  version: 0n,
  settledUntilMs: -1,
  cut: null,
  afterSeq: 0n,
  seenSeq: 0n,
  rewindToMs: null,
  keptCutMs: 0,
  matchedRecords: 0n,
};

/** A cut is kept that often, and that long. */
const KEEP_EVERY_MS = 12 * 3_600_000;
const KEEP_MS = 31 * 86_400_000;

type CandidateRow = {
  hall_id: string;
  uid: string;
  harvested_from_ms: bigint | null;
  harvested_until_ms: bigint;
  version: bigint | null;
  settled_until_ms: bigint | null;
  cut: string | null;
  after_seq: bigint | null;
  seen_seq: bigint | null;
  rewind_to_ms: bigint | null;
  kept_cut_ms: bigint | null;
  matched_records: bigint | null;
};

const SELECT_CANDIDATES = `SELECT h.hall_id, h.uid, h.harvested_from_ms, h.harvested_until_ms, r.version, r.settled_until_ms, r.cut,
    r.after_seq, r.seen_seq, r.rewind_to_ms, r.kept_cut_ms, r.matched_records
  FROM harvests h LEFT JOIN reconciliations r ON r.hall_id = h.hall_id AND r.uid = h.uid`;

/** Terminals with logs or a rewind that aren't reconciled up to `untilMs`, by hall and terminal, after `after`. */
export async function listCandidates(
  pool: Pool,
  { untilMs, after, limit }: { untilMs: number; after: TerminalKey; limit: number },
): Promise<Candidate[]> {
  const found = await selectRows<CandidateRow>(
    pool,
    `${SELECT_CANDIDATES} WHERE (h.hall_id > ? OR (h.hall_id = ? AND h.uid > ?)) AND h.harvested_until_ms > 0
       AND (r.hall_id IS NULL OR r.rewind_to_ms IS NOT NULL OR LEAST(h.harvested_until_ms, ?) > r.settled_until_ms)
     ORDER BY h.hall_id, h.uid LIMIT ?`,
    [after.hallId, after.hallId, after.uid, untilMs, limit],
  );
  return found.map(toCandidate);
}

/** One terminal, whether or not there is something new; null where its logs were never read. */
export async function readCandidate(pool: Pool, { hallId, uid }: TerminalKey): Promise<Candidate | null> {
  const row = await selectRow<CandidateRow>(pool, `${SELECT_CANDIDATES} WHERE h.hall_id = ? AND h.uid = ?`, [
    hallId,
    uid,
  ]);
  return row === null ? null : toCandidate(row);
}

/**
 * Has a terminal reconciled again from before a time, where it is reconciled beyond it. Whoever stores log records late calls it behind
 * that, in the same transaction: a run that ends meanwhile has either seen them, or is seen by this.
 */
export async function requestRewind(on: Queryable, { hallId, uid }: TerminalKey, fromMs: number): Promise<void> {
  await change(
    on,
    `UPDATE reconciliations SET rewind_to_ms = LEAST(COALESCE(rewind_to_ms, ?), ?)
     WHERE hall_id = ? AND uid = ? AND settled_until_ms >= ?`,
    [fromMs, fromMs, hallId, uid, fromMs],
  );
}

/** The newest kept cut that knew nothing of `beforeMs` and later; null: begin at the beginning. */
export async function readKeptCut(
  pool: Pool,
  { hallId, uid }: TerminalKey,
  beforeMs: number,
): Promise<Pick<Progress, 'settledUntilMs' | 'cut' | 'afterSeq' | 'keptCutMs'> | null> {
  const row = await selectRow<{ settled_until_ms: bigint; cut: string; after_seq: bigint }>(
    pool,
    `SELECT settled_until_ms, cut, after_seq FROM reconciliation_cuts
     WHERE hall_id = ? AND uid = ? AND settled_until_ms < ? ORDER BY settled_until_ms DESC LIMIT 1`,
    [hallId, uid, beforeMs],
  );
  if (row === null) return null;
  const settledUntilMs = Number(row.settled_until_ms);
  return { settledUntilMs, cut: readCut(row.cut), afterSeq: row.after_seq, keptCutMs: settledUntilMs };
}

/** Locks the terminal's row until the transaction ends. False: it is not as it was when `progress` was read. */
export async function lockProgress(
  connection: Connection,
  { hallId, uid }: TerminalKey,
  { version, rewindToMs }: Progress,
): Promise<boolean> {
  if (version === 0n) await insertEmpty(connection, { hallId, uid });
  const row = await selectRow<{ version: bigint; rewind_to_ms: bigint | null }>(
    connection,
    'SELECT version, rewind_to_ms FROM reconciliations WHERE hall_id = ? AND uid = ? FOR UPDATE',
    [hallId, uid],
  );
  return row !== null && row.version === version && toNumber(row.rewind_to_ms) === rewindToMs;
}

async function insertEmpty(connection: Connection, { hallId, uid }: TerminalKey): Promise<void> {
  await change(
    connection,
    `INSERT IGNORE INTO reconciliations (hall_id, uid, version, settled_until_ms, cut, after_seq, seen_seq, kept_cut_ms,
       matched_records, updated_at_ms) VALUES (?)`,
    [[hallId, uid, 0, -1, '', 0, 0, 0, 0, 0]],
  );
}

/** Within the transaction of `lockProgress`. Cuts after `startMs`, where the run began, are of another picture, and are dropped. */
export async function saveProgress(
  connection: Connection,
  { hallId, uid }: TerminalKey,
  next: Omit<Progress, 'version' | 'rewindToMs' | 'keptCutMs'>,
  { keptCutMs, isRewind, startMs, nowMs }: { keptCutMs: number; isRewind: boolean; startMs: number; nowMs: number },
): Promise<void> {
  const cut = writeCut(next.cut);
  const isKept = next.settledUntilMs - keptCutMs >= KEEP_EVERY_MS;
  if (isRewind) {
    await change(connection, 'DELETE FROM reconciliation_cuts WHERE hall_id = ? AND uid = ? AND settled_until_ms > ?', [
      hallId,
      uid,
      startMs,
    ]);
  }
  if (isKept) {
    await change(connection, 'DELETE FROM reconciliation_cuts WHERE hall_id = ? AND uid = ? AND settled_until_ms < ?', [
      hallId,
      uid,
      nowMs - KEEP_MS,
    ]);
    await change(
      connection,
      'INSERT INTO reconciliation_cuts (hall_id, uid, settled_until_ms, cut, after_seq) VALUES (?)',
      [[hallId, uid, next.settledUntilMs, cut, next.afterSeq]],
    );
  }
  await change(
    connection,
    `UPDATE reconciliations SET version = version + 1, settled_until_ms = ?, cut = ?, after_seq = ?, seen_seq = ?,
       rewind_to_ms = NULL, kept_cut_ms = ?, matched_records = ?, updated_at_ms = ? WHERE hall_id = ? AND uid = ?`,
    [
      next.settledUntilMs,
      cut,
      next.afterSeq,
      next.seenSeq,
      isKept ? next.settledUntilMs : keptCutMs,
      next.matchedRecords,
      nowMs,
      hallId,
      uid,
    ],
  );
}

function toCandidate(row: CandidateRow): Candidate {
  return {
    hallId: row.hall_id,
    uid: row.uid,
    harvestedFromMs: toNumber(row.harvested_from_ms),
    harvestedUntilMs: Number(row.harvested_until_ms),
    progress:
      row.version === null
        ? NO_PROGRESS
        : {
            version: row.version,
            settledUntilMs: Number(row.settled_until_ms),
            cut: readCut(row.cut ?? ''),
            afterSeq: row.after_seq ?? 0n,
            seenSeq: row.seen_seq ?? 0n,
            rewindToMs: toNumber(row.rewind_to_ms),
            keptCutMs: Number(row.kept_cut_ms),
            matchedRecords: row.matched_records ?? 0n,
          },
  };
}

const digits = z
  .string()
  .regex(/^-?\d+$/)
  .transform(BigInt);

const cutSchema = z.object({
  log: z.object({ playedAtMs: z.number(), dataId: digits }).nullable(),
  ledger: z.object({ atMs: z.number(), seq: digits }).nullable(),
  balanceUnits: digits.nullable(),
  untilMs: z.number(),
});

function readCut(json: string): Cut | null {
  return json === '' ? null : cutSchema.parse(JSON.parse(json));
}

function writeCut(cut: Cut | null): string {
  return cut === null ? '' : JSON.stringify(cut, (_, value) => (typeof value === 'bigint' ? String(value) : value));
}

const toNumber = (value: bigint | null): number | null => (value === null ? null : Number(value));
