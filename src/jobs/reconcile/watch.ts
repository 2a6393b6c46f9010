import { setTimeout as sleep } from 'node:timers/promises';
import { type Pool, selectRow, selectRows } from '../../common/db.ts';
import type { Logger } from '../../common/log.ts';
import type { ReconcileMetrics } from './metrics.ts';
import { FINDING_KINDS } from './types.ts';

/** Those that somebody has yet to do something about. */
const WATCHED = ['open', 'proposed', 'approved', 'refused'] as const;

const LOOK_MS = 10_000;

type Deps = {
  pool: Pool;
  metrics: Pick<ReconcileMetrics, 'discrepancies' | 'oldestAge'>;
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
      for (const kind of FINDING_KINDS) metrics.discrepancies.set({ kind, state }, counts.get(`${kind} ${state}`) ?? 0);
      const oldest = await selectRow<{ found_at_ms: bigint }>(
        pool,
        'SELECT found_at_ms FROM discrepancies WHERE state = ? ORDER BY found_at_ms LIMIT 1',
        [state],
      );
      metrics.oldestAge.set({ state }, oldest === null ? 0 : Math.max(0, now() - Number(oldest.found_at_ms)) / 1000);
    }
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) => log.debug({ err: error }, "can't count the discrepancies"));
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
