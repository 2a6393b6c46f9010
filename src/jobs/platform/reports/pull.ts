import { setTimeout as sleep } from 'node:timers/promises';
import { loggable, selectRow } from '../../../common/db.ts';
import { failedPrecondition, invalidArgument } from '../../../common/fault.ts';
import type { PlatformDeps } from '../deps.ts';
import { reasonOf } from '../failures.ts';
import { addPulls, claimPull, drainPulls, failPull, type Pull, type PullKey, releasePull } from '../pulls.ts';
import { createUnderWay } from '../under-way.ts';
import { dayOf, daysBetween, daysToNote, dueAfter } from './due.ts';
import { exportOverdue } from './overdue.ts';
import { type StoredReport, storeReport } from './store.ts';

type Deps = Pick<PlatformDeps, 'pool' | 'client' | 'operators' | 'registry' | 'log' | 'now' | 'config'>;

/** Called once a day's rows are committed. After a crash in between it is not called for them. */
export type OnPulled = (operatorId: string, day: string) => Promise<void>;

/** What became of one report. `error` empty: it is stored, and `onPulled` is done. */
export type PulledReport = StoredReport & { operatorId: string; reportDay: string; error: string };

export type ReportPull = {
  /** Notes what is to be pulled. Throws the wallet's ServiceError, and what the database has to say. */
  ensure: () => Promise<void>;
  /** Pulls what is due. What fails is noted and tried again. Throws what the database has to say. */
  runDue: (onPulled: OnPulled) => Promise<void>;
  /**
   * Pulls these days now, due or not, oldest first; a later pull of the schedule stays due. Days are yyyy-mm-dd, both ends included, empty
   * operator: all; days after today are left out. Throws INVALID_ARGUMENT for an unknown operator, FAILED_PRECONDITION where PLATFORM is not
   * to be asked, and as `ensure`.
   */
  pullNow: (
    span: { operatorId: string; fromDay: string; toDay: string },
    onPulled: OnPulled,
    signal: AbortSignal,
  ) => AsyncIterable<PulledReport>;
  /** Begins nothing any more, breaks off what waits for PLATFORM; resolves once the rest is written. */
  stop: () => Promise<void>;
};

/** So many reports are asked for at once; PLATFORM is slow to answer, not busy. */
const LANES = 4;
const ROWS_AT_ONCE = 100;
const TAKE_EVERY_MS = 200;

export function createReportPull(deps: Deps): ReportPull {
  const { pool, config, log, now } = deps;
  const underWay = createUnderWay();
  exportOverdue(deps);

  const ensure = async (): Promise<void> => {
    if (config.PLATFORM_API_URL === '') return;
    for (const { operatorId } of await deps.operators.all()) await note(deps, operatorId);
  };

  const pullOne = async (pull: Pull, onPulled: OnPulled, signal: AbortSignal): Promise<PulledReport> => {
    const key = { operatorId: pull.operatorId, reportDay: pull.item };
    const pulled = await readAndStore(deps, pull, signal);
    if ('error' in pulled) return { ...key, ...pulled };
    log.info({ operator: pull.operatorId, day: pull.item, ...pulled }, 'report pulled');
    try {
      await onPulled(pull.operatorId, pull.item);
      return { ...key, ...pulled, error: '' };
    } catch (error) {
      log.error(
        { operator: pull.operatorId, day: pull.item, err: loggable(error) },
        'report pulled, and what follows failed',
      );
      return { ...key, ...pulled, error: 'it is stored; what follows failed: the log has more' };
    }
  };

  return {
    ensure,
    runDue: async (onPulled) => {
      // A schedule may outlive the setting.
      if (config.PLATFORM_API_URL === '') return;
      const { signal } = underWay;
      const what = { kinds: ['report'] as const, leaseMs: config.PLATFORM_LEASE_MS, lanes: LANES };
      await underWay.track(drainPulls({ pool, now, ...what, signal }, (pull) => pullOne(pull, onPulled, signal)));
    },
    pullNow: async function* (span, onPulled, signal) {
      if (config.PLATFORM_API_URL === '') throw failedPrecondition('PLATFORM_API_URL is not set');
      await ensure();
      const either = AbortSignal.any([signal, underWay.signal]);
      for (const key of await chosen(deps, span)) {
        if (either.aborted) return;
        yield await underWay.track(pullByHand(key));
      }

      async function pullByHand(key: PullKey): Promise<PulledReport> {
        const pull = await take(deps, key, either);
        if (pull !== null) return pullOne(pull, onPulled, either);
        const error = either.aborted ? 'broken off' : 'somebody else is at it';
        return { operatorId: key.operatorId, reportDay: key.item, rows: 0, changed: 0, error };
      }
    },
    stop: underWay.stop,
  };
}

