import { type Connection, change, inTransaction, type Pool, selectRow, selectRows } from '../../common/db.ts';
import type { ReconcileConfig } from './config.ts';
import { type DiscrepancyRow, SELECT_DISCREPANCIES } from './discrepancies.ts';

/** Stands where a person's name would: no person may have it. */
export const AUTOMATIC = 'automatic';

type Deps = {
  pool: Pool;
  config: Pick<ReconcileConfig, 'RECONCILE_AUTO_MAX_UNITS' | 'RECONCILE_AUTO_DAY_MAX_UNITS' | 'RECONCILE_SETTLE_MS'>;
  now: () => number;
};

const ROWS_A_PAGE = 100;
/** A debit without a record and a record without a debit, of the same stake and no farther apart, may be one spin that took its time. */
const SAME_SPIN_MS = 3_600_000;

/**
 * Approves what may be corrected without a person: within the limit of one and, together with the others of the day, operator and currency,
 * that of a day. What is above the day's limit waits for the next day, or for people. And only what was still so when the logs were read
 * RECONCILE_SETTLE_MS after it was played: the game server may write a record late, and the first reading is soon. Gives how many it
 * approved.
 */
export async function approveAutomatically({ pool, config, now }: Deps): Promise<number> {
  const maxUnits = config.RECONCILE_AUTO_MAX_UNITS;
  let approved = 0;
  for (let afterId = 0n; maxUnits > 0n; ) {
    const page = await selectRows<DiscrepancyRow>(
      pool,
      `${SELECT_DISCREPANCIES} WHERE state = 'open' AND is_automatic = 1 AND amount_units BETWEEN 1 AND ? AND discrepancy_id > ?
         AND EXISTS (SELECT 1 FROM harvests AS h WHERE h.hall_id = discrepancies.hall_id AND h.uid = discrepancies.uid
           AND h.harvested_until_ms >= discrepancies.occurred_at_ms + ?)
         AND NOT (correction = 'cancel' AND EXISTS (SELECT 1 FROM discrepancies AS b WHERE b.hall_id = discrepancies.hall_id
           AND b.uid = discrepancies.uid AND b.occurred_at_ms BETWEEN discrepancies.occurred_at_ms - ? AND discrepancies.occurred_at_ms + ?
           AND b.kind = 'bet_missing' AND b.amount_units = discrepancies.amount_units AND b.state <> 'explained'))
       ORDER BY discrepancy_id LIMIT ?`,
      [maxUnits, afterId, config.RECONCILE_SETTLE_MS, SAME_SPIN_MS, SAME_SPIN_MS, ROWS_A_PAGE],
    );
    for (const row of page) {
      afterId = row.discrepancy_id;
      const isApproved = await inTransaction(pool, (connection) =>
        approve(connection, row, { dayMaxUnits: config.RECONCILE_AUTO_DAY_MAX_UNITS, nowMs: now() }),
      );
      if (isApproved) approved += 1;
    }
    if (page.length < ROWS_A_PAGE) break;
  }
  return approved;
}

/** The day's row is locked: of two processes the second counts what the first has added. */
async function approve(
  connection: Connection,
  row: DiscrepancyRow,
  { dayMaxUnits, nowMs }: { dayMaxUnits: bigint; nowMs: number },
): Promise<boolean> {
  const day = [row.operator_id, row.currency_code, new Date(nowMs).toISOString().slice(0, 10)];
  await change(
    connection,
    'INSERT IGNORE INTO reconciliation_days (operator_id, currency_code, utc_day, automatic_units) VALUES (?)',
    [[...day, 0]],
  );
  const spent = await selectRow<{ automatic_units: bigint }>(
    connection,
    `SELECT automatic_units FROM reconciliation_days WHERE operator_id = ? AND currency_code = ? AND utc_day = ? FOR UPDATE`,
    day,
  );
  if (spent === null || spent.automatic_units + row.amount_units > dayMaxUnits) return false;
  const changed = await change(
    connection,
    `UPDATE discrepancies SET state = 'approved', resolution = correction, approved_by = ?
     WHERE discrepancy_id = ? AND state = 'open' AND is_automatic = 1 AND amount_units = ? AND transaction_id = ?`,
    [AUTOMATIC, row.discrepancy_id, row.amount_units, row.transaction_id],
  );
  if (changed === 0) return false;
  await change(
    connection,
    `UPDATE reconciliation_days SET automatic_units = automatic_units + ?
     WHERE operator_id = ? AND currency_code = ? AND utc_day = ?`,
    [row.amount_units, ...day],
  );
  return true;
}
