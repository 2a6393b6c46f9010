import { create } from '@bufbuild/protobuf';
import { type PlayTotals, PlayTotalsSchema } from '../../../gen/wallet/v1/bookkeeping_pb.ts';
import { type ClassPlay, PLAY_CLASSES, type PlayClassName, type ReportCause } from './cause.ts';
import { findingKey, type GroupKey, type ReportKind } from './compare.ts';
import { added, type Figures, NO_FIGURES, playOf } from './figures.ts';

export const DAY = '2026-11-18';
export const OPERATOR = 'casino';

/** What differs on purpose: by its cause, or without one that could be told. */
export type Error = Exclude<ReportCause, 'unlisted'> | '';
export const ERRORS: readonly Error[] = [
  'day_boundary',
  'late_cancel',
  'refunds',
  'unknown_outcome',
  'not_reported',
  'not_booked',
  '',
];

/** One transaction of ours; days count from the simulated one. `hasResult`: its round has a win or a refund. */
type Played = {
  kind: 'bet' | 'win' | 'refund';
  amountUnits: bigint;
  reason: '' | 'PROMO-FREESPIN' | 'JACKPOT';
  madeOn: number;
  writtenOn: number;
  state: 'ok' | 'refused' | 'canceled' | 'canceled_later';
  hasResult: boolean;
};

export type SimulatedGroup = GroupKey & {
  played: PlayTotals;
  written: PlayTotals;
  classes: ClassPlay[];
  transactions: { class: PlayClassName; figures: Figures }[];
  /** Null: the report has no row. */
  theirs: Figures | null;
};

export type SimulatedDay = { groups: SimulatedGroup[]; wrong: { key: string; kind: ReportKind; cause: Error }[] };

/** A small generator with a seed (mulberry32), so that a day that fails can be had again. */
function createRandom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

type Random = () => number;

const below = (random: Random, limit: number): number => Math.floor(random() * limit);

/** A day at several vendors in several currencies, as we and PLATFORM each count it; about `errorShare` of the groups differ. */
export function simulateDay(seed: number, errorShare: number): SimulatedDay {
  const random = createRandom(seed);
  const day: SimulatedDay = { groups: [], wrong: [] };
  const vendors = 1 + below(random, 6);
  const currencies = ['EUR', 'USD', 'SEK'].slice(0, 1 + below(random, 3));
  const isToldApart = random() < 0.5;
  for (let vendor = 0; vendor < vendors; vendor += 1) {
    for (const currencyCode of currencies) {
      const key = { vendor: vendor === 5 ? '' : `vendor-${vendor}`, currencyCode };
      const error = random() < errorShare ? ERRORS[below(random, ERRORS.length)] : undefined;
      addGroup(day, key, { random, isToldApart, error });
    }
  }
  return day;
}

function addGroup(
  day: SimulatedDay,
  key: GroupKey,
  { random, isToldApart, error }: { random: Random; isToldApart: boolean; error: Error | undefined },
): void {
  const played = error === 'not_booked' ? [] : playRounds(random);
  const honest = reported(played.filter((each) => isOk(each) && each.madeOn === 0));
  const group: SimulatedGroup = {
    ...key,
    played: totalsOf(
      played.filter((each) => isOk(each) && each.madeOn === 0),
      isToldApart,
    ),
    written: totalsOf(
      played.filter((each) => isOk(each) && each.writtenOn === 0),
      isToldApart,
    ),
    classes: PLAY_CLASSES.map((name) => ({
      class: name,
      transactionCount: BigInt(played.filter(CLASS[name]).length),
      play: playOf(totalsOf(played.filter(CLASS[name]), isToldApart)),
    })),
    transactions: PLAY_CLASSES.flatMap((name) =>
      played.filter(CLASS[name]).map((each) => ({ class: name, figures: reported([each]) })),
    ),
    theirs: honest,
  };
  day.groups.push(group);
  if (error === undefined) return;
  const changed = injected(error, { played, honest, random });
  if (changed === undefined) return;
  group.theirs = changed;
  const kind = error === 'not_booked' ? 'ledger_missing' : changed === null ? 'report_missing' : 'report_differs';
  day.wrong.push({ key: findingKey(OPERATOR, DAY, key), kind, cause: error });
}

const isOk = ({ state }: Played): boolean => state === 'ok';

const CLASS: Record<PlayClassName, (each: Played) => boolean> = {
  counted: (each) => isOk(each) && each.madeOn === 0,
  canceled_later: (each) => each.state === 'canceled_later',
  canceled: (each) => each.state === 'canceled',
  written_another_day: (each) => isOk(each) && each.madeOn === 0 && each.writtenOn !== 0,
  made_another_day: (each) => isOk(each) && each.madeOn !== 0 && each.writtenOn === 0,
  unresolved: (each) => isOk(each) && each.madeOn === 0 && each.kind === 'bet' && !each.hasResult,
  refused: (each) => each.state === 'refused',
  tombstone: () => false,
};

/** The first round is in order. */
function playRounds(random: Random): Played[] {
  const rounds = 3 + below(random, 40);
  return Array.from({ length: rounds }, (_, round) => playRound(random, round === 0)).flat();
}

