import { z } from 'zod';
import type { ConfigTable } from './config.ts';

/** How a process reaches Redis; in the table of every process that does. */
export const redisConfig = {
  REDIS_URL: z
    .url({ protocol: /^rediss?$/, error: 'must be a redis:// or rediss:// URL' })
    .default('redis://127.0.0.1:6379')
    .describe('Redis or Valkey for the queues; `rediss://` for TLS'),
} satisfies ConfigTable;
