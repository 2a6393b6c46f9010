import { change, type Pool, type SqlValue, selectRow } from '../../common/db.ts';
import { HallService, type Terminal } from '../../gen/wallet/v1/halls_pb.ts';
import type { Wallet } from '../wallet.ts';
import type { HarvestConfig } from './config.ts';
import type { TerminalId } from './store.ts';
import { KEPT_MS } from './windows.ts';

/** What is committed late, and by other clocks, is seen by asking for the last minute again. */
const AGAIN_MS = 60_000;
const STEP_MS = 23 * 3_600_000;
/** The first look leaves this much of the seven days: what is nearly gone would be, once it is read. */
const FIRST_MARGIN_MS = 3_600_000;
const ACTIVE_A_PAGE = 1_000;
const LINKED_A_PAGE = 1_000;

const INSERT = `INSERT INTO harvests (hall_id, uid, harvested_from_ms, harvested_until_ms, active_until_ms, due_at_ms, failures, error,
  tried_at_ms, record_count) VALUES ? ON DUPLICATE KEY UPDATE`;

export type ActivityDeps = {
  pool: Pool;
  wallet: Wallet;
  config: HarvestConfig;
  now: () => number;
};

/**
 * Finds the terminals that were played at since the last look, and those that are new, and has them read. A process that dies looks
 * again; looking twice changes nothing.
 */
export async function followActivity(deps: ActivityDeps, requestId: string): Promise<void> {
  const { pool, now } = deps;
  const nowMs = now();
  // A clock that was ahead has seen what there was until then, and nothing since.
  let seenUntilMs = Math.min(await readActivity(pool, nowMs, deps.config), nowMs);
  await noteLinked(deps, seenUntilMs - AGAIN_MS, nowMs, requestId);
  do {
    const fromMs = seenUntilMs - AGAIN_MS;
    const untilMs = Math.min(fromMs + STEP_MS, nowMs);
    await noteActive(deps, { fromMs, untilMs, nowMs }, requestId);
    await change(pool, 'UPDATE harvest_activity SET seen_until_ms = ? WHERE id = 1', [untilMs]);
    seenUntilMs = untilMs;
  } while (seenUntilMs < nowMs);
}

async function readActivity(pool: Pool, nowMs: number, { HARVEST_QUIET_MS }: HarvestConfig): Promise<number> {
  const firstMs = nowMs - KEPT_MS + HARVEST_QUIET_MS + AGAIN_MS + FIRST_MARGIN_MS;
  await change(
    pool,
    'INSERT INTO harvest_activity (id, seen_until_ms) VALUES (1, ?) ON DUPLICATE KEY UPDATE id = VALUES(id)',
    [firstMs],
  );
  const row = await selectRow<{ seen_until_ms: bigint }>(
    pool,
    'SELECT seen_until_ms FROM harvest_activity WHERE id = 1',
  );
  return Number(row?.seen_until_ms ?? firstMs);
}

/**
 * A terminal that was left alone had nothing to be read up to `fromMs`, or it would have been found earlier; HARVEST_QUIET_MS before it
 * for bets whose wins got lost. One that was never read begins where it was linked, or as far back as StarGame keeps logs.
 */
async function noteActive(
  { pool, wallet, config }: ActivityDeps,
  { fromMs, untilMs, nowMs }: { fromMs: number; untilMs: number; nowMs: number },
  requestId: string,
): Promise<void> {
  const startMs = fromMs - config.HARVEST_QUIET_MS;
  const firstMs = Math.min(startMs, nowMs - KEPT_MS + FIRST_MARGIN_MS);
  let pageToken = '';
  do {
    const page = await wallet.call(
      HallService.method.listActiveTerminals,
      { fromMs: BigInt(fromMs), untilMs: BigInt(untilMs), pageSize: ACTIVE_A_PAGE, pageToken },
      requestId,
    );
    const rows = page.terminals.map((terminal) =>
      rowOf(terminal, { readUntilMs: Math.max(Number(terminal.createdAtMs), firstMs), untilMs, dueAtMs: nowMs }),
    );
    if (rows.length > 0) {
      await change(
        pool,
        `${INSERT}
           harvested_until_ms = CASE WHEN due_at_ms IS NULL THEN GREATEST(harvested_until_ms, ?) ELSE harvested_until_ms END,
           active_until_ms = GREATEST(active_until_ms, VALUES(active_until_ms)),
           due_at_ms = LEAST(COALESCE(due_at_ms, VALUES(due_at_ms)), GREATEST(VALUES(due_at_ms), COALESCE(tried_at_ms, 0) + ?))`,
        [rows, startMs, config.HARVEST_EVERY_MS],
      );
    }
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}

/** Terminals are read once a day for seven days after they were linked, also without any activity that we know of. */
async function noteLinked(deps: ActivityDeps, sinceMs: number, nowMs: number, requestId: string): Promise<void> {
  let pageToken = '';
  do {
    const page = await deps.wallet.call(
      HallService.method.listTerminals,
      { updatedSinceMs: BigInt(sinceMs), pageSize: LINKED_A_PAGE, pageToken },
      requestId,
    );
    await noteIdle(deps, page.terminals, { sinceMs, nowMs });
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
}

/** Makes sure that a terminal is among those that can be read. Throws the wallet's NOT_FOUND. */
export async function noteTerminal(deps: ActivityDeps, terminal: TerminalId, requestId: string): Promise<void> {
  const nowMs = deps.now();
  const found = await deps.wallet.call(HallService.method.getTerminal, terminal, requestId);
  await noteIdle(deps, [found], { sinceMs: nowMs - KEPT_MS + FIRST_MARGIN_MS, nowMs });
}

async function noteIdle(
  { pool, config }: ActivityDeps,
  terminals: readonly Terminal[],
  { sinceMs, nowMs }: { sinceMs: number; nowMs: number },
): Promise<void> {
  if (terminals.length === 0) return;
  const rows = terminals.map((terminal) => {
    const readUntilMs = Math.max(Number(terminal.createdAtMs), sinceMs);
    const untilMs = readUntilMs - config.HARVEST_QUIET_MS;
    return rowOf(terminal, { readUntilMs, untilMs, dueAtMs: nowMs + config.HARVEST_EVERY_MS });
  });
  await change(pool, `${INSERT} hall_id = VALUES(hall_id)`, [rows]);
}

function rowOf(
  { hallId, uid }: Terminal,
  { readUntilMs, untilMs, dueAtMs }: { readUntilMs: number; untilMs: number; dueAtMs: number },
): SqlValue[] {
  return [hallId, uid, readUntilMs, readUntilMs, untilMs, dueAtMs, 0, '', null, 0];
}
