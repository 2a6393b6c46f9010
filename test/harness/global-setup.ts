import { randomBytes } from 'node:crypto';
import { startTestServers } from '../../scripts/lib/test-servers.ts';
import { dropTestDatabases } from './database.ts';

/** `npm test` brings servers along; a plain `npx vitest` starts its own. */
export default async function setUp(): Promise<() => Promise<void>> {
  process.env.TEST_RUN_ID = randomBytes(4).toString('hex');
  if (process.env.TEST_DATABASE_URL && process.env.TEST_REDIS_URL) return dropTestDatabases;

  const servers = await startTestServers(process.env, 'npx vitest');
  process.env.TEST_DATABASE_URL = servers.databaseUrl;
  process.env.TEST_REDIS_URL = servers.redisUrl;
  return async () => {
    await dropTestDatabases();
    await servers.stop();
  };
}
