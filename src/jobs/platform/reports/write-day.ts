import { type Connection, change, type Queryable, type SqlValue, selectRow, selectRows } from '../../../common/db.ts';
import { type DiscrepancyRow, SELECT_DISCREPANCIES } from '../../reconcile/discrepancies.ts';
import { insertDiscrepancies } from '../../reconcile/insert-discrepancies.ts';
import type { ReportCause } from './cause.ts';
import {
  type Compared,
  type Difference,
  dayKey,
  dayKeyEnd,
  findingKey,
  type GroupKey,
  MAX_FINDINGS,
} from './compare.ts';
import { formatFigures } from './figures.ts';
import { PROVIDER } from './play.ts';
import { type DayKey, type PullMark, readMark } from './report-rows.ts';

export type ComparedDay = DayKey & {
  groups: readonly (Compared & { cause: ReportCause | '' })[];
  /** Both sides are complete: what differs is a discrepancy. */
  isFinal: boolean;
  /** All that was written before is in our sums. */
  completeUntilMs: number;
  /** When our sums were read. */
  asOfMs: number;
  /** The report that was read. */
  pull: PullMark | null;
};

export type WrittenDay = {
  /** New ones, and those that were explained and are there again. */
  found: (GroupKey & { cause: ReportCause | '' })[];
  explained: number;
};

const ROWS_A_STATEMENT = 200;

/**
 * Writes a comparison, the discrepancies that it found and those that it no longer finds, in one transaction. Null: the report was pulled
 * again since it was read, and nothing was written.
 */
export async function writeDay(connection: Connection, day: ComparedDay): Promise<WrittenDay | null> {
  const mark = await readMark(connection, day, 'FOR UPDATE');
  if (mark?.doneAtMs !== day.pull?.doneAtMs || mark?.pulls !== day.pull?.pulls) return null;
  // Somebody was faster with newer sums.
  if (await isNewerThere(connection, day)) return { found: [], explained: 0 };
  const known = await readKnown(connection, day, 'FOR UPDATE');
  const found: WrittenDay['found'] = [];
  const keys = new Map<string, string>();
  for (const group of day.groups) {
    const latest = known.latest(group);
    keys.set(groupName(group), latest?.row.finding_key ?? '');
    if (!day.isFinal || group.difference === null) continue;
    const key = await writeDifference(connection, day, { ...group, difference: group.difference, latest });
    keys.set(groupName(group), key.findingKey);
    if (key.isFound) found.push({ vendor: group.vendor, currencyCode: group.currencyCode, cause: group.cause });
  }
  await writeComparisons(connection, day, keys);
  const differ = new Set(day.groups.filter(({ difference }) => difference !== null).map(groupName));
  const gone = day.isFinal ? known.undecided.filter((row) => !differ.has(nameOf(row))) : [];
  if (gone.length > 0) await explain(connection, gone, day.asOfMs);
  return { found, explained: gone.length };
}

async function isNewerThere(connection: Connection, { operatorId, day, asOfMs }: ComparedDay): Promise<boolean> {
  const row = await selectRow<{ newest: bigint | null }>(
    connection,
    'SELECT MAX(reconciled_at_ms) AS newest FROM report_comparisons WHERE operator_id = ? AND report_day = ?',
    [operatorId, day],
  );
  return Number(row?.newest ?? 0) > asOfMs;
}

type Latest = { row: DiscrepancyRow; number: number };

/** What was found of a day before. */
export type Known = { latest: (group: GroupKey) => Latest | null; undecided: DiscrepancyRow[] };

