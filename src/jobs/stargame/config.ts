import { type ConfigTable, milliseconds } from '../../common/config.ts';

export const stargameJobsConfig = {
  STARGAME_LEASE_MS: milliseconds(20_000, 1_000).describe(
    'how long a process has a transfer or a registration to itself; a request of it to StarGame takes half of that at most',
  ),
  STARGAME_SETTLE_MS: milliseconds(60_000, 1).describe(
    'how long a request that StarGame did not answer may still take effect: a transfer is given back after that only',
  ),
  STARGAME_SESSION_LOOK_MS: milliseconds(120_000, 100).describe(
    "how often a terminal's session is compared with the player's, to be closed at StarGame as well",
  ),
} satisfies ConfigTable;
