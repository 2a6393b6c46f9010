import { Gauge, type Registry } from 'prom-client';
import { type Pool, selectRow } from '../common/db.ts';
import type { Logger } from '../common/log.ts';

export type DatabaseWatch = { isUp: () => boolean; stop: () => void };

/** Sweeps of the books allow for minutes, deadlines for nothing: this much is worth a look at NTP, and harms nobody yet. */
const CLOCK_SKEW_MAX_MS = 5_000;

/**
 * Asks the database now and then whether it is there, and what time it has: wallets are compared by their one database's clock. Says when
 * that changes, in gauges too. A wallet whose clock is off stays ready: it still moves money rightly. Starts out as up: it has just been
 * migrated.
 */
export function watchDatabase(deps: {
  pool: Pool;
  log: Logger;
  registry: Registry;
  now: () => number;
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

  const checkClock = createClockCheck(deps);

  const look = async (): Promise<void> => {
    const askedAtMs = deps.now();
    const databaseMs = await databaseTimeMs(deps.pool).catch(() => null);
    if (stopped) return;
    const answers = databaseMs !== null;
    if (answers) checkClock(askedAtMs, databaseMs, deps.now());
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

/** The server's time at the start of the statement. The session is in UTC. */
async function databaseTimeMs(pool: Pool): Promise<number> {
  const row = await selectRow<{ now_ms: bigint }>(
    pool,
    'SELECT CAST(UNIX_TIMESTAMP(NOW(3)) * 1000 AS SIGNED) AS now_ms',
  );
  return Number(row?.now_ms);
}

function createClockCheck(deps: {
  log: Logger;
  registry: Registry;
}): (askedAtMs: number, databaseMs: number, answeredAtMs: number) => void {
  let isOff = false;
  const skew = new Gauge({
    name: 'croupier_wallet_clock_skew_seconds',
    help: "How far this wallet's clock is ahead of the database's, at least; below 0: behind it",
    registers: [deps.registry],
  });
  return (askedAtMs, databaseMs, answeredAtMs) => {
    const skewMs = leastSkewMs(askedAtMs, databaseMs, answeredAtMs);
    skew.set(skewMs / 1_000);
    const off = Math.abs(skewMs) > CLOCK_SKEW_MAX_MS;
    if (off === isOff) return;
    isOff = off;
    if (off) deps.log.warn({ skewMs }, "the clock is not the database's: look at NTP on both machines");
    else deps.log.info({ skewMs }, "the clock is the database's again");
  };
}

/** What the answer's way and the wait for a connection can't explain: the database's time lies between question and answer. */
function leastSkewMs(askedAtMs: number, databaseMs: number, answeredAtMs: number): number {
  if (databaseMs < askedAtMs) return askedAtMs - databaseMs;
  return Math.min(0, answeredAtMs - databaseMs);
}
