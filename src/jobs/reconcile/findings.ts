import { WIN_SUFFIX } from '../../common/unconfirmed-payload.ts';
import type { Timeline } from './timeline.ts';
import {
  type Correction,
  creditId,
  type Finding,
  type FindingKind,
  type LedgerRow,
  type LogRecord,
  type Match,
  type ReconcileOptions,
} from './types.ts';
import type { Pairing } from './window.ts';

/** One record, and what was found to belong to it. */
type Spin = {
  record: LogRecord;
  bet: LedgerRow | null;
  win: LedgerRow | null;
  /** The reconciliation's own credit, where it stands or stood. */
  credit: LedgerRow | null;
  /** The balance that the log gives before it; null where that isn't known. */
  balanceBeforeUnits: bigint | null;
};

type What = Pick<Finding, 'loggedUnits' | 'ledgerUnits'> & {
  rows: (LedgerRow | null)[];
  correction?: Correction | null;
};

/** What is wrong with a settled record, in the order of the kinds; nothing where all agrees. */
export function judge(spin: Spin, options: ReconcileOptions): Finding[] {
  return [betFinding(spin, options), winFinding(spin, options), balanceFinding(spin, options)].filter(
    (finding) => finding !== null,
  );
}

export function matchOf({ record, bet, win, credit }: Spin, isInOrder: boolean): Match {
  return {
    dataId: record.dataId,
    betTransactionId: bet?.transactionId ?? null,
    winTransactionId: (win ?? standing(credit))?.transactionId ?? null,
    isInOrder,
  };
}

function betFinding(spin: Spin, options: ReconcileOptions): Finding | null {
  const { record, bet } = spin;
  const loggedUnits = record.betUnits;
  if (loggedUnits === 0n) return null;
  if (bet === null) return onRecord('bet_missing', record, { loggedUnits, ledgerUnits: null, rows: [] }, options);
  const what = { loggedUnits, ledgerUnits: bet.amountUnits, rows: [bet] };
  if (bet.isCanceled) return onRecord('bet_canceled', record, what, options);
  return bet.amountUnits === loggedUnits ? null : onRecord('bet_amount_differs', record, what, options);
}

function winFinding(spin: Spin, options: ReconcileOptions): Finding | null {
  const { record, win, credit } = spin;
  const loggedUnits = record.winUnits;
  const rows = [win, credit];
  const ownUnits = standing(win)?.amountUnits ?? null;
  const creditedUnits = standing(credit)?.amountUnits ?? null;
  if (ownUnits === null && creditedUnits === null) {
    if (loggedUnits === 0n) return null;
    // Somebody took it back: that must not be undone by a machine. And who has no stake in it has no win in it either.
    const isTakenBack = win !== null || credit !== null;
    const isStaked = betFinding(spin, options) === null;
    const correction = isTakenBack || !isStaked || loggedUnits < 0n ? null : owed(record, options);
    return onRecord('win_missing', record, { loggedUnits, ledgerUnits: null, rows, correction }, options);
  }
  const ledgerUnits = (ownUnits ?? 0n) + (creditedUnits ?? 0n);
  if (ledgerUnits === loggedUnits) return null;
  const isTwice = creditedUnits !== null && ledgerUnits > loggedUnits;
  const kind = isTwice ? 'win_twice' : 'win_amount_differs';
  return onRecord(kind, record, { loggedUnits, ledgerUnits, rows }, options);
}

/**
 * The server's balance is the one of our answer to the bet, and the win: other money may have come since, so also the one after the win
 * will do. Nothing to hold it against is no finding.
 */
function balanceFinding(spin: Spin, options: ReconcileOptions): Finding | null {
  const { record, bet, win, balanceBeforeUnits } = spin;
  if (options.balances === 'ignore') return null;
  if (standing(win)?.balanceAfterUnits === record.balanceUnits) return null;
  const expected =
    record.betUnits === 0n ? afterFreeSpin(win, balanceBeforeUnits) : (standing(bet)?.balanceAfterUnits ?? null);
  if (expected === null) return null;
  const ledgerUnits = expected + record.winUnits;
  if (ledgerUnits === record.balanceUnits) return null;
  const what = { loggedUnits: record.balanceUnits, ledgerUnits, rows: [bet, win] };
  return onRecord('balance_differs', record, what, options);
}

