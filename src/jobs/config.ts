import { z } from 'zod';
import { platformClientConfig } from '../adapter/platform/client/config.ts';
import { launchConfig } from '../adapter/platform/launch-url.ts';
import { stargameRemoteConfig } from '../adapter/stargame/remote/config.ts';
import {
  ConfigError,
  type ConfigTable,
  commonConfig,
  count,
  list,
  milliseconds,
  port,
  readConfig,
} from '../common/config.ts';
import { databaseConfig } from '../common/database-config.ts';
import type { ServiceEntry } from '../common/grpc-access.ts';
import { readAccess } from '../common/grpc-server-config.ts';
import { redisConfig } from '../common/redis-config.ts';
import { walletClientConfig } from '../common/wallet-client.ts';
import { dashboardConfig, dashboardMistakes } from './dashboard/config.ts';
import { harvestConfig } from './harvest/config.ts';
import { platformJobsConfig } from './platform/config.ts';
import { reconcileConfig } from './reconcile/config.ts';
import { stargameJobsConfig } from './stargame/config.ts';

export const jobsConfig = {
  ...commonConfig,
  ...walletClientConfig,
  ...redisConfig,
  ...databaseConfig,
  JOBS_DATABASE_CONNECTIONS: count(10, 1, 1_000).describe("connections of a jobs process to the jobs' own tables"),
  JOBS_HOST: z.string().default('127.0.0.1').describe("address that the jobs' gRPC port listens on"),
  JOBS_PORT: port(50_052).describe(
    "the jobs' gRPC port: launching, transfers, harvest, reconciliation; 0: any free one",
  ),
  JOBS_SERVICES: list().describe("who may call the jobs' gRPC port; as WALLET_SERVICES"),
  JOBS_TLS_CERT: z.string().default('').describe('PEM file of the certificate; empty: plain text, on loopback only'),
  JOBS_TLS_KEY: z.string().default('').describe('PEM file of the key of JOBS_TLS_CERT'),
  JOBS_TLS_CLIENT_CA: z.string().default('').describe('PEM file of the CA of client certificates (mTLS)'),
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
  ...stargameRemoteConfig,
  ...stargameJobsConfig,
  ...harvestConfig,
  ...reconcileConfig,
  ...platformClientConfig,
  ...launchConfig,
  ...platformJobsConfig,
} satisfies ConfigTable;

export type JobsConfig = { [K in keyof typeof jobsConfig]: z.output<(typeof jobsConfig)[K]> } & {
  services: ServiceEntry[];
};

/** Reads and checks the configuration of the jobs. Throws a ConfigError with every mistake. */
export function readJobsConfig(env: Record<string, string | undefined>): JobsConfig {
  const config = readConfig(jobsConfig, env);
  const access = readAccess('JOBS', {
    services: config.JOBS_SERVICES,
    host: config.JOBS_HOST,
    tlsCert: config.JOBS_TLS_CERT,
    tlsKey: config.JOBS_TLS_KEY,
    tlsClientCa: config.JOBS_TLS_CLIENT_CA,
    isProduction: config.NODE_ENV === 'production',
  });
  const mistakes = [...dashboardMistakes(config), ...access.mistakes];
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return { ...config, services: access.services };
}
