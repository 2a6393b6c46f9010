import {
  BookkeepingService,
  PlayClass,
  type PlayedDay,
  type PlayedTransaction,
} from '../../../gen/wallet/v1/bookkeeping_pb.ts';
import type { Wallet } from '../../wallet.ts';
import { type ClassPlay, PLAY_CLASSES, type PlayClassName } from './cause.ts';
import { isFreeSpin, isJackpot, readContext } from './context.ts';
import { type Figures, NO_FIGURES, playOf } from './figures.ts';

/** What our books say of PLATFORM's games. All of it throws the wallet's ServiceError. */
export const PROVIDER = 'platform';

/** A vendor's play of a day in one currency, as the wallet is asked for it. */
export type PlayKey = { operatorId: string; day: string; vendor: string; currencyCode: string };

export const CLASS_OF: Record<PlayClassName, PlayClass> = {
  counted: PlayClass.COUNTED,
  canceled_later: PlayClass.CANCELED_LATER,
  canceled: PlayClass.CANCELED,
  written_another_day: PlayClass.WRITTEN_ANOTHER_DAY,
  made_another_day: PlayClass.MADE_ANOTHER_DAY,
  unresolved: PlayClass.UNRESOLVED,
  refused: PlayClass.REFUSED,
  tombstone: PlayClass.TOMBSTONE,
};

/** A day's sums by vendor and currency, and up to when all that was written is in them. Empty operator: all. */
export async function sumDay(
  wallet: Wallet,
  { operatorId, day }: Pick<PlayKey, 'operatorId' | 'day'>,
  requestId: string,
): Promise<{ days: PlayedDay[]; completeUntilMs: number }> {
  const request = { fromDay: day, operatorId, provider: PROVIDER };
  const answer = await wallet.call(BookkeepingService.method.sumPlayedDays, request, requestId);
  return { days: answer.days, completeUntilMs: Number(answer.completeUntilMs) };
}

/** A day without any play: each day's answer says it, and this one costs the wallet nothing. */
const NO_PLAY_DAY = '1970-01-01';

/** Up to when all that was written is in the sums, whatever their day; 0: nothing is yet. */
export async function readCompleteUntilMs(wallet: Wallet, requestId: string): Promise<number> {
  return (await sumDay(wallet, { operatorId: '', day: NO_PLAY_DAY }, requestId)).completeUntilMs;
}

/** What of a group's play may be counted otherwise. */
/** It reads the ledger of a vendor's day, which may be millions of rows. */
const EXPLAIN_TIMEOUT_MS = 25_000;

export async function explainGroup(wallet: Wallet, key: PlayKey, requestId: string): Promise<ClassPlay[]> {
  const request = { ...key, provider: PROVIDER };
  const { explainPlayedDay } = BookkeepingService.method;
  const { classes } = await wallet.call(explainPlayedDay, request, requestId, EXPLAIN_TIMEOUT_MS);
  return PLAY_CLASSES.flatMap((name): ClassPlay[] => {
    const found = classes.find((each) => each.class === CLASS_OF[name]);
    if (found?.totals === undefined) return [];
    return [{ class: name, transactionCount: found.transactionCount, play: playOf(found.totals) }];
  });
}

/** A page of one class's transactions, oldest first. */
export function listPlayed(
  wallet: Wallet,
  key: PlayKey,
  page: { class: PlayClassName; pageSize: number; pageToken?: string },
  requestId: string,
): Promise<{ transactions: PlayedTransaction[]; nextPageToken: string }> {
  const request = { ...key, ...page, provider: PROVIDER, class: CLASS_OF[page.class] };
  return wallet.call(BookkeepingService.method.listPlayedTransactions, request, requestId);
}

/** What one transaction adds to a report. A free spin is counted by its bet. */
export function figuresOf({ kind, amountUnits, context }: PlayedTransaction): Figures {
  const read = readContext(context);
  if (kind === 'bet') {
    const freespinsCount = isFreeSpin(read) ? 1n : 0n;
    return { ...NO_FIGURES, betsCount: 1n, betsUnits: amountUnits, freespinsCount, ggrUnits: amountUnits };
  }
  if (kind === 'refund') return { ...NO_FIGURES, ggrUnits: -amountUnits };
  if (kind !== 'win') return NO_FIGURES;
  return {
    ...NO_FIGURES,
    winsCount: 1n,
    winsUnits: amountUnits,
    freespinsUnits: isFreeSpin(read) ? amountUnits : 0n,
    jackpotsCount: isJackpot(read) ? 1n : 0n,
    jackpotsUnits: isJackpot(read) ? amountUnits : 0n,
    ggrUnits: -amountUnits,
  };
}
