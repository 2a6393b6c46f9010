import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { pino } from 'pino';
import { Registry } from 'prom-client';
import { createPlatformClient } from '../../src/adapter/platform/client/client.ts';
import { platformClientConfig } from '../../src/adapter/platform/client/config.ts';
import type { PlatformClient } from '../../src/adapter/platform/client/types.ts';
import { readConfig } from '../../src/common/config.ts';

export const OPERATOR = { operatorId: 'examplecasino', secret: 'S3cret-of-the-casino' };
export const HAND = { transactionId: '111', historyId: '350-a1Basdf', vendor: 'evolution' };
export const DAY = '2021-05-03';

export type Client = {
  platform: PlatformClient;
  /** Every log line so far. */
  lines: Record<string, unknown>[];
  metrics: () => Promise<string>;
};

/** A client of `url`, with settings of its own. */
export function createClient(url: string, env: Record<string, string> = {}): Client {
  const lines: Record<string, unknown>[] = [];
  const sink = new Writable({
    write: (chunk: Buffer, _, done) => {
      lines.push(JSON.parse(chunk.toString('utf8')) as Record<string, unknown>);
      done();
    },
  });
  const registry = new Registry();
  const config = readConfig(platformClientConfig, { PLATFORM_API_URL: url, PLATFORM_RATE_PER_SECOND: '1000', ...env });
  const platform = createPlatformClient({ config, log: pino({ base: null }, sink), registry });
  return { platform, lines, metrics: () => registry.metrics() };
}

/** Everything that can be asked, by PLATFORM's name of it. */
export const CALLS = {
  games: ({ platform }: Client) => platform.listGames(OPERATOR),
  lobbies: ({ platform }: Client) => platform.listLobbies(OPERATOR),
  businessReport: ({ platform }: Client) => platform.businessReport(OPERATOR, DAY),
  ggrLimits: ({ platform }: Client) => platform.ggrLimits(OPERATOR),
  balanceLimits: ({ platform }: Client) => platform.balanceLimits(OPERATOR, ['GBP', 'EUR']),
  handHistory: ({ platform }: Client) => platform.handHistory(OPERATOR, HAND),
};

export type CallName = keyof typeof CALLS;
export const CALL_NAMES = Object.keys(CALLS) as CallName[];

/** PLATFORM's sample of an answer. */
export const golden = (file: string): Promise<string> =>
  readFile(join(import.meta.dirname, 'golden', `${file}.json`), 'utf8');

/** Of each call the sample that answers it. */
export const SAMPLES: Record<CallName, string> = {
  games: 'games',
  lobbies: 'lobbies',
  businessReport: 'business-report',
  ggrLimits: 'ggr-limits',
  balanceLimits: 'balance-limits',
  handHistory: 'hand-history-url',
};
