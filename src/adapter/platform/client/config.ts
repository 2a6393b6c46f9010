import type { z } from 'zod';
import { type ConfigTable, count, list, milliseconds } from '../../../common/config.ts';
import { BASE_URL_RULE, baseUrl, isBaseUrl, withoutTrailingSlash } from '../../outbound/base-url.ts';

/** PLATFORM's names of what it can be asked, which X-Authorization is made of. */
export const OPERATION_NAMES = [
  'games',
  'lobbies',
  'businessReport',
  'ggrLimits',
  'balanceLimits',
  'handHistory',
] as const;

export type OperationName = (typeof OPERATION_NAMES)[number];

/** `key=url`, comma-separated, with keys that `pattern` allows. */
const hostsBy = (pattern: RegExp, rule: string) =>
  list().transform((entries, context) => {
    const hosts = new Map<string, string>();
    for (const entry of entries) {
      const [, key = '', url = ''] = /^([^=]*)=(.*)$/.exec(entry) ?? [];
      if (!pattern.test(key)) context.addIssue({ code: 'custom', message: rule });
      else if (!isBaseUrl(url)) context.addIssue({ code: 'custom', message: `the URL ${BASE_URL_RULE}` });
      else hosts.set(key, withoutTrailingSlash(url));
    }
    return hosts;
  });

const OPERATIONS = OPERATION_NAMES.join('|');
const operationRule = `must be operation=url pairs, of the operations ${OPERATION_NAMES.join(', ')}`;

/** How a process calls PLATFORM's own API; in the table of every process that does. */
export const platformClientConfig = {
  PLATFORM_API_URL: baseUrl
    .default('')
    .describe(
      "PLATFORM's own API, as https://api-host.com; no other hosts than those named here are ever called. Empty: PLATFORM is never asked anything",
    ),
  PLATFORM_HAND_HISTORY_URL: baseUrl
    .default('')
    .describe('the host of hand histories, where it is not that of PLATFORM_API_URL'),
  PLATFORM_API_URLS: hostsBy(new RegExp(`^(${OPERATIONS})$`), operationRule).describe(
    `hosts of single operations: \`operation=url\`, comma-separated, of ${OPERATION_NAMES.join(', ')}`,
  ),
  PLATFORM_OPERATOR_API_URLS: hostsBy(
    new RegExp(`^[^/]{1,20}(/(${OPERATIONS}))?$`),
    'must be operator_id=url or operator_id/operation=url pairs',
  ).describe(
    'hosts of operators with one of their own, which comes before those of all operators: `operator_id=url`, or `operator_id/operation=url`, comma-separated',
  ),
  PLATFORM_TIMEOUT_MS: milliseconds(15_000, 100).describe('how long one request to PLATFORM may take'),
  PLATFORM_RATE_PER_SECOND: count(20, 1, 10_000).describe('requests to a host of PLATFORM a second, at most'),
  PLATFORM_CONCURRENCY: count(4, 1, 1_000).describe('requests to a host of PLATFORM at a time, at most'),
  PLATFORM_QUEUE_MAX: count(1_000).describe(
    'requests to a host of PLATFORM that wait for their turn; more are turned away',
  ),
  PLATFORM_ATTEMPTS: count(3, 1, 10).describe('how often a request to PLATFORM is sent at most'),
  PLATFORM_ANSWER_MAX_BYTES: count(32_000_000, 1_000, 1_000_000_000).describe(
    'a longer answer of PLATFORM is not read to its end',
  ),
  PLATFORM_BREAKER_FAILURES: count(5, 1, 1_000).describe(
    'failed requests to a host of PLATFORM in a row after which none is sent there for PLATFORM_BREAKER_OPEN_MS',
  ),
  PLATFORM_BREAKER_OPEN_MS: milliseconds(5_000, 10).describe(
    'pause after PLATFORM_BREAKER_FAILURES; then one is tried',
  ),
} satisfies ConfigTable;

export type PlatformClientConfig = {
  [K in keyof typeof platformClientConfig]: z.output<(typeof platformClientConfig)[K]>;
};

/** The base URL of an operation for an operator, from the most to the least particular setting; empty: none is set. */
export function apiUrl(config: PlatformClientConfig, operatorId: string, operation: OperationName): string {
  // The one switch that says whether PLATFORM is asked at all.
  if (config.PLATFORM_API_URL === '') return '';
  return (
    config.PLATFORM_OPERATOR_API_URLS.get(`${operatorId}/${operation}`) ??
    config.PLATFORM_OPERATOR_API_URLS.get(operatorId) ??
    config.PLATFORM_API_URLS.get(operation) ??
    ((operation === 'handHistory' && config.PLATFORM_HAND_HISTORY_URL) || config.PLATFORM_API_URL)
  );
}
