import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Pool, type SqlValue, selectRow, selectRows } from '../../common/db.ts';
import { invalidArgument } from '../../common/fault.ts';
import { pageSize, provider, stargameId } from '../../common/fields.ts';
import { cutPage, keyNumber, pageKey } from '../../common/pages.ts';
import type {
  ListDiscrepanciesRequest,
  ListDiscrepanciesResponseSchema,
  ReconciliationSummarySchema,
} from '../../gen/jobs/v1/reconciliation_pb.ts';
import {
  DISCREPANCY_KINDS,
  DISCREPANCY_STATES,
  type DiscrepancyRow,
  SELECT_DISCREPANCIES,
  toDiscrepancy,
} from './discrepancies.ts';

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** How long a discrepancy has been known, at most. */
const AGES = [
  { age: 'hour', ms: HOUR_MS },
  { age: 'day', ms: DAY_MS },
  { age: 'week', ms: 7 * DAY_MS },
] as const;

type GroupRow = {
  kind: string;
  currency_code: string;
  state: string;
  age: string;
  count: bigint;
  amount_units: string;
  oldest_ms: bigint;
};

export async function readSummary(
  pool: Pool,
  nowMs: number,
): Promise<MessageInitShape<typeof ReconciliationSummarySchema>> {
  // Of those that are read and matched again and again, and those that have something left: others stand where they are done.
  const reached = await selectRow<{ harvested_ms: bigint | null; settled_ms: bigint | null; records: string | null }>(
    pool,
    `SELECT COALESCE(MIN(CASE WHEN h.due_at_ms IS NOT NULL OR r.settled_until_ms < h.harvested_until_ms
         THEN h.harvested_until_ms END), MAX(h.harvested_until_ms)) AS harvested_ms,
       COALESCE(MIN(CASE WHEN h.due_at_ms IS NOT NULL OR r.settled_until_ms < h.harvested_until_ms
         THEN r.settled_until_ms END), MAX(r.settled_until_ms)) AS settled_ms, SUM(r.matched_records) AS records
     FROM harvests h JOIN reconciliations r ON r.hall_id = h.hall_id AND r.uid = h.uid`,
  );
  const corrected = await selectRow<{ count: bigint; amount_units: string | null }>(
    pool,
    "SELECT COUNT(*) AS count, SUM(amount_units) AS amount_units FROM discrepancies WHERE state = 'corrected'",
  );
  const groups = await readGroups(pool, nowMs);
  const countOf = (state: string): bigint =>
    groups.reduce((sum, group) => (group.state === state ? sum + group.count : sum), 0n);
  const [oldest] = groups.filter(({ state }) => state === 'open').sort((a, b) => Number(a.oldest_ms - b.oldest_ms));
  return {
    harvestedUntilMs: reached?.harvested_ms ?? 0n,
    reconciledUntilMs: atLeast0(reached?.settled_ms ?? 0n),
    recordsMatched: BigInt(reached?.records ?? 0),
    open: countOf('open'),
    proposed: countOf('proposed'),
    oldestOpenAtMs: oldest?.oldest_ms ?? 0n,
    groups: merged(groups),
    corrected: corrected?.count ?? 0n,
    correctedUnits: BigInt(corrected?.amount_units ?? 0),
  };
}

function readGroups(pool: Pool, nowMs: number): Promise<GroupRow[]> {
  const cases = AGES.map(() => 'WHEN found_at_ms > ? THEN ?').join(' ');
  return selectRows<GroupRow>(
    pool,
    `SELECT kind, currency_code, state, age, COUNT(*) AS count, SUM(amount_units) AS amount_units, MIN(found_at_ms) AS oldest_ms
     FROM (SELECT kind, currency_code, state, amount_units, found_at_ms, CASE ${cases} ELSE 'older' END AS age
       FROM discrepancies WHERE state IN ('open', 'proposed')) AS d
     GROUP BY kind, currency_code, state, age`,
    AGES.flatMap(({ age, ms }) => [nowMs - ms, age]),
  );
}

/** Open and proposed ones together. */
function merged(rows: readonly GroupRow[]) {
  const groups = new Map<string, ReturnType<typeof toGroup>>();
  for (const row of rows) {
    const key = `${row.kind} ${row.currency_code} ${row.age}`;
    const known = groups.get(key);
    const group = toGroup(row);
    if (known === undefined) {
      groups.set(key, group);
      continue;
    }
    known.count += group.count;
    known.amountUnits += group.amountUnits;
    if (group.oldestAtMs < known.oldestAtMs) known.oldestAtMs = group.oldestAtMs;
  }
  return [...groups.values()];
}

const toGroup = (row: GroupRow) => ({
  kind: row.kind,
  currencyCode: row.currency_code,
  age: row.age,
  count: row.count,
  amountUnits: BigInt(row.amount_units),
  oldestAtMs: row.oldest_ms,
});

/** Newest first. */
export async function listDiscrepancies(
  pool: Pool,
  request: ListDiscrepanciesRequest,
): Promise<MessageInitShape<typeof ListDiscrepanciesResponseSchema>> {
  const size = pageSize(request.pageSize);
  const beforeId = pageKey(request.pageToken, 1)?.[0];
  const conditions: [string, SqlValue][] = [];
  if (request.state !== 'all') conditions.push(['state IN (?)', statesOf(request.state)]);
  if (request.kind !== '') conditions.push(['kind = ?', oneOf('kind', DISCREPANCY_KINDS, request.kind)]);
  if (request.provider !== '') conditions.push(['provider = ?', provider(request.provider)]);
  if (request.hallId !== '') conditions.push(['hall_id = ?', stargameId('hall_id', request.hallId)]);
  if (request.uid !== '') conditions.push(['uid = ?', stargameId('uid', request.uid)]);
  if (beforeId !== undefined) conditions.push(['discrepancy_id < ?', keyNumber(beforeId)]);
  const where = conditions.length === 0 ? '' : `WHERE ${conditions.map(([condition]) => condition).join(' AND ')}`;
  const found = await selectRows<DiscrepancyRow>(
    pool,
    `${SELECT_DISCREPANCIES} ${where} ORDER BY discrepancy_id DESC LIMIT ?`,
    [...conditions.map(([, value]) => value), size + 1],
  );
  const { page, nextPageToken } = cutPage(found, size, (row) => [String(row.discrepancy_id)]);
  return { discrepancies: page.map(toDiscrepancy), nextPageToken };
}

function statesOf(value: string): string[] {
  return value === '' ? ['open', 'proposed'] : [oneOf('state', DISCREPANCY_STATES, value)];
}

function oneOf(field: string, values: readonly string[], value: string): string {
  if (!values.includes(value)) throw invalidArgument(field, `must be one of ${values.join(', ')}`);
  return value;
}

const atLeast0 = (value: bigint): bigint => (value < 0n ? 0n : value);
