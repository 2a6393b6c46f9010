import { inTransaction, type Pool } from '../../common/db.ts';
import type { Logger } from '../../common/log.ts';
import { HallService } from '../../gen/wallet/v1/halls_pb.ts';
import type { Wallet } from '../wallet.ts';
import type { ReconcileConfig } from './config.ts';
import { type LedgerPart, type Player, readLedger } from './ledger.ts';
import { reconcile } from './match.ts';
import {
  type Candidate,
  lockProgress,
  type Progress,
  readCandidate,
  readKeptCut,
  saveProgress,
  type TerminalKey,
} from './progress.ts';
import {
  countRecords,
  firstPlayedAtMs,
  readGaps,
  readRecords,
  type Span,
  type StoredRecord,
  writeMatches,
} from './records.ts';
import { type Cut, creditedDataId, type Finding, type LedgerRow, type Reconciled } from './types.ts';
import { writeFindings } from './write-findings.ts';

export type TerminalDeps = {
  pool: Pool;
  wallet: Wallet;
  config: Pick<ReconcileConfig, 'RECONCILE_SETTLE_MS' | 'RECONCILE_CLOCK_TOLERANCE_MS'>;
  log: Logger;
  now: () => number;
  requestId: string;
  /** Of one terminal in memory at a time; 20,000 unless set. */
  recordsAtMost?: number;
};

export type TerminalResult = {
  /** Records that weren't matched before. */
  recordsMatched: number;
  discrepanciesFound: number;
};

/** Records are small, but several terminals are read at a time: one that is far behind goes in parts. */
const RECORDS_AT_MOST = 20_000;
const PARTS_AT_MOST = 10_000;
/** Another process may be at the same terminal, or the harvest: then it is begun again with what is there now. */
const TRIES = 3;
const NEVER_MS = Number.MAX_SAFE_INTEGER;

/** Up to when a terminal may be reconciled, by what is pending for its player. */
export type Horizon = (player: Player) => number;

/** Reconciles one terminal with all that there is. Throws what the wallet or the database throw; what was settled by then stays so. */
export async function reconcileTerminal(
  deps: TerminalDeps,
  candidate: Candidate,
  horizon: Horizon,
): Promise<TerminalResult> {
  const total = { recordsMatched: 0, discrepanciesFound: 0 };
  const player = await playerOf(deps, candidate);
  const untilMs = Math.min(candidate.harvestedUntilMs, deps.now() - deps.config.RECONCILE_SETTLE_MS, horizon(player));
  let current: Candidate | null = candidate;
  let tries = 0;
  for (let parts = 0; parts < PARTS_AT_MOST && current !== null; parts += 1) {
    const { progress }: Candidate = current;
    if (progress.rewindToMs === null && untilMs <= progress.settledUntilMs) break;
    const part = await reconcilePart(deps, current, player, untilMs);
    if (part === null) {
      tries += 1;
      if (tries === TRIES) throw new Error('others are changing this terminal all the time');
    } else {
      total.recordsMatched += part.recordsMatched;
      total.discrepanciesFound += part.discrepanciesFound;
      if (part.isLast) break;
    }
    current = await readCandidate(deps.pool, current);
  }
  return total;
}

async function playerOf({ wallet, requestId }: TerminalDeps, { hallId, uid }: TerminalKey): Promise<Player> {
  const { operatorId, userId, currencyCode } = await wallet.call(
    HallService.method.getTerminal,
    { hallId, uid },
    requestId,
  );
  return { operatorId, userId, currencyCode };
}

type Part = TerminalResult & { isLast: boolean };

