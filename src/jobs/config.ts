import { z } from 'zod';
import {
  ConfigError,
  type ConfigTable,
  commonConfig,
  count,
  milliseconds,
  port,
  readConfig,
} from '../common/config.ts';
import { redisConfig } from '../common/redis-config.ts';
import { walletClientConfig } from '../common/wallet-client.ts';
import { dashboardConfig, dashboardMistakes } from './dashboard/config.ts';

export const jobsConfig = {
  ...commonConfig,
  ...walletClientConfig,
  ...redisConfig,
  OPS_HOST: z.string().default('127.0.0.1').describe('address that inner ports listen on'),
  OPS_PORT: port(8090).describe('port of metrics, health and the dashboard'),
  JOBS_CONCURRENCY: count(8, 1, 1000).describe('jobs of one queue that a process works on at a time'),
  JOBS_LOCK_MS: milliseconds(15_000, 1000).describe(
    'how long a job whose process died is kept for it before another process takes it',
  ),
  JOBS_ATTEMPTS: count(8, 1, 100).describe(
    'attempts at a job of an outbox message, 1 s and then twice as long apart and at most 60 s, before it counts as failed until its message is due again',
  ),
  JOBS_CALL_TIMEOUT_MS: milliseconds(5000).describe('how long a job waits for an answer of the wallet'),
  JOBS_NICE: count(5, 0, 19).describe(
    'niceness of the process, from 0 to 19: the money path goes first where they share a machine',
  ),
  OUTBOX_LEASE_MS: milliseconds(60_000, 1000).describe(
    'how long after its delivery to Redis an outbox message that is not done is delivered again',
  ),
  OUTBOX_POLL_MS: milliseconds(500, 10).describe('longest pause between two looks into an empty outbox'),
  OUTBOX_QUEUED_MAX: count(10_000).describe('jobs waiting in Redis above which the outbox is left alone'),
  ...dashboardConfig,
} satisfies ConfigTable;

export type JobsConfig = { [K in keyof typeof jobsConfig]: z.output<(typeof jobsConfig)[K]> };

/** Reads and checks the configuration of the jobs. Throws a ConfigError with every mistake. */
export function readJobsConfig(env: Record<string, string | undefined>): JobsConfig {
  const config = readConfig(jobsConfig, env);
  const mistakes = dashboardMistakes(config);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return config;
}