/** Without a win of ours, money that came since the last record may be in it. */
function afterFreeSpin(win: LedgerRow | null, balanceBeforeUnits: bigint | null): bigint | null {
  return standing(win) === null ? null : balanceBeforeUnits;
}

/** What of our ledger has no record: debits that stand, and credits that stand. What was canceled is in order then. */
export function judgeAlone(timeline: Timeline, places: readonly number[], options: ReconcileOptions): Finding[] {
  const findings: Finding[] = [];
  const alone = new Set(places);
  const told = new Set<LedgerRow>();
  for (const place of places) {
    const row = timeline.rows[place];
    if (row === undefined || row.isCanceled || told.has(row)) continue;
    if (row.kind === 'win') findings.push(onRow('win_unlogged', row, [row], options, null));
    else {
      const sibling = winWith(timeline, place);
      const win = sibling ?? winAfter(timeline, place, alone, options);
      const correction: Correction | null = win === null ? { kind: 'cancel', transactionId: row.transactionId } : null;
      findings.push(onRow('spin_not_played', row, [row, win], options, correction));
      // The two are one notification: what is decided of the debit holds for both.
      if (sibling !== null) told.add(sibling);
    }
  }
  return findings;
}

/** The win that came in the same notification, where it stands: whoever gives the stake back takes that as well. */
function winWith(timeline: Timeline, place: number): LedgerRow | null {
  const bet = timeline.rows[place];
  for (let next = place + 1; bet !== undefined; next += 1) {
    const row = timeline.rows[next];
    if (row === undefined || row.atMs !== bet.atMs) return null;
    if (row.transactionId === bet.transactionId + WIN_SUFFIX) return standing(row);
  }
  return null;
}

/** A win of this debit without a record shows that the spin was played, and that its record is missing. */
function winAfter(
  timeline: Timeline,
  place: number,
  alone: ReadonlySet<number>,
  options: ReconcileOptions,
): LedgerRow | null {
  const bet = timeline.rows[place];
  for (let next = place + 1; bet !== undefined; next += 1) {
    const row = timeline.rows[next];
    if (row === undefined || !alone.has(next) || row.atMs - bet.atMs > options.clockToleranceMs) return null;
    if (row.isCanceled) continue;
    return row.kind === 'win' ? row : null;
  }
  return null;
}

function owed(record: LogRecord, options: ReconcileOptions): Correction {
  return {
    kind: 'credit',
    transactionId: creditId(options.hallId, options.uid, record.dataId),
    amountUnits: record.winUnits,
  };
}

function onRecord(kind: FindingKind, record: LogRecord, what: What, { hallId, uid }: ReconcileOptions): Finding {
  return {
    key: `${hallId}:${uid}:${kind}:${record.dataId}`,
    kind,
    dataId: record.dataId,
    transactionIds: idsOf(what.rows),
    atMs: record.playedAtMs,
    loggedUnits: what.loggedUnits,
    ledgerUnits: what.ledgerUnits,
    correction: what.correction ?? null,
  };
}

function onRow(
  kind: FindingKind,
  row: LedgerRow,
  rows: (LedgerRow | null)[],
  { hallId, uid }: ReconcileOptions,
  correction: Correction | null,
): Finding {
  return {
    key: `${hallId}:${uid}:${kind}:${row.transactionId}`,
    kind,
    dataId: null,
    transactionIds: idsOf(rows),
    atMs: row.atMs,
    loggedUnits: null,
    ledgerUnits: row.amountUnits,
    correction,
  };
}

function idsOf(rows: (LedgerRow | null)[]): string[] {
  return rows.flatMap((row) => (row === null ? [] : [row.transactionId]));
}

function standing(row: LedgerRow | null): LedgerRow | null {
  return row === null || row.isCanceled ? null : row;
}

/** The spin of each record of a pairing, up to a record. */
export function spinsOf(
  timeline: Timeline,
  { stretch, betOf, winOf }: Pairing,
  recordTo: number,
  balanceUnits: bigint | null,
): Spin[] {
  let balanceBeforeUnits = balanceUnits;
  return timeline.records.slice(stretch.recordFrom, recordTo).map((record, index) => {
    const spin = {
      record,
      bet: timeline.rows[betOf[index] ?? -1] ?? null,
      win: timeline.rows[winOf[index] ?? -1] ?? null,
      credit: timeline.credits.get(record.dataId) ?? null,
      balanceBeforeUnits,
    };
    balanceBeforeUnits = record.balanceUnits;
    return spin;
  });
}
