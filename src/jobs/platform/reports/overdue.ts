import { Gauge } from 'prom-client';
import { loggable, type Pool, selectRows } from '../../../common/db.ts';
import type { PlatformDeps } from '../deps.ts';
import { dueAfter, firstDueAtMs } from './due.ts';

type Deps = Pick<PlatformDeps, 'pool' | 'registry' | 'log' | 'now' | 'config'>;

/** A look is not worth more than that. */
const FRESH_MS = 2_000;

/** Exports how late the latest report is; looked up when it is asked for, at most every few seconds. */
export function exportOverdue(deps: Deps): void {
  const { registry, log, now } = deps;
  let looked: { atMs: number; overdueMs: Promise<number | null> } | null = null;
  const look = (): Promise<number | null> =>
    overdueMs(deps).catch((error: unknown) => {
      log.debug({ err: loggable(error) }, "can't look up which reports are late");
      return null;
    });
  new Gauge({
    name: 'croupier_platform_reports_overdue_seconds',
    help: "By how much PLATFORM's report is late that is late the most; 0: none is. Failed tries don't make it less.",
    registers: [registry],
    async collect() {
      if (looked === null || now() - looked.atMs > FRESH_MS) looked = { atMs: now(), overdueMs: look() };
      const ms = await looked.overdueMs;
      if (ms === null) this.remove();
      else this.set(ms / 1000);
    },
  });
}

/** Null: PLATFORM is not asked. A failed pull is put off, so its own time says nothing: what counts is when it was due by the schedule. */
export async function overdueMs({
  pool,
  config,
  now,
}: {
  pool: Pool;
  config: PlatformDeps['config'];
  now: () => number;
}): Promise<number | null> {
  if (config.PLATFORM_API_URL === '') return null;
  const nowMs = now();
  const rows = await selectRows<{ item: string; done_at_ms: bigint | null }>(
    pool,
    `SELECT item, done_at_ms FROM platform_pulls
     WHERE kind = 'report' AND due_at_ms IS NOT NULL AND (due_at_ms <= ? OR failures > 0)`,
    [nowMs],
  );
  const late = rows.map(({ item: day, done_at_ms }) => {
    const dueAtMs =
      done_at_ms === null ? firstDueAtMs(day, config) : dueAfter({ day, nowMs: Number(done_at_ms), config });
    return dueAtMs === null ? 0 : nowMs - dueAtMs;
  });
  return Math.max(0, ...late);
}
