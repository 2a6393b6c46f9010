import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { type ConfigTable, flag, readConfig } from '../../src/common/config.ts';

/** The checkout. */
export const rootDir = dirname(dirname(dirname(fileURLToPath(import.meta.url))));

/** What is fetched for this checkout, and where tests keep their data; never committed, safe to delete when nothing runs. */
export const dataDir = join(rootDir, '.data');

export const startConfig = {
  CROUPIER_DATA_DIR: z
    .string()
    .default('.data')
    .describe('where `npm start` keeps the private database and Redis, log files and its secrets key'),
  CROUPIER_SIMULATORS: flag(false).describe(
    "1: `npm start` also runs simulators of the providers' servers, and points the jobs at them",
  ),
} satisfies ConfigTable;

/** Whether it runs simulators of the providers' servers as well. */
export const hasSimulators = (env: NodeJS.ProcessEnv): boolean => readConfig(startConfig, env).CROUPIER_SIMULATORS;

/** Where this `npm start` keeps what is its own. */
export function instanceDir(env: NodeJS.ProcessEnv): string {
  return resolve(rootDir, readConfig(startConfig, env).CROUPIER_DATA_DIR);
}
