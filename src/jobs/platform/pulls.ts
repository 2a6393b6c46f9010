import {
  type Connection,
  change,
  inTransaction,
  type Pool,
  type Queryable,
  selectRow,
  selectRows,
} from '../../common/db.ts';

export type PullKind = 'games' | 'lobbies' | 'report' | 'balance_limits' | 'ggr_limits';

/** What is asked of PLATFORM for an operator. `item`: of a report its day, else empty. */
export type PullKey = { operatorId: string; kind: PullKind; item: string };

/** A pull that somebody has taken up. `leasedUntilMs` is the proof that it is still theirs. `dueAtMs`: when it was due; null: never. */
export type Pull = PullKey & { dueAtMs: number | null; leasedUntilMs: number; pulls: number; failures: number };

type Row = {
  operator_id: string;
  kind: PullKind;
  item: string;
  due_at_ms: bigint | null;
  pulls: number;
  failures: number;
};

const ERROR_LENGTH = 255;
const RETRY_MIN_MS = 60_000;
const RETRY_MAX_MS = 3_600_000;

/** Adds what is to be pulled; what is there already stays as it is. `dueAtMs` null: only where somebody asks for it. */
export async function addPulls(on: Queryable, pulls: readonly (PullKey & { dueAtMs: number | null })[]): Promise<void> {
  if (pulls.length === 0) return;
  await change(
    on,
    `INSERT INTO platform_pulls (operator_id, kind, item, due_at_ms, leased_until_ms, done_at_ms, pulls, failures, error)
     VALUES ? ON DUPLICATE KEY UPDATE operator_id = VALUES(operator_id)`,
    [pulls.map(({ operatorId, kind, item, dueAtMs }) => [operatorId, kind, item, dueAtMs, 0, null, 0, 0, ''])],
  );
}

/**
 * Takes up to `limit` pulls that are due and that nobody else is at, of each kind longest due first. Kind by kind: read in the order of the
 * index, no row is locked but those that are taken, and whoever asks at the same time finds the others.
 */
export function claimPulls(
  pool: Pool,
  options: { kinds: readonly PullKind[]; nowMs: number; leaseMs: number; limit: number },
): Promise<Pull[]> {
  const { kinds, nowMs, leaseMs, limit } = options;
  const leasedUntilMs = nowMs + leaseMs;
  return inTransaction(pool, async (connection) => {
    const rows: Row[] = [];
    for (const kind of kinds) {
      if (rows.length === limit) break;
      const due = await selectRows<Row>(
        connection,
        `SELECT operator_id, kind, item, due_at_ms, pulls, failures FROM platform_pulls FORCE INDEX (by_due)
         WHERE kind = ? AND due_at_ms <= ? AND leased_until_ms <= ? ORDER BY due_at_ms LIMIT ? FOR UPDATE SKIP LOCKED`,
        [kind, nowMs, nowMs, limit - rows.length],
      );
      rows.push(...due);
    }
    return lease(connection, rows, leasedUntilMs);
  });
}

/** Takes one up whether or not it is due; null where somebody is at it, or there is none. */
export function claimPull(
  pool: Pool,
  { operatorId, kind, item }: PullKey,
  options: { nowMs: number; leaseMs: number },
): Promise<Pull | null> {
  return inTransaction(pool, async (connection) => {
    const row = await selectRow<Row>(
      connection,
      `SELECT operator_id, kind, item, due_at_ms, pulls, failures FROM platform_pulls
       WHERE operator_id = ? AND kind = ? AND item = ? AND leased_until_ms <= ? FOR UPDATE`,
      [operatorId, kind, item, options.nowMs],
    );
    const [pull] = await lease(connection, row === null ? [] : [row], options.nowMs + options.leaseMs);
    return pull ?? null;
  });
}

