import { z } from 'zod';
import { type ConfigTable, count, list, milliseconds } from '../../common/config.ts';

const DAY_MS = 86_400_000;

/** What businessReport says that can be compared with our books. PLATFORM v2.49, Business report API. */
export const REPORT_FIGURES = [
  'bets_sum',
  'bets_count',
  'wins_sum',
  'wins_count',
  'freespins_sum',
  'freespins_count',
  'jackpots_sum',
  'jackpots_count',
  'gross_gaming_revenue',
] as const;

export type ReportFigure = (typeof REPORT_FIGURES)[number];

const figures = list()
  .transform((names) => (names.length === 0 ? [...REPORT_FIGURES] : names))
  .pipe(z.array(z.enum(REPORT_FIGURES, { error: `must be some of ${REPORT_FIGURES.join(', ')}` })));

/** `EUR=1000.00`, by currency in units of 1/100. */
const amounts = list().transform((entries, context) => {
  const byCurrency = new Map<string, bigint>();
  for (const entry of entries) {
    const [, currency = '', whole, fraction = ''] = /^([A-Za-z0-9]{1,4})=(\d{1,15})(?:\.(\d{1,2}))?$/.exec(entry) ?? [];
    if (whole === undefined)
      context.addIssue({ code: 'custom', message: 'must be currency=amount pairs, as EUR=1000.00' });
    else byCurrency.set(currency, BigInt(whole + fraction.padEnd(2, '0')));
  }
  return byCurrency;
});

/** What is asked of PLATFORM, and when; in the table of the jobs process. */
export const platformJobsConfig = {
  PLATFORM_LAUNCH_TTL_SECONDS: count(43_200, 60, 31_536_000).describe(
    'how long the session of a launch lasts, where the caller says nothing else',
  ),
  PLATFORM_LAUNCH_IDLE_SECONDS: count(1_800, 60, 86_400).describe(
    'after how long without a bet, balance or authenticate the session of a launch has ended',
  ),
  PLATFORM_NEW_TAB_LOBBIES: list('live168').describe(
    'lobbies, or vendors, that only work in a tab of their own; comma-separated',
  ),
  PLATFORM_LEASE_MS: milliseconds(120_000, 1_000, DAY_MS).describe(
    'how long a pull of a process that died is left to it before another process takes it up',
  ),
  CATALOGUE_EVERY_MS: milliseconds(3_600_000, 1_000, DAY_MS).describe(
    "how often each operator's games and lobbies are read",
  ),
  CATALOGUE_TICK_MS: milliseconds(30_000, 100, DAY_MS).describe('how often a process looks which lists are due'),
  REPORT_TICK_MS: milliseconds(60_000, 100, DAY_MS).describe('how often a process looks which reports are due'),
  REPORT_AFTER_MS: milliseconds(7_200_000, 0, DAY_MS).describe(
    "how long after a day's end (UTC) its report is pulled first",
  ),
  REPORT_AGAIN_DAYS: count(7, 0, 100).describe(
    'for how many days more a report is pulled again each day: figures settle late',
  ),
  REPORT_BACKFILL_DAYS: count(7, 0, 100).describe(
    "days before an operator's first pull whose reports are pulled as well",
  ),
  REPORT_TODAY_EVERY_MS: milliseconds(0, 0, DAY_MS).describe(
    "how often today's report is pulled, which is compared, but not judged; 0: not",
  ),
  REPORT_FIGURES: figures.describe(
    `figures of which a difference counts, comma-separated; empty: all of ${REPORT_FIGURES.join(', ')}`,
  ),
  REPORT_TOLERANCE_UNITS: count(0, 0, 1_000_000).describe('a sum may differ by so much, in 1/100 of the currency'),
  LIMITS_EVERY_MS: milliseconds(600_000, 1_000, DAY_MS).describe(
    "how often PLATFORM is asked for each operator's limits",
  ),
  LIMITS_WARN_HOURS: count(24, 1, 720).describe('a limit that will be reached within so many hours is warned of'),
  LIMITS_WARN_AVAILABLE: amounts.describe(
    'available balance below which is warned, by currency, as `EUR=1000.00,USD=500`; empty: by the pace alone',
  ),
  LIMITS_WARN_PERCENT: count(80, 1, 100).describe('share of a GGR limit above which is warned'),
} satisfies ConfigTable;

export type PlatformJobsConfig = { [K in keyof typeof platformJobsConfig]: z.output<(typeof platformJobsConfig)[K]> };
