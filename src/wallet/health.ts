import type { Server } from '@grpc/grpc-js';
import { HealthImplementation } from 'grpc-health-check';
import { Gauge, type Registry } from 'prom-client';
import type { Logger } from '../common/log.ts';
import { type Pool, selectRow } from './db.ts';

/** gRPC health checking (grpc.health.v1): NOT_SERVING until told otherwise, and for good once it is closed. */
export type Health = { setServing: (serving: boolean) => void; close: () => void };

/** For the server as a whole ("") and for each service by its full name. They go together: all need the database. */
export function addHealth(server: Server, serviceNames: readonly string[]): Health {
  const names = ['', ...serviceNames];
  const health = new HealthImplementation(Object.fromEntries(names.map((name) => [name, 'NOT_SERVING'])));
  health.addToServer(server);
  let closed = false;
  const set = (serving: boolean): void => {
    for (const name of names) health.setStatus(name, serving ? 'SERVING' : 'NOT_SERVING');
  };
  return {
    setServing: (serving) => {
      if (!closed) set(serving);
    },
    close: () => {
      closed = true;
      set(false);
    },
  };
}

export type DatabaseWatch = { isUp: () => boolean; stop: () => void };

/**
 * Asks the database now and then whether it is there, and says when that changes, in a gauge too. Starts out as up: it has just been
 * migrated.
 */
export function watchDatabase(deps: {
  pool: Pool;
  log: Logger;
  registry: Registry;
  intervalMs: number;
  onChange: (up: boolean) => void;
}): DatabaseWatch {
  let up = true;
  let stopped = false;
  let timer: NodeJS.Timeout | undefined;
  new Gauge({
    name: 'croupier_wallet_database_up',
    help: 'Whether the database answered when it was last asked',
    registers: [deps.registry],
    collect() {
      this.set(up ? 1 : 0);
    },
  });

  const look = async (): Promise<void> => {
    const answers = await selectRow(deps.pool, 'SELECT 1').then(
      () => true,
      () => false,
    );
    if (stopped) return;
    if (answers !== up) {
      up = answers;
      if (up) deps.log.info('the database is back');
      else deps.log.error('the database is away');
      deps.onChange(up);
    }
    timer = setTimeout(look, deps.intervalMs);
  };
  timer = setTimeout(look, deps.intervalMs);

  return {
    isUp: () => up,
    stop: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}
