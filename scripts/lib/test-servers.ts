import { existsSync, mkdirSync, readdirSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { dataDir } from './paths.ts';
import { isAlive, stopOrphans } from './processes.ts';
import { type Servers, startServers } from './servers.ts';

/** Servers for one run of the tests or the benchmark, in a folder of its own that is gone afterwards. */
export async function startTestServers(env: NodeJS.ProcessEnv, command: string): Promise<Servers> {
  await removeStale();
  const dir = join(dataDir, `test-${process.pid}`);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const remove = () => rm(dir, { recursive: true, force: true });
  const servers = await startServers({ dir, env, command }).catch(async (error: unknown) => {
    await remove();
    throw error;
  });
  return {
    ...servers,
    stop: async () => {
      await servers.stop();
      await remove();
    },
  };
}

/** What runs that were killed left behind. */
async function removeStale(): Promise<void> {
  if (!existsSync(dataDir)) return;
  for (const name of readdirSync(dataDir)) {
    const pid = /^test-(\d+)$/.exec(name)?.[1];
    if (pid === undefined || isAlive(Number(pid))) continue;
    await stopOrphans(join(dataDir, name));
    await rm(join(dataDir, name), { recursive: true, force: true });
  }
}