/** One part: read both sides, match, write. null: somebody changed something meanwhile, and nothing is written. */
async function reconcilePart(
  deps: TerminalDeps,
  terminal: Candidate,
  player: Player,
  horizonMs: number,
): Promise<Part | null> {
  const { pool, config } = deps;
  const toleranceMs = config.RECONCILE_CLOCK_TOLERANCE_MS;
  const beginMs = terminal.harvestedFromMs ?? (await firstPlayedAtMs(pool, terminal)) ?? horizonMs;
  const { start, ledger, isRewind } = await startOf(deps, terminal, player, beginMs - toleranceMs);
  const from = start.cut ?? beginning(beginMs, toleranceMs);
  const span = { fromMs: from.log?.playedAtMs ?? 0, untilMs: horizonMs };
  const { recordsAtMost = RECORDS_AT_MOST } = deps;
  const records = await readRecords(pool, terminal, span, recordsAtMost + 1);
  const overflow = records[recordsAtMost];
  const untilMs = partUntil(span.untilMs, overflow, ledger, config.RECONCILE_SETTLE_MS);
  // What is to be gone back to stays so until there is something to settle.
  if (horizonMs <= start.settledUntilMs) return { recordsMatched: 0, discrepanciesFound: 0, isLast: true };
  if (untilMs <= start.settledUntilMs) throw new Error('too much within one moment to be matched');
  const options = {
    hallId: terminal.hallId,
    uid: terminal.uid,
    untilMs,
    clockToleranceMs: toleranceMs,
    balances: 'check',
  } as const;
  const result = reconcile({ records, rows: ledger.rows, from }, options);
  const written = await writePart(deps, {
    ...{ terminal, player, start, from, isRewind, result },
    findings: await tellable(pool, terminal, result.findings, { beginMs, toleranceMs }),
    records: records.filter((record) => record.playedAtMs <= untilMs),
    span: { fromMs: span.fromMs, untilMs },
    next: {
      settledUntilMs: untilMs,
      cut: result.cut,
      afterSeq: afterSeqOf(ledger, result.cut, records, terminal),
      seenSeq: max(ledger.lastSeq, terminal.progress.seenSeq),
    },
  });
  return written === null ? null : { ...written, isLast: untilMs === horizonMs };
}

type PartToWrite = {
  terminal: Candidate;
  player: Player;
  start: Start;
  from: Cut;
  isRewind: boolean;
  result: Reconciled;
  findings: readonly Finding[];
  /** All that there were in `span`. */
  records: readonly StoredRecord[];
  span: Span;
  next: Pick<Progress, 'settledUntilMs' | 'cut' | 'afterSeq' | 'seenSeq'>;
};

/** All of a part in one transaction. null: not as it was when it was read, and nothing is written. */
async function writePart({ pool, now, log }: TerminalDeps, part: PartToWrite): Promise<TerminalResult | null> {
  const { terminal, player, start, from, isRewind, result, findings, next } = part;
  const nowMs = now();
  const recordsMatched = newlyMatched(part.records, result);
  const matchedRecords = terminal.progress.matchedRecords + BigInt(recordsMatched);
  const isPlausible = plausible(findings, result);
  const discrepanciesFound = await inTransaction(pool, async (connection) => {
    if (!(await lockProgress(connection, terminal, terminal.progress))) return null;
    // Records that came since we read are seen here, or see our cut: requestRewind.
    if ((await countRecords(connection, terminal, part.span)) !== part.records.length) return null;
    await writeMatches(connection, terminal, result.matches, nowMs);
    const run = { terminal, player, findings, from, to: result.cut, isPlausible, nowMs };
    const found = await writeFindings(connection, run);
    const { keptCutMs, settledUntilMs: startMs } = start;
    await saveProgress(connection, terminal, { ...next, matchedRecords }, { keptCutMs, isRewind, startMs, nowMs });
    return found;
  });
  if (discrepanciesFound === null) return null;
  if (isRewind) {
    log.info({ hall: terminal.hallId, terminal: terminal.uid, startMs: start.settledUntilMs }, 'reconciled again');
  }
  return { recordsMatched, discrepanciesFound };
}

type Start = Pick<Progress, 'settledUntilMs' | 'cut' | 'afterSeq' | 'keptCutMs'>;

/** Where to go on, and the ledger from there on: from the cut, or where something came late, from before that. */
async function startOf(
  deps: TerminalDeps,
  terminal: Candidate,
  player: Player,
  fromMs: number,
): Promise<{ start: Start; ledger: LedgerPart; isRewind: boolean }> {
  const { progress } = terminal;
  const ledger = await readLedger(deps, terminal, player, { ...progress, fromMs });
  const lateMs = Math.min(progress.rewindToMs ?? NEVER_MS, lateFrom(ledger, progress));
  if (lateMs > progress.settledUntilMs) return { start: progress, ledger, isRewind: false };
  const kept = await readKeptCut(deps.pool, terminal, lateMs);
  const start = kept ?? { settledUntilMs: -1, cut: null, afterSeq: 0n, keptCutMs: 0 };
  const { afterSeq } = start;
  const seenSeq = max(ledger.lastSeq, progress.seenSeq);
  const whole = await readLedger(deps, terminal, player, { afterSeq, seenSeq, fromMs });
  return { start, ledger: whole, isRewind: true };
}

/**
 * The earliest time of what the ledger has since it was read last: rows that were queued for long, and cancels. Not what the
 * reconciliation did itself, which changes nothing of what it found.
 */
