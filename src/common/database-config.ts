import { z } from 'zod';
import type { ConfigTable } from './config.ts';

/** What every process with SQL of its own needs. */
export const databaseConfig = {
  DATABASE_URL: z
    .string({ error: 'is needed, as mysql://user:password@host:3306/croupier' })
    .refine(isDatabaseUrl, 'must be mysql://user:password@host:port/database')
    .describe('the database as `mysql://user:password@host:port/database`; made when it does not exist'),
} satisfies ConfigTable;

function isDatabaseUrl(text: string): boolean {
  if (!URL.canParse(text)) return false;
  const url = new URL(text);
  return (
    ['mysql:', 'mariadb:'].includes(url.protocol) && url.hostname !== '' && /^\/[A-Za-z0-9_-]+$/.test(url.pathname)
  );
}
