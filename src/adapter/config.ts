import { isIP } from 'node:net';
import { z } from 'zod';
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
import { jobsClientConfig } from '../common/jobs-client.ts';
import { isLoopback } from '../common/loopback.ts';
import { walletClientConfig } from '../common/wallet-client.ts';
import { lobbyConfig, lobbyMistakes } from './lobby/config.ts';

/** The environment variables of the adapter. */
export const adapterConfig = {
  ...commonConfig,
  ...walletClientConfig,
  ...jobsClientConfig,
  ...lobbyConfig,
  ADAPTER_HOST: z.string().default('127.0.0.1').describe('where the adapter listens for the providers'),
  ADAPTER_PORT: port(8080).describe('port for the providers; 0: any free one'),
  OPS_HOST: z.string().default('127.0.0.1').describe('where the inner ports (metrics, health) listen'),
  ADAPTER_OPS_PORT: port(8091).describe('inner port of the adapter: /metrics, /healthz, /readyz'),
  ADAPTER_TLS_CERT: z.string().default('').describe('PEM file of the own certificate; empty: plain HTTP'),
  ADAPTER_TLS_KEY: z.string().default('').describe('PEM file of the key of ADAPTER_TLS_CERT'),
  ADAPTER_MAX_CONNECTIONS: count(10_000).describe('connections at once; more are closed at once'),
  ADAPTER_REQUEST_TIMEOUT_MS: milliseconds(10_000, 100).describe('within which a request must have arrived whole'),
  TRUSTED_PROXIES: list().describe('addresses and CIDR ranges whose X-Forwarded-For is believed'),
  PLATFORM_DEADLINE_MS: milliseconds(2_000, 50).describe('what a PLATFORM request may take until OP_47 is answered'),
  STARGAME_BUDGET_MS: milliseconds(50, 2).describe(
    "what StarGame's game server waits for an answer, from the first byte of a notification",
  ),
  STARGAME_NETWORK_MS: milliseconds(10, 0).describe('what of STARGAME_BUDGET_MS is left to the network'),
  STARGAME_WIN_DEADLINE_MS: milliseconds(2_000, 50).describe(
    'what the wallet may take for a StarGame win, whose answer nobody reads, before a job makes sure of it',
  ),
  HALLS_REFRESH_MS: milliseconds(2_000, 100).describe(
    'how often halls, their path secrets and allowlists, and changed terminals are read anew',
  ),
  TERMINALS_CACHED_MAX: count(100_000).describe('terminals kept in memory; others are looked up at the wallet'),
  REDIS_URL: z
    .string()
    .default('redis://127.0.0.1:6379')
    .describe('Redis or Valkey for the queues; `rediss://` for TLS'),
  SPOOL_DIR: z
    .string()
    .default('.data/spool')
    .describe("folder of this process's own for late bets and unconfirmed wins; must survive a restart"),
  OPERATORS_REFRESH_MS: milliseconds(2_000, 100).describe('how often operators, secrets and allowlists are read anew'),
  WALLET_MAX_IN_FLIGHT: count(10_000).describe('operations asked of the wallet at once; more are turned away'),
} satisfies ConfigTable;

export type AdapterConfig = { [K in keyof typeof adapterConfig]: z.output<(typeof adapterConfig)[K]> };

/** Reads and checks the adapter's configuration. Throws a ConfigError with every mistake. */
export function readAdapterConfig(env: Record<string, string | undefined>): AdapterConfig {
  const config = readConfig(adapterConfig, env);
  const mistakes = [
    ...tlsMistakes(config),
    ...budgetMistakes(config),
    ...lobbyMistakes(config),
    ...config.TRUSTED_PROXIES.filter(isNoRange).map(proxyMistake),
  ];
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return config;
}

/** PLATFORM v2.49, Endpoints: must use SSL; so off loopback and in production either we end it, or a proxy that is named. */
function tlsMistakes(config: AdapterConfig): string[] {
  const mistakes: string[] = [];
  if ((config.ADAPTER_TLS_CERT === '') !== (config.ADAPTER_TLS_KEY === '')) {
    mistakes.push('ADAPTER_TLS_CERT, ADAPTER_TLS_KEY: both or neither');
  }
  const isPlain = config.ADAPTER_TLS_CERT === '' && config.TRUSTED_PROXIES.length === 0;
  if (isPlain && config.NODE_ENV === 'production' && !isLoopback(config.ADAPTER_HOST)) {
    mistakes.push('ADAPTER_TLS_CERT: needed in production off loopback, or TRUSTED_PROXIES where a proxy ends HTTPS');
  }
  return mistakes;
}

function budgetMistakes({ STARGAME_BUDGET_MS, STARGAME_NETWORK_MS }: AdapterConfig): string[] {
  return STARGAME_NETWORK_MS < STARGAME_BUDGET_MS ? [] : ['STARGAME_NETWORK_MS: must be less than STARGAME_BUDGET_MS'];
}

function isNoRange(entry: string): boolean {
  const [address = '', bits, ...rest] = entry.split('/');
  const maxBits = isIP(address) === 4 ? 32 : 128;
  const isRange = bits === undefined || (/^[1-9]\d{0,2}$/.test(bits) && Number(bits) <= maxBits);
  return isIP(address) === 0 || rest.length > 0 || !isRange;
}

function proxyMistake(entry: string): string {
  return `TRUSTED_PROXIES: ${entry} is neither an address nor a CIDR range`;
}
