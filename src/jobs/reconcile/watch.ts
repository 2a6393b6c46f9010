import { setTimeout as sleep } from 'node:timers/promises';
import { type Pool, selectRow, selectRows } from '../../common/db.ts';
import type { Logger } from '../../common/log.ts';
import { DISCREPANCY_KINDS } from './discrepancies.ts';
import type { ReconcileMetrics } from './metrics.ts';

/** Those that somebody has yet to do something about. */
const WATCHED = ['open', 'proposed', 'approved', 'refused'] as const;

const LOOK_MS = 10_000;

type Deps = {
  pool: Pool;
  metrics: Pick<ReconcileMetrics, 'discrepancies' | 'oldestAge' | 'reportDifferences'>;
  log: Logger;
  now: () => number;
  lookMs?: number;
};

/** Counts the discrepancies from time to time: whoever reads the metrics doesn't make the database work. */
export function startReconcileWatch({ pool, metrics, log, now, lookMs = LOOK_MS }: Deps): {
  stop: () => Promise<void>;
} {
  const stopping = new AbortController();

  const look = async (): Promise<void> => {
    const groups = await selectRows<{ kind: string; state: string; count: bigint }>(
      pool,
      'SELECT kind, state, COUNT(*) AS count FROM discrepancies WHERE state IN (?) GROUP BY kind, state',
      [WATCHED],
    );
    const counts = new Map(groups.map(({ kind, state, count }) => [`${kind} ${state}`, Number(count)]));
    for (const state of WATCHED) {
      for (const kind of DISCREPANCY_KINDS) {
        metrics.discrepancies.set({ kind, state }, counts.get(`${kind} ${state}`) ?? 0);
      }
      const oldest = await selectRow<{ found_at_ms: bigint }>(
        pool,
        'SELECT found_at_ms FROM discrepancies WHERE state = ? ORDER BY found_at_ms LIMIT 1',
        [state],
      );
      metrics.oldestAge.set({ state }, oldest === null ? 0 : Math.max(0, now() - Number(oldest.found_at_ms)) / 1000);
    }
  };

  const lookAtReports = async (): Promise<void> => {
    const operators = await selectRows<{ operator_id: string; count: bigint }>(
      pool,
      `SELECT operator_id, COUNT(CASE WHEN state IN (?) THEN 1 END) AS count FROM discrepancies WHERE provider = 'platform'
       GROUP BY operator_id`,
      [WATCHED],
    );
    for (const { operator_id: operator, count } of operators)
      metrics.reportDifferences.set({ operator }, Number(count));
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await Promise.all([look(), lookAtReports()]).catch((error: unknown) =>
        log.debug({ err: error }, "can't count the discrepancies"),
      );
      await sleep(lookMs, undefined, { signal: stopping.signal }).catch(() => undefined);
    }
  };

  const running = run();
  return {
    stop: () => {
      stopping.abort();
      return running;
    },
  };
}
