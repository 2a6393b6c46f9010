import { setTimeout as sleep } from 'node:timers/promises';
import { Gauge, type Registry } from 'prom-client';
import type { Pool } from '../../common/db.ts';
import type { Logger } from '../../common/log.ts';
import { countUnfinished } from './transfer-rows.ts';
import { ENDS, TRANSFER_STATES } from './transfer-saga.ts';

const PAUSE_MS = 5_000;
const SHOWN_STATES = [...TRANSFER_STATES.filter((state) => !ENDS.includes(state)), 'stuck'];

/** Counts transfers that are not at their end from time to time, not when somebody reads the metrics. */
export function startTransferWatch(deps: { pool: Pool; registry: Registry; log: Logger; now: () => number }): {
  stop: () => Promise<void>;
} {
  const { pool, registry, log, now } = deps;
  const stopping = new AbortController();
  const unfinished = new Gauge({
    name: 'croupier_transfers_unfinished',
    help: 'Transfers to and from terminals that are not at their end. Every jobs process shows the same.',
    labelNames: ['state'],
    registers: [registry],
  });
  const oldestAge = new Gauge({
    name: 'croupier_transfers_oldest_age_seconds',
    help: 'Age of the oldest transfer that is not at its end; 0 where there is none.',
    registers: [registry],
  });

  const look = async (): Promise<void> => {
    const found = await countUnfinished(pool);
    for (const state of SHOWN_STATES) {
      unfinished.set({ state }, found.find((each) => each.state === state)?.count ?? 0);
    }
    const oldestAtMs = Math.min(now(), ...found.map((each) => each.oldestAtMs));
    oldestAge.set((now() - oldestAtMs) / 1000);
  };

  const run = async (): Promise<void> => {
    while (!stopping.signal.aborted) {
      await look().catch((error: unknown) => log.debug({ err: error }, "can't count the transfers"));
      await sleep(PAUSE_MS, undefined, { signal: stopping.signal }).catch(() => undefined);
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
