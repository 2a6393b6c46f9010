import { type Connection, change, selectRows } from '../../common/db.ts';
import { decimal } from '../../common/decimal.ts';
import { type DiscrepancyRow, SELECT_DISCREPANCIES } from './discrepancies.ts';
import { insertDiscrepancies, type NewDiscrepancy } from './insert-discrepancies.ts';
import { type Player, PROVIDER } from './ledger.ts';
import type { TerminalKey } from './progress.ts';
import type { Cut, Finding } from './types.ts';

export type FindingsOfRun = {
  terminal: TerminalKey;
  player: Player;
  findings: readonly Finding[];
  /** What was settled: behind the first cut, up to the second. */
  from: Cut | null;
  to: Cut;
  /** The findings look like errors of the books, and not of the comparison: they may be corrected without a person. */
  isPlausible: boolean;
  nowMs: number;
};

const ROWS_A_STATEMENT = 200;
const MAX_BIGINT = 2n ** 63n - 1n;

/**
 * Writes what a run found: new discrepancies, those that look otherwise than before, and those of the same span that are found no more.
 * In the transaction that moves the cut. Gives the number of new ones.
 */
export async function writeFindings(connection: Connection, run: FindingsOfRun): Promise<number> {
  const known = await readKnown(connection, run);
  const byKey = new Map(known.map((row) => [row.finding_key, row]));
  const fresh = run.findings.filter(({ key }) => !byKey.has(key));
  for (let start = 0; start < fresh.length; start += ROWS_A_STATEMENT) {
    await insert(connection, run, fresh.slice(start, start + ROWS_A_STATEMENT));
  }
  const found = new Set(run.findings.map(({ key }) => key));
  for (const finding of run.findings) {
    const row = byKey.get(finding.key);
    if (row !== undefined) await renew(connection, row, finding, run);
  }
  const gone = known.filter((row) => isUndecided(row) && !found.has(row.finding_key) && isWithin(row, run));
  if (gone.length > 0) await explain(connection, gone, run.nowMs);
  return fresh.length;
}

/** Those that these findings are, and all that may be found no more. */
function readKnown(
  connection: Connection,
  { terminal: { hallId, uid }, findings }: FindingsOfRun,
): Promise<DiscrepancyRow[]> {
  const keys = findings.map(({ key }) => key);
  return selectRows<DiscrepancyRow>(
    connection,
    `${SELECT_DISCREPANCIES} WHERE hall_id = ? AND uid = ? AND provider = ?
       AND (state IN ('open', 'proposed') OR finding_key IN (?))`,
    [hallId, uid, PROVIDER, keys.length === 0 ? [''] : keys],
  );
}

function insert(connection: Connection, run: FindingsOfRun, findings: readonly Finding[]): Promise<void> {
  const { terminal, player, nowMs } = run;
  const found = findings.map((finding): NewDiscrepancy => {
    const what = describe(finding);
    return {
      provider: PROVIDER,
      finding_key: finding.key,
      hall_id: terminal.hallId,
      uid: terminal.uid,
      operator_id: player.operatorId,
      user_id: player.userId,
      currency_code: player.currencyCode,
      kind: finding.kind,
      data_id: finding.dataId ?? 0n,
      transaction_id: what.transactionId,
      amount_units: what.amountUnits,
      detail: what.detail,
      occurred_at_ms: finding.atMs,
      found_at_ms: nowMs,
      correction: what.correction,
      is_automatic: isAutomatic(finding, run) ? 1 : 0,
    };
  });
  return insertDiscrepancies(connection, found);
}

/** What is decided stays decided; what people were about to decide on they must see as it is now. */
async function renew(connection: Connection, row: DiscrepancyRow, finding: Finding, run: FindingsOfRun): Promise<void> {
  if (!isUndecided(row) && row.state !== 'explained') return;
  const what = describe(finding);
  const isSame =
    row.amount_units === what.amountUnits &&
    row.transaction_id === what.transactionId &&
    row.correction === what.correction;
  // What a person had a hand in stays with people, and so does what looked wrong once.
  const mayStayAutomatic = row.is_automatic === 1 && isAutomatic(finding, run);
  if (isSame && row.state !== 'explained') {
    if (!mayStayAutomatic) await leaveToPeople(connection, row);
    return;
  }
  await change(
    connection,
    `UPDATE discrepancies SET state = 'open', transaction_id = ?, amount_units = ?, detail = ?, correction = ?, is_automatic = ?,
       resolution = '', proposed_by = '', proposed_at_ms = NULL, resolved_at_ms = NULL
     WHERE discrepancy_id = ? AND state = ?`,
    [
      what.transactionId,
      what.amountUnits,
      what.detail,
      what.correction,
      mayStayAutomatic,
      row.discrepancy_id,
      row.state,
    ],
  );
}

async function leaveToPeople(connection: Connection, row: DiscrepancyRow): Promise<void> {
  if (row.is_automatic === 0) return;
  await change(connection, "UPDATE discrepancies SET is_automatic = 0 WHERE discrepancy_id = ? AND state = 'open'", [
    row.discrepancy_id,
  ]);
}

async function explain(connection: Connection, rows: readonly DiscrepancyRow[], nowMs: number): Promise<void> {
  await change(
    connection,
    `UPDATE discrepancies SET state = 'explained', resolved_at_ms = ?
     WHERE discrepancy_id IN (?) AND state IN ('open', 'proposed')`,
    [nowMs, rows.map((row) => row.discrepancy_id)],
  );
}

const isUndecided = (row: DiscrepancyRow): boolean => row.state === 'open' || row.state === 'proposed';

const isAutomatic = (finding: Finding, { isPlausible }: FindingsOfRun): boolean =>
  isPlausible && finding.correction !== null;

/** Whether this run settled what the discrepancy is about. Of two rows of one millisecond at the edge, a later run will tell. */
function isWithin(row: DiscrepancyRow, { from, to }: FindingsOfRun): boolean {
  const atMs = Number(row.occurred_at_ms);
  if (row.data_id === 0n) {
    return to.ledger !== null && atMs <= to.ledger.atMs && (from?.ledger == null || atMs > from.ledger.atMs);
  }
  const isUpTo = (log: NonNullable<Cut['log']>): boolean =>
    atMs < log.playedAtMs || (atMs === log.playedAtMs && row.data_id <= log.dataId);
  return to.log !== null && isUpTo(to.log) && (from?.log == null || !isUpTo(from.log));
}

/** The columns of a finding. At stake is what the two sides differ by, or all where one of them has nothing. */
function describe(finding: Finding) {
  const { loggedUnits, ledgerUnits, correction, transactionIds } = finding;
  const differenceUnits = (loggedUnits ?? 0n) - (ledgerUnits ?? 0n);
  const magnitudeUnits = differenceUnits < 0n ? -differenceUnits : differenceUnits;
  // Of an absurd record; the column holds no more, and the terminal's other spins must not wait for it.
  const amountUnits = magnitudeUnits > MAX_BIGINT ? MAX_BIGINT : magnitudeUnits;
  const ids = transactionIds.length === 0 ? 'none' : transactionIds.join(', ');
  return {
    transactionId: transactionIds[0] ?? '',
    amountUnits: correction?.kind === 'credit' ? correction.amountUnits : amountUnits,
    correction: correction?.kind ?? ('' as const),
    detail: `log: ${told(loggedUnits)}; ledger: ${told(ledgerUnits)}; transactions: ${ids}`.slice(0, 255),
  };
}

const told = (units: bigint | null): string => (units === null ? 'nothing' : decimal(units));
