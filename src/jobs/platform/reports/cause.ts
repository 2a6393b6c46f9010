import { added, differing, type Figures, NO_PLAY, type OurPlay, type Rules } from './figures.ts';

/**
 * - `day_boundary`: it counts on another day for them, by when it was made or written.
 * - `late_cancel`: they still count what was canceled.
 * - `refunds`: they put refunds into bets or wins, or leave them out.
 * - `unknown_outcome`: bets that have no result, that we refused, or that were canceled before they came.
 * - `not_reported`, `not_booked`: only one side has the vendor, and nothing above explains it.
 * - `unlisted`: no difference. We know of no vendor of games that no list has, and they name one: see `matchUnlisted`.
 */
export type ReportCause = (typeof REPORT_CAUSES)[number];
export const REPORT_CAUSES = [
  'day_boundary',
  'late_cancel',
  'refunds',
  'unknown_outcome',
  'not_reported',
  'not_booked',
  'unlisted',
] as const;

/** Parts of our play that they may count otherwise; as wallet.v1.PlayClass. */
export type PlayClassName = (typeof PLAY_CLASSES)[number];
export const PLAY_CLASSES = [
  'counted',
  'canceled_later',
  'canceled',
  'written_another_day',
  'made_another_day',
  'unresolved',
  'refused',
  'tombstone',
] as const;

/** What a class adds to what they count if they see it otherwise than we do: what we leave out, they count, and the other way round. */
type Part = { class: PlayClassName; sign: 1n | -1n };

const PARTS: Record<'day_boundary' | 'late_cancel' | 'unknown_outcome', readonly Part[]> = {
  day_boundary: [
    { class: 'written_another_day', sign: -1n },
    { class: 'made_another_day', sign: 1n },
  ],
  late_cancel: [
    { class: 'canceled_later', sign: 1n },
    { class: 'canceled', sign: 1n },
  ],
  unknown_outcome: [
    { class: 'unresolved', sign: -1n },
    { class: 'refused', sign: 1n },
  ],
};

/** A class whose transactions may explain a difference one by one, and how many there may be: each of their 2ⁿ combinations is tried. */
export const COMBINED_CLASSES: ReadonlySet<PlayClassName> = new Set(
  Object.values(PARTS).flatMap((parts) => parts.map((part) => part.class)),
);
export const COMBINED_AT_MOST = 12;

export type ClassPlay = { class: PlayClassName; transactionCount: bigint; play: OurPlay };

export type CauseInput = {
  /** Null: that side has nothing. */
  ours: OurPlay | null;
  theirs: Figures | null;
  /** Of what was written on the day; null: not known. */
  written: OurPlay | null;
  classes: readonly ClassPlay[];
  /** Of small classes, all of them. */
  transactions: readonly { class: PlayClassName; figures: Figures }[];
  rules: Rules;
};

/**
 * What may be the cause of a difference; empty: it can't be told. A cause is only named where it explains all of it: the two sides are equal
 * once it is counted their way. First what explains it by whole classes of transactions, then by some of a few.
 */
export function causeOf(input: CauseInput): ReportCause | '' {
  const ours = input.ours ?? NO_PLAY;
  const { theirs } = input;
  // That nothing of it is there has a simpler reason than that each part of it is missing for its own.
  if (theirs === null) return isAnotherDay({ ...input, ours, theirs: NO_PLAY }) ? 'day_boundary' : 'not_reported';
  const found = explanation({ ...input, ours, theirs });
  return found === '' && input.ours === null ? 'not_booked' : found;
}

type Sides = Omit<CauseInput, 'ours' | 'theirs'> & { ours: OurPlay; theirs: Figures };

function explanation(sides: Sides): ReportCause | '' {
  if (isAnotherDay(sides)) return 'day_boundary';
  if (isWhole(sides, PARTS.late_cancel)) return 'late_cancel';
  if (isRefunds(sides)) return 'refunds';
  if (isWhole(sides, PARTS.unknown_outcome)) return 'unknown_outcome';
  for (const cause of ['day_boundary', 'late_cancel', 'unknown_outcome'] as const) {
    if (isSome(sides, PARTS[cause])) return cause;
  }
  return isTombstones(sides) ? 'unknown_outcome' : '';
}

/** Whether they agree if it is counted like this, and not as it is. */
function explains({ ours, theirs, rules }: Sides, supposed: Figures): boolean {
  return differing(supposed, theirs, rules).length === 0 && differing(supposed, ours, rules).length > 0;
}

const isAnotherDay = (sides: Sides): boolean =>
  (sides.written !== null && explains(sides, sides.written)) || isWhole(sides, PARTS.day_boundary);

/** Whole classes: one of them, or all. */
function isWhole(sides: Sides, parts: readonly Part[]): boolean {
  const changes = parts.flatMap((part) => {
    const found = sides.classes.find((each) => each.class === part.class);
    return found === undefined ? [] : [{ figures: found.play, sign: part.sign }];
  });
  return combines(sides, changes);
}

/** Some of a few transactions. */
function isSome(sides: Sides, parts: readonly Part[]): boolean {
  const changes = parts.flatMap((part) =>
    sides.transactions.filter((each) => each.class === part.class).map(({ figures }) => ({ figures, sign: part.sign })),
  );
  return changes.length <= COMBINED_AT_MOST && combines(sides, changes);
}

type Change = { figures: Figures; sign: 1n | -1n };

/** Whether any of the combinations of these changes explains it. */
function combines(sides: Sides, changes: readonly Change[]): boolean {
  const tryFrom = (at: number, supposed: Figures): boolean => {
    const change = changes[at];
    if (change === undefined) return explains(sides, supposed);
    return tryFrom(at + 1, supposed) || tryFrom(at + 1, added(supposed, change.figures, change.sign));
  };
  return tryFrom(0, sides.ours);
}

/** Refunds as less bets, as more wins, or not at all; with or without their count. */
function isRefunds(sides: Sides): boolean {
  const { ours } = sides;
  const { refundsCount, refundsUnits } = ours;
  const lessBets = { ...ours, betsUnits: ours.betsUnits - refundsUnits };
  const moreWins = { ...ours, winsUnits: ours.winsUnits + refundsUnits };
  return [
    lessBets,
    { ...lessBets, betsCount: ours.betsCount - refundsCount },
    moreWins,
    { ...moreWins, winsCount: ours.winsCount + refundsCount },
    { ...ours, ggrUnits: ours.ggrUnits + refundsUnits },
  ].some((supposed) => explains(sides, supposed));
}

/** Of what was canceled before it came we know the number, not the amounts. */
function isTombstones({ ours, theirs, classes }: Sides): boolean {
  const count = classes.find((each) => each.class === 'tombstone')?.transactionCount ?? 0n;
  const moreUnits = theirs.betsUnits - ours.betsUnits;
  const isOnlyBets = theirs.winsCount === ours.winsCount && theirs.winsUnits === ours.winsUnits;
  return count > 0n && theirs.betsCount - ours.betsCount === count && moreUnits > 0n && isOnlyBets;
}
