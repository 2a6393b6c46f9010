import type { BalanceLimits, GgrLimits } from '../../../adapter/platform/client/types.ts';
import { type Connection, change, type Queryable, type SqlValue, selectRow, selectRows } from '../../../common/db.ts';
import { type LimitKind, type LimitReading, PACE_MS } from './state.ts';

/** A limit as PLATFORM has last spoken of it, with the readings that its pace is taken of. */
export type KnownLimit = { operatorId: string; last: LimitReading; readings: readonly LimitReading[] };

type Row = {
  operator_id: string;
  kind: LimitKind;
  currency_code: string;
  read_at_ms: bigint;
  is_enabled: number;
  is_exceeded: number;
  available_units: bigint | null;
  limit_units: bigint | null;
  used_units: bigint | null;
};

const KEPT_MS = 31 * 86_400_000;
/** A little more than what comes in the meantime. */
const REMOVED_AT_ONCE = 1_000;

const COLUMNS =
  'operator_id, kind, currency_code, read_at_ms, is_enabled, is_exceeded, available_units, limit_units, used_units';

/** A limit that isn't set has no currency. */
const notSet = (kind: LimitKind, readAtMs: number): LimitReading => ({
  ...{ kind, currencyCode: '', readAtMs, isEnabled: false, isExceeded: false },
  ...{ availableUnits: null, limitUnits: null, usedUnits: null },
});

/** The balance in PLATFORM's currency, and what that is in those that were asked for. */
export function balanceReadings(limits: BalanceLimits, readAtMs: number): LimitReading[] {
  if (!limits.enabled) return [notSet('balance', readAtMs)];
  const available = new Map([[limits.currencyCode, limits.availableUnits], ...limits.currencies]);
  return [...available].map(([currencyCode, availableUnits]) => ({
    ...notSet('balance', readAtMs),
    ...{ currencyCode, isEnabled: true, isExceeded: limits.isExceeded, availableUnits },
  }));
}

export function ggrReadings(limits: GgrLimits, readAtMs: number): LimitReading[] {
  if (!limits.enabled) return [notSet('ggr', readAtMs)];
  const { currencyCode, limitUnits, usedUnits } = limits;
  return [{ ...notSet('ggr', readAtMs), currencyCode, isEnabled: true, limitUnits, usedUnits }];
}

/** Adds them, and removes some of what is older than a month. */
export async function addReadings(
  connection: Connection,
  { operatorId, kind }: { operatorId: string; kind: LimitKind },
  readings: readonly LimitReading[],
  nowMs: number,
): Promise<void> {
  const values = readings.map((reading): SqlValue[] => [
    ...[operatorId, kind, reading.currencyCode, reading.readAtMs, reading.isEnabled, reading.isExceeded],
    ...[reading.availableUnits, reading.limitUnits, reading.usedUnits],
  ]);
  await change(
    connection,
    `INSERT INTO limit_readings (${COLUMNS}) VALUES ? ON DUPLICATE KEY UPDATE kind = VALUES(kind)`,
    [values],
  );
  await change(
    connection,
    `DELETE FROM limit_readings WHERE operator_id = ? AND kind = ? AND read_at_ms < ?
     ORDER BY operator_id, kind, currency_code, read_at_ms LIMIT ?`,
    [operatorId, kind, nowMs - KEPT_MS, REMOVED_AT_ONCE],
  );
}

/**
 * The limits that PLATFORM's last answers have, by operator, kind and currency; empty operator: of all. Of the readings of a day only first
 * and last are read, which is what a pace is made of.
 */
export async function knownLimits(on: Queryable, operatorId: string): Promise<KnownLimit[]> {
  // Answered by the key alone, without reading what lies between.
  const newest = await selectRows<Pick<Row, 'operator_id' | 'kind' | 'currency_code' | 'read_at_ms'>>(
    on,
    `SELECT operator_id, kind, currency_code, MAX(read_at_ms) AS read_at_ms FROM limit_readings
     ${operatorId === '' ? '' : 'WHERE operator_id = ?'} GROUP BY operator_id, kind, currency_code`,
    operatorId === '' ? [] : [operatorId],
  );
  const answeredAtMs = new Map<string, bigint>();
  for (const key of newest) {
    const before = answeredAtMs.get(nameOf(key)) ?? 0n;
    if (key.read_at_ms > before) answeredAtMs.set(nameOf(key), key.read_at_ms);
  }
  const known: KnownLimit[] = [];
  for (const key of newest) {
    // A currency of which a later answer says nothing has no limit any more.
    if (key.read_at_ms !== answeredAtMs.get(nameOf(key))) continue;
    const limit = await readLimit(on, key);
    if (limit !== null) known.push(limit);
  }
  return known;
}

/** Of what one answer is about. */
const nameOf = ({ operator_id, kind }: Pick<Row, 'operator_id' | 'kind'>): string => `${kind} ${operator_id}`;

/** Null: it has been removed meanwhile. */
async function readLimit(
  on: Queryable,
  { operator_id, kind, currency_code, read_at_ms }: Pick<Row, 'operator_id' | 'kind' | 'currency_code' | 'read_at_ms'>,
): Promise<KnownLimit | null> {
  const key = [operator_id, kind, currency_code];
  const sought = 'WHERE operator_id = ? AND kind = ? AND currency_code = ?';
  const [first, last] = [
    await selectRow<Row>(
      on,
      `SELECT ${COLUMNS} FROM limit_readings ${sought} AND read_at_ms >= ? AND is_enabled = 1 ORDER BY read_at_ms LIMIT 1`,
      [...key, Number(read_at_ms) - PACE_MS],
    ),
    await selectRow<Row>(on, `SELECT ${COLUMNS} FROM limit_readings ${sought} AND read_at_ms = ?`, [
      ...key,
      read_at_ms,
    ]),
  ];
  if (last === null) return null;
  const lastReading = readingOf(last);
  return {
    operatorId: operator_id,
    last: lastReading,
    readings: first === null ? [lastReading] : [readingOf(first), lastReading],
  };
}

const readingOf = (row: Row): LimitReading => ({
  kind: row.kind,
  currencyCode: row.currency_code,
  readAtMs: Number(row.read_at_ms),
  isEnabled: row.is_enabled === 1,
  isExceeded: row.is_exceeded === 1,
  availableUnits: row.available_units,
  limitUnits: row.limit_units,
  usedUnits: row.used_units,
});