function lateFrom(ledger: LedgerPart, { seenSeq }: Progress): number {
  let earliestMs = Math.min(NEVER_MS, ...ledger.canceledBeforeMs);
  for (const row of ledger.rows) {
    const canceledSeq = ledger.canceledAtSeq.get(row.transactionId) ?? 0n;
    const isNew =
      (row.seq > seenSeq && row.status === 'ok' && !row.transactionId.startsWith('log:')) || canceledSeq > seenSeq;
    if (isNew && row.atMs < earliestMs) earliestMs = row.atMs;
  }
  return earliestMs;
}

/** A cut before which nothing is told: we have no records from there. */
const beginning = (beginMs: number, toleranceMs: number): Cut => ({
  log: null,
  ledger: { atMs: beginMs - toleranceMs, seq: 0n },
  balanceUnits: null,
  untilMs: beginMs - toleranceMs,
});

/** Both sides are complete up to here: the horizon, or less where there is more than is read at a time. */
function partUntil(
  horizonMs: number,
  overflow: StoredRecord | undefined,
  { writtenUntilMs }: LedgerPart,
  settleMs: number,
): number {
  const recordsUntilMs = overflow === undefined ? horizonMs : overflow.playedAtMs - 1;
  const ledgerUntilMs = writtenUntilMs === null ? horizonMs : writtenUntilMs - settleMs;
  return Math.min(horizonMs, recordsUntilMs, ledgerUntilMs);
}

/** Where there are no records, before the first of all or in a gap, nothing can be said of rows without one. */
async function tellable(
  pool: Pool,
  terminal: TerminalKey,
  findings: readonly Finding[],
  { beginMs, toleranceMs }: { beginMs: number; toleranceMs: number },
): Promise<readonly Finding[]> {
  if (findings.every(({ dataId }) => dataId !== null)) return findings;
  const gaps = [{ fromMs: 0, untilMs: beginMs }, ...(await readGaps(pool, terminal))];
  const isInGap = (atMs: number): boolean =>
    gaps.some((gap) => atMs >= gap.fromMs - toleranceMs && atMs <= gap.untilMs + toleranceMs);
  return findings.filter(({ dataId, atMs }) => dataId !== null || !isInGap(atMs));
}

/** So many findings may be, also above that share of the spins. */
const ALWAYS_PLAUSIBLE = 5;
const PLAUSIBLE_SHARE = 0.1;

/**
 * Many findings at once say that the logs, the zone or the tolerance are wrong, and not the books: those are for people. So do few where
 * hardly a spin agrees: who plays little, or logs that are empty, must not look like few errors.
 */
function plausible(findings: readonly Finding[], { matches, settledBets }: Reconciled): boolean {
  const inOrder = matches.filter(({ isInOrder }) => isInOrder).length;
  const isFew = findings.length <= Math.max(ALWAYS_PLAUSIBLE, Math.max(matches.length, settledBets) * PLAUSIBLE_SHARE);
  return isFew && inOrder >= findings.length;
}

function newlyMatched(records: readonly StoredRecord[], { matches }: Reconciled): number {
  const before = new Set(records.filter((record) => record.isMatched).map((record) => record.dataId));
  return matches.reduce((count, { dataId }) => (before.has(dataId) ? count : count + 1), 0);
}

/** The next run needs the rows behind the cut, and the credits of records behind it. */
function afterSeqOf(ledger: LedgerPart, cut: Cut, records: readonly StoredRecord[], terminal: TerminalKey): bigint {
  let first = ledger.lastSeq + 1n;
  for (const row of ledger.rows) {
    if (row.seq < first && (isBehind(row, cut) || isCreditBehind(row, cut, records, terminal))) first = row.seq;
  }
  return first - 1n;
}

function isBehind({ atMs, seq }: LedgerRow, { ledger }: Cut): boolean {
  return ledger === null || atMs > ledger.atMs || (atMs === ledger.atMs && seq > ledger.seq);
}

function isCreditBehind(
  { transactionId }: LedgerRow,
  { log }: Cut,
  records: readonly StoredRecord[],
  { hallId, uid }: TerminalKey,
): boolean {
  if (!transactionId.startsWith('log:')) return false;
  const dataId = creditedDataId(transactionId, hallId, uid);
  const record = records.find((each) => each.dataId === dataId);
  if (record === undefined || log === null) return false;
  return record.playedAtMs > log.playedAtMs || (record.playedAtMs === log.playedAtMs && record.dataId > log.dataId);
}

const max = (a: bigint, b: bigint): bigint => (a > b ? a : b);
