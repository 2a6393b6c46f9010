import type { z } from 'zod';
import { type ConfigTable, count, milliseconds } from '../../common/config.ts';

const DAY_MS = 24 * 3_600_000;

/** How StarGame's game logs are read; in the table of the jobs process. */
export const harvestConfig = {
  HARVEST_EVERY_MS: milliseconds(3_600_000, 100, DAY_MS).describe(
    "how often the game logs of a terminal are read while it is played at; StarGame's document asks for every hour",
  ),
  HARVEST_TICK_MS: milliseconds(60_000, 100, DAY_MS).describe(
    'how often a process looks which terminals are due: they are spread over the hour',
  ),
  HARVEST_OVERLAP_MS: milliseconds(900_000, 0, DAY_MS).describe(
    'how much of what was read is read again each time, for logs that the game server writes late',
  ),
  HARVEST_LAG_MS: milliseconds(60_000, 0, DAY_MS).describe('the newest part of the game logs, which is left for later'),
  HARVEST_QUIET_MS: milliseconds(7_200_000, 0, DAY_MS).describe(
    'how long after its last activity a terminal is still read every HARVEST_EVERY_MS; then once a day, for seven days',
  ),
  HARVEST_RATE_PER_SECOND: count(20, 1, 10_000).describe('requests for game logs a second, of one process, at most'),
  HARVEST_CONCURRENCY: count(4, 1, 100).describe('terminals whose game logs a process reads at a time'),
} satisfies ConfigTable;

export type HarvestConfig = { [K in keyof typeof harvestConfig]: z.output<(typeof harvestConfig)[K]> };