async function lease(connection: Connection, rows: readonly Row[], leasedUntilMs: number): Promise<Pull[]> {
  if (rows.length === 0) return [];
  await change(connection, 'UPDATE platform_pulls SET leased_until_ms = ? WHERE (operator_id, kind, item) IN (?)', [
    leasedUntilMs,
    rows.map(({ operator_id, kind, item }) => [operator_id, kind, item]),
  ]);
  return rows.map(({ operator_id: operatorId, kind, item, due_at_ms, pulls, failures }) => ({
    ...{ operatorId, kind, item, pulls, failures, leasedUntilMs },
    dueAtMs: due_at_ms === null ? null : Number(due_at_ms),
  }));
}

/**
 * Notes that it is done, in the transaction that writes what was pulled. False: it took too long, and somebody else has it now: roll back.
 * `dueAtMs`: when it is to be done again; null: never.
 */
export async function finishPull(
  connection: Connection,
  pull: Pull,
  { nowMs, dueAtMs }: { nowMs: number; dueAtMs: number | null },
): Promise<boolean> {
  const changed = await change(
    connection,
    `UPDATE platform_pulls SET due_at_ms = ?, leased_until_ms = 0, done_at_ms = ?, pulls = pulls + 1, failures = 0, error = ''
     WHERE operator_id = ? AND kind = ? AND item = ? AND leased_until_ms = ?`,
    [dueAtMs, nowMs, pull.operatorId, pull.kind, pull.item, pull.leasedUntilMs],
  );
  return changed === 1;
}

/** When a pull that was due is tried again: after a minute, then ever more seldom, but at least every hour. */
export function retryAtMs({ failures }: Pick<Pull, 'failures'>, nowMs: number): number {
  return nowMs + Math.min(RETRY_MIN_MS * 2 ** Math.min(failures, 20), RETRY_MAX_MS);
}

/**
 * Notes that it failed. It is due again at `againAtMs`; one that somebody asked for before it was due stays due when it was. `error` has no
 * secret in it.
 */
export async function failPull(
  pool: Pool,
  pull: Pull,
  error: string,
  nowMs: number,
  againAtMs: number = retryAtMs(pull, nowMs),
): Promise<void> {
  const wasDue = pull.dueAtMs !== null && pull.dueAtMs <= nowMs;
  await change(
    pool,
    `UPDATE platform_pulls SET due_at_ms = ?, leased_until_ms = 0, failures = failures + 1, error = ?
     WHERE operator_id = ? AND kind = ? AND item = ? AND leased_until_ms = ?`,
    [
      wasDue ? againAtMs : pull.dueAtMs,
      [...error].slice(0, ERROR_LENGTH).join(''),
      ...[pull.operatorId, pull.kind, pull.item, pull.leasedUntilMs],
    ],
  );
}

/** Gives back what was taken up and not begun, or broken off: it is as due as it was. */
export async function releasePull(pool: Pool, pull: Pull): Promise<void> {
  await change(
    pool,
    `UPDATE platform_pulls SET leased_until_ms = 0
     WHERE operator_id = ? AND kind = ? AND item = ? AND leased_until_ms = ?`,
    [pull.operatorId, pull.kind, pull.item, pull.leasedUntilMs],
  );
}

/** Of one run and lane; the next run goes on. */
const TAKEN_MAX = 1_000;

/**
 * Takes up what is due, one after the other in each of `lanes`, until nothing is due or the signal comes. One lane's error ends that lane
 * alone, and is thrown once all have ended.
 */
export async function drainPulls(
  options: {
    pool: Pool;
    now: () => number;
    kinds: readonly PullKind[];
    leaseMs: number;
    lanes: number;
    signal: AbortSignal;
  },
  work: (pull: Pull) => Promise<unknown>,
): Promise<void> {
  const { pool, now, kinds, leaseMs, lanes, signal } = options;
  const lane = async (): Promise<void> => {
    for (let taken = 0; taken < TAKEN_MAX && !signal.aborted; taken += 1) {
      // One at a time: what is taken up is begun at once, within its lease.
      const [pull] = await claimPulls(pool, { kinds, nowMs: now(), leaseMs, limit: 1 });
      if (pull === undefined) return;
      await work(pull);
    }
  };
  const ended = await Promise.allSettled(Array.from({ length: lanes }, lane));
  for (const result of ended) if (result.status === 'rejected') throw result.reason;
}
