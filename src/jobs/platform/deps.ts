import type { Registry } from 'prom-client';
import type { PlatformClientConfig } from '../../adapter/platform/client/config.ts';
import type { PlatformClient } from '../../adapter/platform/client/types.ts';
import type { LaunchHosts } from '../../adapter/platform/launch-url.ts';
import type { Pool } from '../../common/db.ts';
import type { Logger } from '../../common/log.ts';
import type { Wallet } from '../wallet.ts';
import type { PlatformJobsConfig } from './config.ts';
import type { PlatformOperators } from './operators.ts';

/** What all that the jobs do for PLATFORM is made of. */
export type PlatformDeps = {
  pool: Pool;
  wallet: Wallet;
  client: PlatformClient;
  operators: PlatformOperators;
  registry: Registry;
  log: Logger;
  now: () => number;
  /** With an empty PLATFORM_API_URL nothing is asked, and nothing is late. */
  config: PlatformJobsConfig & LaunchHosts & Pick<PlatformClientConfig, 'PLATFORM_API_URL'>;
};