function playRound(random: Random, isPlain: boolean): Played[] {
  const amount = (): bigint => BigInt(1 + below(random, 900_000));
  const chance = isPlain ? 1 : random();
  const day = { madeOn: 0, writtenOn: 0, state: 'ok', reason: '', hasResult: true } as const;
  const bet = { ...day, kind: 'bet', amountUnits: amount() } as const;
  const win = { ...day, kind: 'win', amountUnits: amount() } as const;
  if (chance < 0.06) return [bet, win].map((each) => ({ ...each, writtenOn: 1 }));
  if (chance < 0.12) return [bet, win].map((each) => ({ ...each, madeOn: -1 }));
  if (chance < 0.2) return [{ ...bet, hasResult: false }];
  if (chance < 0.25) return [{ ...bet, state: 'refused', hasResult: false }];
  if (chance < 0.3) return [{ ...bet, state: 'canceled_later', hasResult: false }];
  if (chance < 0.35) return [{ ...bet, state: 'canceled', hasResult: false }];
  if (chance < 0.45) return [bet, { ...day, kind: 'refund', amountUnits: bet.amountUnits }];
  if (chance < 0.55) {
    return [{ ...bet, amountUnits: 0n }, win].map((each) => ({ ...each, reason: 'PROMO-FREESPIN' as const }));
  }
  return chance < 0.6 ? [bet, { ...win, reason: 'JACKPOT' }] : [bet, win];
}

/** What PLATFORM's report says of these. */
function reported(transactions: readonly Played[]): Figures {
  return transactions.reduce((figures, { kind, amountUnits, reason }) => {
    const isFree = reason === 'PROMO-FREESPIN';
    const one = { ...NO_FIGURES, ggrUnits: kind === 'bet' ? amountUnits : -amountUnits };
    if (kind === 'bet') {
      return added(figures, { ...one, betsCount: 1n, betsUnits: amountUnits, freespinsCount: isFree ? 1n : 0n });
    }
    if (kind === 'refund') return added(figures, one);
    const isJackpot = reason === 'JACKPOT';
    return added(figures, {
      ...{ ...one, winsCount: 1n, winsUnits: amountUnits, freespinsUnits: isFree ? amountUnits : 0n },
      ...{ jackpotsCount: isJackpot ? 1n : 0n, jackpotsUnits: isJackpot ? amountUnits : 0n },
    });
  }, NO_FIGURES);
}

/** What the wallet says of these. */
function totalsOf(transactions: readonly Played[], isToldApart: boolean): PlayTotals {
  const of = (kind: string, reason?: string) =>
    transactions.filter((each) => each.kind === kind && (reason === undefined || each.reason === reason));
  const units = (some: readonly Played[]) => some.reduce((sum, each) => sum + each.amountUnits, 0n);
  const count = (some: readonly Played[]) => BigInt(some.length);
  const [freeBets, freeWins] = [of('bet', 'PROMO-FREESPIN'), of('win', 'PROMO-FREESPIN')];
  return create(PlayTotalsSchema, {
    betCount: count(of('bet')),
    betUnits: units(of('bet')),
    winCount: count(of('win')),
    winUnits: units(of('win')),
    refundCount: count(of('refund')),
    refundUnits: units(of('refund')),
    freeSpinCount: count([...freeBets, ...freeWins]),
    freeSpinWinUnits: units(freeWins),
    jackpotCount: count(of('win', 'JACKPOT')),
    jackpotUnits: units(of('win', 'JACKPOT')),
    ...(isToldApart ? { freeSpinBetCount: count(freeBets) } : {}),
  });
}

type Injection = { played: readonly Played[]; honest: Figures; random: Random };

/** What the report says instead; undefined: there is nothing in this group that could go wrong like that. */
function injected(error: Error, { played, honest, random }: Injection): Figures | null | undefined {
  const some = (name: PlayClassName): Played[] => played.filter(CLASS[name]);
  const with_ = (transactions: readonly Played[], sign: 1n | -1n): Figures | undefined =>
    transactions.length === 0 ? undefined : added(honest, reported(transactions), sign);
  switch (error) {
    case 'day_boundary': {
      const boundary = [...some('written_another_day'), ...some('made_another_day')];
      return boundary.length === 0 ? undefined : reported(played.filter((each) => isOk(each) && each.writtenOn === 0));
    }
    case 'late_cancel':
      return with_(some('canceled_later').slice(0, 12), 1n);
    case 'refunds':
      return withRefunds(honest, played.filter(CLASS.counted), random);
    case 'unknown_outcome': {
      const [unresolved, refused] = [some('unresolved'), some('refused')];
      if (random() < 0.5) return with_(refused, 1n);
      // Of a few, one; else all.
      return with_(unresolved.length + refused.length <= 12 ? unresolved.slice(0, 1) : unresolved, -1n);
    }
    case 'not_reported':
      return null;
    case 'not_booked':
      return { ...NO_FIGURES, betsCount: 3n, betsUnits: 500n, ggrUnits: 500n };
    case '': {
      // More than all the group's transactions come to.
      const figures = ['betsUnits', 'winsUnits', 'ggrUnits', 'jackpotsUnits', 'freespinsUnits', 'betsCount'] as const;
      const figure = figures[below(random, figures.length)] ?? 'ggrUnits';
      return { ...honest, [figure]: honest[figure] + 1_000_000_000n + BigInt(below(random, 1_000)) };
    }
  }
}

function withRefunds(honest: Figures, counted: readonly Played[], random: Random): Figures | undefined {
  const refunds = counted.filter(({ kind }) => kind === 'refund');
  if (refunds.length === 0) return undefined;
  const units = refunds.reduce((sum, each) => sum + each.amountUnits, 0n);
  const count = BigInt(refunds.length);
  const ways = [
    { ...honest, betsUnits: honest.betsUnits - units },
    { ...honest, betsUnits: honest.betsUnits - units, betsCount: honest.betsCount - count },
    { ...honest, winsUnits: honest.winsUnits + units, winsCount: honest.winsCount + count },
    { ...honest, ggrUnits: honest.ggrUnits + units },
  ];
  return ways[below(random, ways.length)];
}