export async function readKnown(
  on: Queryable,
  { operatorId, day }: DayKey,
  lock: 'FOR UPDATE' | '' = '',
): Promise<Known> {
  const rows = await selectRows<DiscrepancyRow>(
    on,
    `${SELECT_DISCREPANCIES} WHERE provider = ? AND finding_key >= ? AND finding_key < ? ORDER BY finding_key ${lock}`,
    [PROVIDER, dayKey(operatorId, day), dayKeyEnd(operatorId, day)],
  );
  const newest = new Map<string, Latest>();
  for (const row of rows) {
    const number = Number(/#(\d+)$/.exec(row.finding_key)?.[1] ?? 1);
    if (number > (newest.get(nameOf(row))?.number ?? 0)) newest.set(nameOf(row), { row, number });
  }
  return { latest: (group) => newest.get(groupName(group)) ?? null, undecided: rows.filter(isUndecided) };
}

const groupName = ({ vendor, currencyCode }: GroupKey): string => JSON.stringify([vendor, currencyCode]);
const nameOf = (row: DiscrepancyRow): string => groupName({ vendor: row.vendor, currencyCode: row.currency_code });

const isUndecided = (row: DiscrepancyRow): boolean => row.state === 'open' || row.state === 'proposed';

/** Whether it is the difference that was found before: then its cause is known, and what people decided stands. */
export const isSame = (row: DiscrepancyRow, { kind, detail }: Difference): boolean =>
  row.kind === kind && row.detail === detail;

type Found = GroupKey & { difference: Difference; cause: ReportCause | ''; latest: Latest | null };

/**
 * What people were about to decide on they must see as it is now, and what is decided stays decided. But a day is more than one error: what
 * differs after a correction is in the books, or otherwise than when it was dismissed, is found anew.
 */
async function writeDifference(
  connection: Connection,
  day: ComparedDay,
  found: Found,
): Promise<{ findingKey: string; isFound: boolean }> {
  const { latest } = found;
  const number = latest === null ? 1 : isOver(latest, found.difference, day) ? latest.number + 1 : 0;
  if (latest === null || number > 0) {
    const key = findingKey(day.operatorId, day.day, found, number);
    await insert(connection, day, { ...found, key });
    return { findingKey: key, isFound: true };
  }
  const { row } = latest;
  const isBack = row.state === 'explained';
  if (isBack || (isUndecided(row) && !isSame(row, found.difference))) await renew(connection, row, found);
  else if (isUndecided(row) && row.cause !== found.cause) await nameCause(connection, row, found.cause);
  return { findingKey: row.finding_key, isFound: isBack };
}

function isOver({ row, number }: Latest, difference: Difference, { completeUntilMs }: ComparedDay): boolean {
  if (number >= MAX_FINDINGS) return false;
  if (row.state === 'dismissed') return !isSame(row, difference);
  return row.state === 'corrected' && completeUntilMs > Number(row.resolved_at_ms);
}

function insert(connection: Connection, day: ComparedDay, found: Found & { key: string }): Promise<void> {
  const { kind, amountUnits, detail } = found.difference;
  const discrepancy = {
    provider: PROVIDER,
    finding_key: found.key,
    operator_id: day.operatorId,
    currency_code: found.currencyCode,
    kind,
    amount_units: amountUnits,
    detail,
    occurred_at_ms: Date.parse(day.day),
    found_at_ms: day.asOfMs,
    vendor: found.vendor,
    report_day: day.day,
    cause: found.cause,
  };
  return insertDiscrepancies(connection, [discrepancy]);
}

async function renew(connection: Connection, row: DiscrepancyRow, { difference, cause }: Found): Promise<void> {
  await change(
    connection,
    `UPDATE discrepancies SET state = 'open', kind = ?, cause = ?, amount_units = ?, detail = ?, user_id = '', transaction_id = '',
       resolution = '', proposed_by = '', proposed_at_ms = NULL, resolved_at_ms = NULL WHERE discrepancy_id = ? AND state = ?`,
    [difference.kind, cause, difference.amountUnits, difference.detail, row.discrepancy_id, row.state],
  );
}

async function nameCause(connection: Connection, row: DiscrepancyRow, cause: ReportCause | ''): Promise<void> {
  await change(connection, 'UPDATE discrepancies SET cause = ? WHERE discrepancy_id = ?', [cause, row.discrepancy_id]);
}

async function explain(connection: Connection, rows: readonly DiscrepancyRow[], nowMs: number): Promise<void> {
  await change(
    connection,
    `UPDATE discrepancies SET state = 'explained', resolved_at_ms = ?
     WHERE discrepancy_id IN (?) AND state IN ('open', 'proposed')`,
    [nowMs, rows.map((row) => row.discrepancy_id)],
  );
}

/** In place of those of the day that were there. */
async function writeComparisons(
  connection: Connection,
  { operatorId, day, groups, isFinal, asOfMs }: ComparedDay,
  keys: ReadonlyMap<string, string>,
): Promise<void> {
  await change(connection, 'DELETE FROM report_comparisons WHERE operator_id = ? AND report_day = ?', [
    operatorId,
    day,
  ]);
  const rows = groups.map((group): SqlValue[] => [
    ...[operatorId, day, group.vendor, group.currencyCode],
    stateOf(group, isFinal),
    ...[formatFigures(group.ours), formatFigures(group.theirs)],
    ...[isFinal ? group.cause : '', keys.get(groupName(group)) ?? '', asOfMs],
  ]);
  for (let start = 0; start < rows.length; start += ROWS_A_STATEMENT) {
    await change(
      connection,
      `INSERT INTO report_comparisons (operator_id, report_day, vendor, currency_code, state, ours, theirs, cause, finding_key,
         reconciled_at_ms) VALUES ?
       ON DUPLICATE KEY UPDATE state = VALUES(state), ours = VALUES(ours), theirs = VALUES(theirs), cause = VALUES(cause),
         finding_key = VALUES(finding_key), reconciled_at_ms = VALUES(reconciled_at_ms)`,
      [rows.slice(start, start + ROWS_A_STATEMENT)],
    );
  }
}

export type ComparisonState = (typeof COMPARISON_STATES)[number];
export const COMPARISON_STATES = ['agrees', 'differs', 'provisional'] as const;

export function stateOf({ difference }: Pick<Compared, 'difference'>, isFinal: boolean): ComparisonState {
  if (!isFinal) return 'provisional';
  return difference === null ? 'agrees' : 'differs';
}
