import { z } from 'zod';
import { type ConfigTable, count, milliseconds } from '../../../common/config.ts';
import { baseUrl } from '../../outbound/base-url.ts';

const mode = (fallback: 'off' | 'warn' | 'strict') =>
  z.enum(['off', 'warn', 'strict'], { error: 'must be off, warn or strict' }).default(fallback);

/** How a process calls StarGame's remote API; in the table of every process that does. */
export const stargameRemoteConfig = {
  STARGAME_API_URL: baseUrl
    .default('')
    .describe(
      "StarGame's remote API, as https://apiserver.solutions; no other host is ever called. Empty: StarGame is never asked anything",
    ),
  STARGAME_TIMEOUT_MS: milliseconds(10_000, 100).describe('how long one request to StarGame may take'),
  STARGAME_RATE_PER_SECOND: count(50, 1, 10_000).describe('requests to StarGame a second, at most'),
  STARGAME_CONCURRENCY: count(8, 1, 1_000).describe('requests to StarGame at a time, at most'),
  STARGAME_QUEUE_MAX: count(1_000).describe('requests to StarGame that wait for their turn; more are turned away'),
  STARGAME_ATTEMPTS: count(3, 1, 10).describe('how often a request is sent that may be sent twice'),
  STARGAME_ANSWER_MAX_BYTES: count(16_000_000, 1_000, 1_000_000_000).describe(
    'a longer answer of StarGame is not read to its end',
  ),
  STARGAME_BREAKER_FAILURES: count(5, 1, 1_000).describe(
    'failed requests to StarGame in a row after which none is sent for STARGAME_BREAKER_OPEN_MS',
  ),
  STARGAME_BREAKER_OPEN_MS: milliseconds(5_000, 10).describe(
    'pause after STARGAME_BREAKER_FAILURES; then one is tried',
  ),
  STARGAME_ANSWER_SIGNATURE: mode('warn').describe(
    "what becomes of an answer with a wrong signature or none: `off`, `warn` or `strict`, which doesn't take it",
  ),
  STARGAME_LOG_MD5: mode('warn').describe('the same for the field md5 of game logs'),
  STARGAME_CALLBACK_URL: baseUrl
    .default('')
    .describe('where StarGame reaches the adapter, for answers that come later; empty: not used'),
  STARGAME_CALLBACK_TIMEOUT_MS: milliseconds(30_000, 100).describe('how long such an answer is waited for'),
} satisfies ConfigTable;

export type StargameRemoteConfig = {
  [K in keyof typeof stargameRemoteConfig]: z.output<(typeof stargameRemoteConfig)[K]>;
};

/** Whether a check is made, and whether it decides. */
export type CheckMode = z.output<typeof stargameRemoteConfig.STARGAME_LOG_MD5>;
