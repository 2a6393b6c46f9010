import { Gauge, type Registry } from 'prom-client';
import type { Logger } from '../common/log.ts';
import { BookkeepingService } from '../gen/wallet/v1/bookkeeping_pb.ts';
import type { Processor } from './worker.ts';

/** How often the ledger is read on. */
export const SWEEP_EVERY_MS = 60_000;
/** A call ends well within its timeout, also on a slow disk. */
const ROWS_A_CALL = 2_000;
/** A job ends, so that people see it end; what is left is the next one's. */
const CALLS_A_JOB = 500;

type Deps = { registry: Registry; log: Logger; now: () => number };

/** Reads the ledger on for the books until nothing is left. How far it got is the wallet's to know: a job only wakes it up. */
export function createSweep({ registry, log, now }: Deps): Processor {
  let sweptUntilMs = now();
  new Gauge({
    name: 'croupier_sweep_lag_seconds',
    help: 'How far the books are behind the ledger, as far as this process knows: of several processes the least counts.',
    registers: [registry],
    // It grows while nothing is swept, too.
    collect() {
      this.set(Math.max(0, now() - sweptUntilMs) / 1000);
    },
  });
  return async ({ wallet, requestId }) => {
    let rows = 0;
    for (let calls = 0; calls < CALLS_A_JOB; calls += 1) {
      const swept = await wallet.call(BookkeepingService.method.sweepLedger, { rows: ROWS_A_CALL }, requestId);
      sweptUntilMs = Number(swept.sweptUntilMs);
      rows += swept.rows;
      if (swept.caughtUp) return;
    }
    log.info({ requestId, rows, sweptUntilMs }, 'the sweep has not caught up; the next one goes on');
  };
}
