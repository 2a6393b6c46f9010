import { z } from 'zod';
import {
  ConfigError,
  type ConfigTable,
  commonConfig,
  count,
  flag,
  list,
  milliseconds,
  port,
  readConfig,
} from '../common/config.ts';
import { databaseConfig } from '../common/database-config.ts';
import type { ServiceEntry } from '../common/grpc-access.ts';
import { readAccess } from '../common/grpc-server-config.ts';
import { parseKey } from './secrets.ts';

const secretsKey = (name: string) =>
  z.string().transform((text, context) => {
    const key = parseKey(text);
    if (key !== null) return key;
    context.addIssue({
      code: 'custom',
      message: `${name} must be 32 bytes as base64 or hex (openssl rand -base64 32)`,
    });
    return z.NEVER;
  });

/** The wallet's environment variables. */
export const walletConfig = {
  ...commonConfig,
  ...databaseConfig,
  DATABASE_CONNECTIONS: count(10, 1, 1_000).describe('connections for everything but the money lanes'),
  WALLET_HOST: z.string().default('127.0.0.1').describe('address that the gRPC port listens on'),
  WALLET_PORT: port(50_051).describe('gRPC port; 0: any free one'),
  WALLET_OPS_PORT: port(8_092).describe('port of /metrics, /healthz, /readyz; 0: any free one'),
  OPS_HOST: z.string().default('127.0.0.1').describe('address that inner ports listen on'),
  SECRETS_KEY: secretsKey('it').describe(
    'encrypts secrets of operators and halls in the database: 32 bytes as base64 or hex, `openssl rand -base64 32`',
  ),
  SECRETS_KEY_PREVIOUS: secretsKey('it')
    .nullable()
    .default(null)
    .describe('still accepted for reading while keys are changed; what it sealed is sealed again at start'),
  WALLET_SERVICES: list().describe(
    'who may call: comma-separated `name:role+role:token`, roles read, money, admin, provider, jobs, ops; without `:token` the ' +
      'client certificate alone identifies. Empty: everybody may do everything, on loopback only and never in production',
  ),
  WALLET_TLS_CERT: z.string().default('').describe('PEM file of the certificate; empty: plain text, on loopback only'),
  WALLET_TLS_KEY: z.string().default('').describe('PEM file of the key of WALLET_TLS_CERT'),
  WALLET_TLS_CLIENT_CA: z
    .string()
    .default('')
    .describe('PEM file of the CA of client certificates (mTLS): one is then needed, and its CN names the service'),
  WALLET_LANES: count(1, 1, 64).describe(
    'connections that move money; a player belongs to one lane of a process. More lanes make smaller batches: worth it only ' +
      'where the database has cores to spare',
  ),
  WALLET_READERS: count(2, 1, 64).describe('connections that answer balance, authenticate and status'),
  WALLET_BATCH_MAX: count(128, 1, 1_000).describe('operations a database transaction carries at most'),
  WALLET_QUEUE_MAX: count(4_096).describe('operations that wait in a lane at most; more are turned away'),
  WALLET_STREAM_MAX: count(8_192).describe('operations without an answer in one stream at most; more are turned away'),
  WALLET_DEADLINE_MAX_MS: milliseconds(10_000).describe('an operation with no deadline, or a later one, gets this'),
  WALLET_PROMOTIONAL_GAMES: list('platform:400,platform:401,platform:402,platform:403')
    .refine((games) => games.every((game) => /^[a-z0-9_-]{1,16}:[!-~]{1,32}$/.test(game)), 'must be as platform:400')
    .describe('games whose prizes need no bet, as `provider:game`: a win without a bet there is no anomaly'),
  WALLET_ROUND_OPEN_MAX_MS: milliseconds(86_400_000, 60_000, 2_592_000_000).describe(
    'how old a bet without a result may grow, in a round that nobody closes, before it is an anomaly',
  ),
  CROUPIER_DEMO: flag(true).describe('0: no demo data in an empty database; in production there is none anyway'),
} satisfies ConfigTable;

export type WalletConfig = { [K in keyof typeof walletConfig]: z.output<(typeof walletConfig)[K]> } & {
  services: ServiceEntry[];
};

/** Reads and checks the wallet's configuration. Throws a ConfigError with every mistake. */
export function readWalletConfig(env: Record<string, string | undefined>): WalletConfig {
  const config = readConfig(walletConfig, env);
  const { services, mistakes } = readAccess('WALLET', {
    services: config.WALLET_SERVICES,
    host: config.WALLET_HOST,
    tlsCert: config.WALLET_TLS_CERT,
    tlsKey: config.WALLET_TLS_KEY,
    tlsClientCa: config.WALLET_TLS_CLIENT_CA,
    isProduction: config.NODE_ENV === 'production',
  });
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  return { ...config, services };
}
