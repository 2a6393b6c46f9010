import { Counter, Gauge, type Registry } from 'prom-client';
import { loggable, type Pool, selectRows } from '../../../common/db.ts';
import type { Logger } from '../../../common/log.ts';

export type CatalogueMetrics = {
  changes: Counter<'operator' | 'list' | 'change'>;
  failures: Counter<'operator' | 'list'>;
};

export function createCatalogueMetrics(deps: {
  registry: Registry;
  pool: Pool;
  log: Logger;
  config: { PLATFORM_API_URL: string };
}): CatalogueMetrics {
  const { registry, pool, log, config } = deps;
  const registers = [registry];
  new Gauge({
    name: 'croupier_catalogue_synced_timestamp_seconds',
    help: "When an operator's list was last read and stored, by any process; only while PLATFORM is asked.",
    labelNames: ['operator', 'list'],
    registers,
    async collect() {
      if (config.PLATFORM_API_URL === '') return;
      try {
        for (const row of await readSynced(pool)) {
          this.set({ operator: row.operator_id, list: row.kind }, Number(row.done_at_ms) / 1000);
        }
      } catch (error) {
        log.debug({ err: loggable(error) }, "can't look up when catalogues were synced");
      }
    },
  });
  return {
    changes: new Counter({
      name: 'croupier_catalogue_changes_total',
      help: 'Games or lobbies that a list changed: added, changed, missing, back (was missing).',
      labelNames: ['operator', 'list', 'change'],
      registers,
    }),
    failures: new Counter({
      name: 'croupier_catalogue_failures_total',
      help: 'Lists that could not be read or stored; they are tried again.',
      labelNames: ['operator', 'list'],
      registers,
    }),
  };
}

const readSynced = (pool: Pool): Promise<{ operator_id: string; kind: string; done_at_ms: bigint }[]> =>
  selectRows(
    pool,
    `SELECT operator_id, kind, done_at_ms FROM platform_pulls
     WHERE kind IN ('games', 'lobbies') AND done_at_ms IS NOT NULL`,
  );
