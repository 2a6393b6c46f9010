import { status } from '@grpc/grpc-js';
import { loggable } from '../../../common/db.ts';
import { Fault } from '../../../common/fault.ts';
import type { PlayedTransaction } from '../../../gen/wallet/v1/bookkeeping_pb.ts';
import type { PlatformDeps } from '../deps.ts';
import type { HandHistories } from '../evidence/hand-histories.ts';
import type { PlayClassName } from './cause.ts';
import { readContext } from './context.ts';
import { listPlayed, type PlayKey } from './play.ts';
import type { DayKey } from './report-rows.ts';
import type { WrittenDay } from './write-day.ts';

type Deps = Pick<PlatformDeps, 'wallet' | 'log' | 'now' | 'config'> & { handHistories: Pick<HandHistories, 'fetch'> };

/** Of these PLATFORM may have another opinion than we do. */
const DISPUTED: readonly PlayClassName[] = ['canceled_later', 'refused', 'unresolved'];
const CAUSES: ReadonlySet<string> = new Set(['late_cancel', 'unknown_outcome', '']);
const A_DISCREPANCY = 20;
const A_DAY = 100;
/** Other reports wait meanwhile, and so may a person: a slow PLATFORM is asked for no more after that. */
const TAKES_MS = 60_000;

/**
 * Keeps PLATFORM's hand histories of transactions that a new discrepancy may be about. What can't be had now may be fetched by hand:
 * nothing waits for it. One that PLATFORM doesn't have is passed over; one that can't be asked for ends it.
 */
export async function gatherEvidence(
  deps: Deps,
  key: DayKey,
  { found, requestId, signal }: { found: WrittenDay['found']; requestId: string; signal: AbortSignal },
): Promise<void> {
  if (deps.config.PLATFORM_API_URL === '') return;
  // A fetch may take its time; whoever stops this process doesn't wait for it.
  const stopping = new AbortController();
  const stopped = new Promise((resolve) => {
    signal.addEventListener('abort', resolve, { once: true, signal: stopping.signal });
  });
  try {
    await fetchAll(deps, key, { found, requestId, signal, stopped });
  } catch (error) {
    deps.log.warn({ operator: key.operatorId, day: key.day, err: loggable(error) }, 'hand histories not fetched');
  } finally {
    stopping.abort();
  }
}

async function fetchAll(
  deps: Deps,
  key: DayKey,
  run: { found: WrittenDay['found']; requestId: string; signal: AbortSignal; stopped: Promise<unknown> },
): Promise<void> {
  const { requestId } = run;
  let left = A_DAY;
  const untilMs = deps.now() + TAKES_MS;
  for (const { vendor, currencyCode, cause } of run.found) {
    if (!CAUSES.has(cause)) continue;
    const disputed = await disputedOf(deps, { ...key, vendor, currencyCode }, requestId);
    for (const { transactionId, historyId } of disputed) {
      if (left === 0 || run.signal.aborted || deps.now() >= untilMs) return;
      left -= 1;
      const request = { operatorId: key.operatorId, transactionId, historyId, vendor, again: false };
      await Promise.race([deps.handHistories.fetch(request, requestId).catch(passOver), run.stopped]);
    }
  }
}

function passOver(error: unknown): void {
  if (!(error instanceof Fault) || error.code !== status.FAILED_PRECONDITION) throw error;
}

/** Those that have a history, up to as many as one discrepancy gets. */
async function disputedOf(
  { wallet }: Deps,
  key: PlayKey,
  requestId: string,
): Promise<{ transactionId: string; historyId: string }[]> {
  const disputed: { transactionId: string; historyId: string }[] = [];
  for (const name of DISPUTED) {
    const page = { class: name, pageSize: A_DISCREPANCY };
    const { transactions } = await listPlayed(wallet, key, page, requestId);
    disputed.push(...transactions.map(named).filter(({ historyId }) => historyId !== ''));
  }
  return disputed.slice(0, A_DISCREPANCY);
}

const named = ({ transactionId, context }: PlayedTransaction) => ({
  transactionId,
  historyId: readContext(context).historyId,
});
