import { randomUUID } from 'node:crypto';
import { inTransaction, loggable } from '../../../common/db.ts';
import { unavailable } from '../../../common/fault.ts';
import type { PlayedDay } from '../../../gen/wallet/v1/bookkeeping_pb.ts';
import type { PlatformDeps } from '../deps.ts';
import type { HandHistories } from '../evidence/hand-histories.ts';
import { COMBINED_AT_MOST, COMBINED_CLASSES, causeOf, type ReportCause } from './cause.ts';
import { type Compared, compareDay } from './compare.ts';
import { gatherEvidence } from './evidence.ts';
import { playOf, type Rules } from './figures.ts';
import { explainGroup, figuresOf, listPlayed, type PlayKey, sumDay } from './play.ts';
import { type DayKey, type PullMark, readReport } from './report-rows.ts';
import { isSame, type Known, readKnown, stateOf, type WrittenDay, writeDay } from './write-day.ts';

export type ReconcileDeps = Pick<PlatformDeps, 'pool' | 'wallet' | 'log' | 'now' | 'config'> & {
  handHistories: Pick<HandHistories, 'fetch'>;
};

/** How many groups (vendor and currency) a day has, by state, and what became of discrepancies. */
export type DayOutcome = {
  agrees: number;
  differs: number;
  provisional: number;
  found: number;
  explained: number;
};

const DAY_MS = 86_400_000;
const ATTEMPTS = 3;
/** Each costs a look into the ledger; of more groups the cause is told by a later run. */
const EXPLAINED_AT_ONCE = 50;

/** The end of a day (yyyy-mm-dd, UTC). */
export const endOf = (day: string): number => Date.parse(day) + DAY_MS;

/** Whether both sides are complete: the books up to the day's end, and the report asked for after it. */
export const isComplete = (day: string, pull: PullMark | null, completeUntilMs: number): boolean =>
  pull !== null && pull.doneAtMs >= endOf(day) && completeUntilMs >= endOf(day);

/**
 * Compares one day of one operator with the report that is kept, and writes what it found. Doing it twice, also at the same time, writes the
 * same. Throws the wallet's ServiceError, UNAVAILABLE, and what the database has to say.
 */
export async function reconcileDay(deps: ReconcileDeps, key: DayKey, signal: AbortSignal): Promise<DayOutcome> {
  const requestId = randomUUID();
  for (let attempt = 1; attempt <= ATTEMPTS; attempt += 1) {
    const report = await readReport(deps.pool, key);
    const asOfMs = deps.now();
    const { days, completeUntilMs } = await sumDay(deps.wallet, key, requestId);
    const rules = rulesOf(deps);
    const ours = days.flatMap((day) => (day.played === undefined ? [] : [{ ...day, figures: playOf(day.played) }]));
    const compared = compareDay(ours, report.rows, rules);
    const isFinal = isComplete(key.day, report.pull, completeUntilMs);
    const known = isFinal ? await readKnown(deps.pool, key) : null;
    const groups = compared.map((group) => ({
      ...group,
      cause: known === null ? '' : (knownCause(known, group) ?? ''),
    }));
    const day = { ...key, isFinal, completeUntilMs, asOfMs, pull: report.pull };
    const write = (told: readonly Group[]): Promise<WrittenDay | null> =>
      inTransaction(deps.pool, (connection) => writeDay(connection, { ...day, groups: told }));
    const written = await write(groups);
    if (written === null) continue;
    const outcome = outcomeOf(compared, isFinal, written);
    deps.log.info({ operator: key.operatorId, day: key.day, ...outcome }, 'report compared');
    // What differs is told first. Why takes a look into the ledger, and a report that is pulled meanwhile is compared anew.
    const explained = known === null ? null : await withCauses(deps, key, known, { compared, days, rules, requestId });
    if (explained?.some(({ cause }, index) => cause !== groups[index]?.cause)) await write(explained);
    await gatherEvidence(deps, key, { found: written.found, requestId, signal });
    return outcome;
  }
  throw unavailable('the report is being pulled over and over', null);
}

const rulesOf = ({ config }: Pick<ReconcileDeps, 'config'>): Rules => ({
  figures: config.REPORT_FIGURES,
  toleranceUnits: BigInt(config.REPORT_TOLERANCE_UNITS),
});

function outcomeOf(compared: readonly Compared[], isFinal: boolean, written: WrittenDay): DayOutcome {
  const outcome = { agrees: 0, differs: 0, provisional: 0, found: written.found.length, explained: written.explained };
  for (const group of compared) outcome[stateOf(group, isFinal)] += 1;
  return outcome;
}

type Group = Compared & { cause: ReportCause | '' };

type Comparison = { compared: readonly Compared[]; days: readonly PlayedDay[]; rules: Rules; requestId: string };

/** One after the other: the ledger has others to serve. What is known from an earlier run is not asked again. */
async function withCauses(deps: ReconcileDeps, key: DayKey, known: Known, comparison: Comparison): Promise<Group[]> {
  const groups: Group[] = [];
  let asked = 0;
  for (const group of comparison.compared) {
    const cause = knownCause(known, group);
    const isAsked = cause === null && asked < EXPLAINED_AT_ONCE;
    if (isAsked) asked += 1;
    groups.push({ ...group, cause: isAsked ? await findCause(deps, key, group, comparison) : (cause ?? '') });
  }
  return groups;
}

/** Null: to be found out. */
function knownCause(known: Known, group: Compared): ReportCause | '' | null {
  if (group.difference === null) return group.isUnlisted ? 'unlisted' : '';
  const row = known.latest(group)?.row;
  if (row === undefined || row.cause === '' || !isSame(row, group.difference)) return null;
  return row.cause;
}

/** A cause that can't be looked up is looked for again in the next run; the difference is told in any case. */
async function findCause(
  deps: ReconcileDeps,
  key: DayKey,
  group: Compared,
  { days, rules, requestId }: Comparison,
): Promise<ReportCause | ''> {
  const { vendor, currencyCode } = group;
  const play = { ...key, vendor, currencyCode };
  const ours = days.find((day) => day.vendor === vendor && day.currencyCode === currencyCode);
  try {
    const classes = await explainGroup(deps.wallet, play, requestId);
    const small = classes.filter((each) => COMBINED_CLASSES.has(each.class) && isSmall(each.transactionCount));
    return causeOf({
      ours: group.ours === null || ours?.played === undefined ? null : playOf(ours.played),
      theirs: group.theirs,
      written: ours?.written === undefined ? null : playOf(ours.written),
      classes,
      transactions: (await Promise.all(small.map((each) => transactionsOf(deps, play, each.class, requestId)))).flat(),
      rules,
    });
  } catch (error) {
    deps.log.warn({ operator: key.operatorId, day: key.day, vendor, err: loggable(error) }, 'cause not looked up');
    return '';
  }
}

const isSmall = (count: bigint): boolean => count > 0n && count <= COMBINED_AT_MOST;

async function transactionsOf(
  { wallet }: ReconcileDeps,
  key: PlayKey,
  name: Parameters<typeof listPlayed>[2]['class'],
  requestId: string,
) {
  const page = { class: name, pageSize: COMBINED_AT_MOST };
  const { transactions } = await listPlayed(wallet, key, page, requestId);
  return transactions.map((each) => ({ class: name, figures: figuresOf(each) }));
}
