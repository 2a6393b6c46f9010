import { type ConfigTable, milliseconds } from '../common/config.ts';
import { jobsClientConfig } from '../common/jobs-client.ts';
import { walletClientConfig } from '../common/wallet-client.ts';

/** What every verb reads; the launch hosts are read by the verb that needs them. */
export const cliConfig = {
  ...walletClientConfig,
  ...jobsClientConfig,
  CLI_TIMEOUT_MS: milliseconds(10_000).describe('how long the command line waits for an answer of the wallet'),
  CLI_JOBS_TIMEOUT_MS: milliseconds(60_000).describe(
    'how long the command line waits for an answer of the jobs, who may have to ask StarGame first',
  ),
} satisfies ConfigTable;
