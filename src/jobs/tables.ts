import { setTimeout as sleep } from 'node:timers/promises';
import { loggable, type Pool, selectRow } from '../common/db.ts';
import { unavailable } from '../common/fault.ts';
import type { Authorize } from '../common/grpc-access.ts';
import type { Logger } from '../common/log.ts';
import { MigrationError, migrate } from '../common/migrate.ts';
import { JOBS_SCHEMA } from './schema.ts';

/** The jobs' own tables, which are brought up to date as soon as their database is there: most of what a person needs is there before. */
export type Tables = {
  isReady: () => boolean;
  /** Resolves when the first try has ended, one way or the other. Rejects as `ready` does. */
  tried: Promise<void>;
  /** True once they are up to date; false where they never were before the stop. Rejects with a MigrationError, which a person must see to. */
  ready: Promise<boolean>;
  stop: () => Promise<void>;
};

const PAUSE_MS = 1_000;
const ANSWER_MS = 1_000;

export function startTables({ databaseUrl, log }: { databaseUrl: string; log: Logger }): Tables {
  const stopping = new AbortController();
  let isReady = false;

  const tryOnce = async (): Promise<void> => {
    try {
      for (const name of await migrate(databaseUrl, JOBS_SCHEMA)) log.info({ migration: name }, 'migrated');
      isReady = true;
    } catch (error) {
      if (error instanceof MigrationError) throw error;
      log.error({ err: loggable(error) }, "the jobs' tables can't be brought up to date for now");
    }
  };

  const tried = tryOnce();
  const run = async (): Promise<boolean> => {
    await tried;
    while (!isReady && !stopping.signal.aborted) {
      await sleep(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
      if (!stopping.signal.aborted) await tryOnce();
    }
    return isReady;
  };
  const ready = run();
  // Whoever starts the process awaits it, though not at once.
  ready.catch(() => undefined);
  return {
    isReady: () => isReady,
    tried,
    ready,
    stop: async () => {
      stopping.abort();
      await ready.catch(() => undefined);
    },
  };
}

/** Until there are tables: UNAVAILABLE, for those who would be allowed to. */
export function refuseWithout(tables: Tables, authorize: Authorize): Authorize {
  return (call, method) => {
    const service = authorize(call, method);
    if (!tables.isReady()) throw unavailable("the jobs' tables are not there yet", null);
    return service;
  };
}

/** Whether the tables can be used now; false also where the database takes too long to say. */
export async function tablesAnswer(tables: Tables, pool: Pool): Promise<boolean> {
  if (!tables.isReady()) return false;
  const answer = selectRow(pool, 'SELECT 1 AS one').then(
    () => true,
    () => false,
  );
  const timeout = new AbortController();
  const late = sleep(ANSWER_MS, false, { signal: timeout.signal }).catch(() => false);
  try {
    return await Promise.race([answer, late]);
  } finally {
    timeout.abort();
  }
}
