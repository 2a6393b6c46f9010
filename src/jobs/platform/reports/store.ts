import type { ReportRow } from '../../../adapter/platform/client/types.ts';
import { type Connection, change, inTransaction, type Pool, type SqlValue, selectRows } from '../../../common/db.ts';
import { finishPull, type Pull } from '../pulls.ts';

/** What storing a report has changed: rows that are new, gone, or have another figure. */
export type StoredReport = { rows: number; changed: number };

const FIGURES = [
  ['bets_count', 'betsCount'],
  ['bets_units', 'betsUnits'],
  ['wins_count', 'winsCount'],
  ['wins_units', 'winsUnits'],
  ['freespins_count', 'freespinsCount'],
  ['freespins_units', 'freespinsUnits'],
  ['jackpots_count', 'jackpotsCount'],
  ['jackpots_units', 'jackpotsUnits'],
  ['ggr_units', 'ggrUnits'],
] as const satisfies readonly (readonly [string, keyof ReportRow])[];

type Column = (typeof FIGURES)[number][0];
type KeptRow = Record<Column | 'changed_at_ms', bigint> & {
  vendor: string;
  currency_code: string;
  entity_name: string;
};

const COLUMNS = [
  ...['operator_id', 'report_day', 'vendor', 'currency_code', 'entity_name'],
  ...FIGURES.map(([column]) => column),
  ...['body', 'pulled_at_ms', 'changed_at_ms'],
];
const UPDATED = [...FIGURES.map(([column]) => column), 'body', 'pulled_at_ms', 'changed_at_ms'];
const ROWS_AT_ONCE = 500;

/**
 * Puts the rows in place of what is kept of the day, and notes that the pull is done, in one transaction. Null: it took too long, somebody
 * else has taken the pull up, and nothing was written.
 */
export function storeReport(
  pool: Pool,
  pull: Pull,
  options: { rows: readonly ReportRow[]; nowMs: number; dueAtMs: number | null },
): Promise<StoredReport | null> {
  const { nowMs, dueAtMs } = options;
  const rows = addUp(options.rows);
  return inTransaction(pool, async (connection) => {
    // First, for its row is what two who store the same day wait for each other at.
    if (!(await finishPull(connection, pull, { nowMs, dueAtMs }))) return null;
    return replaceRows(connection, pull, rows, nowMs);
  });
}

async function replaceRows(
  connection: Connection,
  { operatorId, item: day }: Pull,
  rows: readonly ReportRow[],
  nowMs: number,
): Promise<StoredReport> {
  const kept = await selectRows<KeptRow>(
    connection,
    `SELECT vendor, currency_code, entity_name, changed_at_ms, ${FIGURES.map(([column]) => column).join(', ')}
     FROM business_reports WHERE operator_id = ? AND report_day = ?`,
    [operatorId, day],
  );
  const before = new Map(kept.map((row) => [keyOf(row.vendor, row.currency_code, row.entity_name), row]));
  let changed = 0;
  const values = rows.map((row): SqlValue[] => {
    const known = before.get(keyOfRow(row));
    before.delete(keyOfRow(row));
    const isSame = known !== undefined && FIGURES.every(([column, name]) => known[column] === row[name]);
    if (!isSame) changed += 1;
    return [
      ...[operatorId, day, row.vendor, row.currencyCode, row.entityName],
      ...FIGURES.map(([, name]) => row[name]),
      ...[row.body, nowMs, isSame ? known.changed_at_ms : nowMs],
    ];
  });
  for (const part of inParts(values)) {
    await change(
      connection,
      `INSERT INTO business_reports (${COLUMNS.join(', ')}) VALUES ?
       ON DUPLICATE KEY UPDATE ${UPDATED.map((column) => `${column} = VALUES(${column})`).join(', ')}`,
      [part],
    );
  }
  // A figure may vanish as well as change.
  const gone = [...before.values()].map((row) => [row.vendor, row.currency_code, row.entity_name]);
  for (const part of inParts(gone)) {
    await change(
      connection,
      `DELETE FROM business_reports
       WHERE operator_id = ? AND report_day = ? AND (vendor, currency_code, entity_name) IN (?)`,
      [operatorId, day, part],
    );
  }
  return { rows: rows.length, changed: changed + gone.length };
}

/**
 * Rows of the same vendor, currency and entity are one: each is part of what PLATFORM counted, and the table's key would keep but one of
 * them. Their bodies are kept as an array. Names come with spaces around them (as in the document's sample) and without.
 */
export function addUp(rows: readonly ReportRow[]): ReportRow[] {
  const groups = new Map<string, [ReportRow, ...ReportRow[]]>();
  for (const row of rows.map(trimmed)) {
    const group = groups.get(keyOfRow(row));
    if (group === undefined) groups.set(keyOfRow(row), [row]);
    else group.push(row);
  }
  return [...groups.values()].map(sumOf);
}

function sumOf([first, ...more]: readonly [ReportRow, ...ReportRow[]]): ReportRow {
  if (more.length === 0) return first;
  const sum = { ...first, body: `[${[first, ...more].map(({ body }) => body).join(',')}]` };
  for (const row of more) for (const [, name] of FIGURES) sum[name] += row[name];
  return sum;
}

const trimmed = (row: ReportRow): ReportRow => ({
  ...row,
  vendor: row.vendor.trim(),
  currencyCode: row.currencyCode.trim(),
  entityName: row.entityName.trim(),
});

const keyOfRow = (row: ReportRow): string => keyOf(row.vendor, row.currencyCode, row.entityName);

const keyOf = (...parts: readonly string[]): string => JSON.stringify(parts);

const inParts = <T>(items: readonly T[]): T[][] =>
  Array.from({ length: Math.ceil(items.length / ROWS_AT_ONCE) }, (_, index) =>
    items.slice(index * ROWS_AT_ONCE, (index + 1) * ROWS_AT_ONCE),
  );
