import { createHash } from 'node:crypto';
import { decimal } from '../../../common/decimal.ts';
import type { ReportFigure } from '../config.ts';
import { clamped, differing, FIGURES, type Figures, isNothing, magnitude, NO_FIGURES, type Rules } from './figures.ts';

/**
 * - `report_differs`: both sides have play of the vendor, and say different things.
 * - `report_missing`: we have play, and their report has no row.
 * - `ledger_missing`: their report has play, and we have none.
 */
export type ReportKind = (typeof REPORT_KINDS)[number];
export const REPORT_KINDS = ['report_differs', 'report_missing', 'ledger_missing'] as const;

/** A vendor's play of a day in one currency. Vendors are compared exactly as they are spelled. */
export type GroupKey = { vendor: string; currencyCode: string };

export type Compared = GroupKey & {
  /** Null: that side has nothing. */
  ours: Figures | null;
  theirs: Figures | null;
  /** Null: they agree. */
  difference: Difference | null;
  /** It only agrees together with others: see `matchUnlisted`. */
  isUnlisted: boolean;
};

export type Difference = {
  kind: ReportKind;
  figures: ReportFigure[];
  /** What is at stake: the GGR's difference; where there is none, the largest one of a sum. */
  amountUnits: bigint;
  /** For people. */
  detail: string;
};

const DETAIL_LENGTH = 255;

/** One day of one operator: our sums beside their rows, of which several may be of one group (one for each entity). */
export function compareDay(
  ours: readonly (GroupKey & { figures: Figures })[],
  theirs: readonly (GroupKey & { figures: Figures })[],
  rules: Rules,
): Compared[] {
  const [ourGroups, theirGroups] = [grouped(ours), grouped(theirs)];
  const groups = new Map([...ourGroups, ...theirGroups]);
  const compared = [...groups].flatMap(([key, { vendor, currencyCode }]): Compared[] => {
    const own = ourGroups.get(key)?.figures ?? null;
    const sides = { ours: own === null || isNothing(own) ? null : own, theirs: theirGroups.get(key)?.figures ?? null };
    if (sides.ours === null && sides.theirs === null) return [];
    return [{ vendor, currencyCode, ...sides, difference: differenceOf(sides, rules), isUnlisted: false }];
  });
  return matchUnlisted(compared, rules);
}

/**
 * Games that no list has, as those of prizes, are of no vendor in our books, while their report names one. Where all that we have of no
 * vendor is all that they report of vendors that we have nothing of, to every figure that counts, it is the same play.
 */
function matchUnlisted(compared: readonly Compared[], rules: Rules): Compared[] {
  const matched = new Set<Compared>();
  for (const unnamed of compared) {
    const { vendor, ours, theirs, currencyCode } = unnamed;
    if (vendor !== '' || ours === null || theirs !== null || unnamed.difference === null) continue;
    const unknown = compared.filter(
      (each) => each.currencyCode === currencyCode && each.difference?.kind === 'ledger_missing',
    );
    const all = unknown.reduce((sum, each) => summed(sum, each.theirs ?? NO_FIGURES), NO_FIGURES);
    if (differing(ours, all, rules).length === 0) for (const each of [unnamed, ...unknown]) matched.add(each);
  }
  return compared.map((each) => (matched.has(each) ? { ...each, difference: null, isUnlisted: true } : each));
}

function grouped(rows: readonly (GroupKey & { figures: Figures })[]) {
  const groups = new Map<string, GroupKey & { figures: Figures }>();
  for (const row of rows) {
    const key = JSON.stringify([row.vendor, row.currencyCode]);
    const known = groups.get(key);
    groups.set(key, known === undefined ? row : { ...known, figures: summed(known.figures, row.figures) });
  }
  return groups;
}

function summed(a: Figures, b: Figures): Figures {
  const sums = Object.values(FIGURES).map(({ key }) => {
    const [x, y] = [a[key], b[key]];
    return [key, x === null || y === null ? null : clamped(x + y)];
  });
  return { ...a, ...Object.fromEntries(sums) };
}

function differenceOf(sides: Pick<Compared, 'ours' | 'theirs'>, rules: Rules): Difference | null {
  const [ours, theirs] = [sides.ours ?? NO_FIGURES, sides.theirs ?? NO_FIGURES];
  const figures = differing(ours, theirs, rules);
  if (figures.length === 0) return null;
  const kind = sides.ours === null ? 'ledger_missing' : sides.theirs === null ? 'report_missing' : 'report_differs';
  return { kind, figures, amountUnits: atStakeUnits(ours, theirs), detail: detailOf(ours, theirs, figures) };
}

/** What two sides differ by, in money; a side that is null has nothing. */
export function atStakeUnits(ours: Figures | null, theirs: Figures | null): bigint {
  const [a, b] = [ours ?? NO_FIGURES, theirs ?? NO_FIGURES];
  const ggr = magnitude(a.ggrUnits - b.ggrUnits);
  if (ggr > 0n) return clamped(ggr);
  const sums = [a.betsUnits - b.betsUnits, a.winsUnits - b.winsUnits, a.freespinsUnits - b.freespinsUnits];
  let largest = magnitude(a.jackpotsUnits - b.jackpotsUnits);
  for (const each of sums.map(magnitude)) if (each > largest) largest = each;
  return clamped(largest);
}

function detailOf(ours: Figures, theirs: Figures, figures: readonly ReportFigure[]): string {
  const parts = figures.map((name) => {
    const { key, isSum } = FIGURES[name];
    const text = (value: bigint | null): string => (isSum ? decimal(value ?? 0n) : String(value ?? 0n));
    return `${name} ${text(ours[key])} (ours) ${text(theirs[key])} (report)`;
  });
  const whole = parts.join('; ');
  if (whole.length <= DETAIL_LENGTH) return whole;
  // Two differences must not look the same because of what is cut off.
  const mark = ` ... ${createHash('sha256').update(whole).digest('hex').slice(0, 12)}`;
  return whole.slice(0, DETAIL_LENGTH - mark.length) + mark;
}

/** Beyond this many findings of one group, the last one stands for all that differs later. */
export const MAX_FINDINGS = 20;

const PLAIN_VENDOR = /^[!-}]{0,64}$/;

/** All findings of an operator's day have a key from here on up to `dayKeyEnd`, in ASCII order. */
export const dayKey = (operatorId: string, day: string): string => `report:${operatorId}:${day}:`;
export const dayKeyEnd = (operatorId: string, day: string): string => `report:${operatorId}:${day};`;

/** The same group has the same key in every run; the `number`th finding of the group, from 1. ASCII, at most 160 characters. */
export function findingKey(operatorId: string, day: string, { vendor, currencyCode }: GroupKey, number = 1): string {
  const name = PLAIN_VENDOR.test(vendor) ? vendor : `~${createHash('sha256').update(vendor).digest('hex')}`;
  return `${dayKey(operatorId, day)}${name}:${currencyCode}${number === 1 ? '' : `#${number}`}`;
}