/** Adds the days that are not noted yet, of a long outage as well. The last one that is noted is always there: no row is ever removed. */
async function note({ pool, config, now }: Deps, operatorId: string): Promise<void> {
  const last = await selectRow<{ last_day: string | null }>(
    pool,
    "SELECT MAX(item) AS last_day FROM platform_pulls WHERE operator_id = ? AND kind = 'report'",
    [operatorId],
  );
  const days = daysToNote({ lastDay: last?.last_day ?? null, nowMs: now(), config });
  // Oldest first: dying between two parts leaves no hole.
  for (let at = 0; at < days.length; at += ROWS_AT_ONCE) {
    const part = days.slice(at, at + ROWS_AT_ONCE);
    await addPulls(
      pool,
      part.map(({ day, dueAtMs }) => ({ operatorId, kind: 'report', item: day, dueAtMs })),
    );
  }
}

async function chosen(
  { operators, now }: Deps,
  span: { operatorId: string; fromDay: string; toDay: string },
): Promise<PullKey[]> {
  const all = await operators.all();
  const some = span.operatorId === '' ? all : [await operators.find(span.operatorId)];
  const today = dayOf(now());
  const days = daysBetween(span.fromDay, span.toDay).filter((day) => day <= today);
  return some.flatMap((operator) => {
    if (operator === null) throw invalidArgument('operator_id', 'is not known');
    return days.map((item): PullKey => ({ operatorId: operator.operatorId, kind: 'report', item }));
  });
}

/** Waits for whoever is at it, but no longer than their time is. */
async function take({ pool, config, now }: Deps, key: PullKey, signal: AbortSignal): Promise<Pull | null> {
  // Older than what the schedule knows: this once.
  await addPulls(pool, [{ ...key, dueAtMs: null }]);
  const giveUpAtMs = now() + config.PLATFORM_LEASE_MS;
  while (!signal.aborted && now() <= giveUpAtMs) {
    const pull = await claimPull(pool, key, { nowMs: now(), leaseMs: config.PLATFORM_LEASE_MS });
    if (pull !== null) return pull;
    await sleep(TAKE_EVERY_MS, undefined, { signal }).catch(() => undefined);
  }
  return null;
}

/** The rows in place of those before, or why not. */
async function readAndStore(
  { pool, client, operators, config, log, now }: Deps,
  pull: Pull,
  signal: AbortSignal,
): Promise<StoredReport | (StoredReport & { error: string })> {
  const { operatorId, item: day } = pull;
  const nothing = { rows: 0, changed: 0 };
  try {
    const operator = await operators.find(operatorId);
    if (operator === null) throw invalidArgument('operator_id', 'is not known');
    const askedAtMs = now();
    const rows = await client.businessReport(operator, day, { signal });
    const dueAtMs = dueAfter({ day, nowMs: askedAtMs, config });
    const stored = await storeReport(pool, pull, { rows, nowMs: askedAtMs, dueAtMs });
    if (stored !== null) return stored;
    log.warn({ operator: operatorId, day }, 'report pulled too late: somebody else has taken it up');
    return { ...nothing, error: 'it took too long: somebody else is at it' };
  } catch (error) {
    if (signal.aborted) {
      await releasePull(pool, pull);
      return { ...nothing, error: 'broken off' };
    }
    const reason = reasonOf(error);
    await failPull(pool, pull, reason, now());
    log.warn(
      { operator: operatorId, day, failures: pull.failures + 1, reason, err: loggable(error) },
      'report not pulled',
    );
    return { ...nothing, error: reason };
  }
}
