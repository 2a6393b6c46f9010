import { z } from 'zod';
import { type ConfigTable, count, milliseconds } from '../../common/config.ts';

const DAY_MS = 86_400_000;

const units = () => z.coerce.number().int().min(0).max(Number.MAX_SAFE_INTEGER).default(0).transform(BigInt);

/** The environment variables of the reconciliation, in the table of the jobs process. */
export const reconcileConfig = {
  RECONCILE_EVERY_MS: milliseconds(600_000, 1000, DAY_MS).describe(
    'how often game logs that were harvested are matched with the ledger',
  ),
  RECONCILE_SETTLE_MS: milliseconds(900_000, 0, DAY_MS).describe(
    'how old a spin is before it is matched: what was not certain when it was played has this long to become so',
  ),
  RECONCILE_CLOCK_TOLERANCE_MS: milliseconds(60_000, 1000, 600_000).describe(
    "how far the game server's times and ours may be apart",
  ),
  RECONCILE_CONCURRENCY: count(4, 1, 64).describe('terminals that a process matches at a time'),
  RECONCILE_AUTO_MAX_UNITS: units().describe(
    'largest correction that is made without a person, in 1/100 of the currency; 0: none',
  ),
  RECONCILE_AUTO_DAY_MAX_UNITS: units().describe(
    'what may be corrected without a person in a day (UTC), of an operator and a currency, in 1/100 of the currency; 0: nothing',
  ),
} satisfies ConfigTable;

export type ReconcileConfig = { [K in keyof typeof reconcileConfig]: z.output<(typeof reconcileConfig)[K]> };
