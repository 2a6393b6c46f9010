import ipaddr from 'ipaddr.js';
import { z } from 'zod';
import { type ConfigTable, flag, list } from '../../common/config.ts';
import { isLoopback } from '../../common/loopback.ts';
import { parseTargets } from './targets.ts';
import { parseUsers } from './users.ts';

/** The environment variables of the dashboard, in the table of the jobs process. */
export const dashboardConfig = {
  OPS_USERS: list().describe(
    'who may log in to the dashboard: comma-separated `name:hash`, made by `croupier ops hash-password`. Empty: nobody, but ' +
      '`ops` with the password `croupier` where there is the demo data',
  ),
  OPS_TARGETS: list('adapter=http://127.0.0.1:8091,wallet=http://127.0.0.1:8092').describe(
    'inner ports that the dashboard watches: comma-separated `name=url`; a name may come several times, once for each process',
  ),
  OPS_TLS_CERT: z.string().default('').describe('PEM file of the certificate of the ops port; empty: plain HTTP'),
  OPS_TLS_KEY: z.string().default('').describe('PEM file of the key of OPS_TLS_CERT'),
  TRUSTED_PROXIES: list().describe(
    'addresses and CIDR ranges whose X-Forwarded-For and X-Forwarded-Proto are believed',
  ),
  CROUPIER_DEMO: flag(true).describe('0: no demo data, and no demo login; in production there is neither anyway'),
} satisfies ConfigTable;

export type DashboardConfig = { [K in keyof typeof dashboardConfig]: z.output<(typeof dashboardConfig)[K]> } & {
  OPS_HOST: string;
  NODE_ENV: 'development' | 'test' | 'production';
};

/** Whether somebody on the network could read what goes over this port, were it not HTTPS. */
export const needsHttps = (config: DashboardConfig): boolean =>
  config.NODE_ENV === 'production' && !isLoopback(config.OPS_HOST);

/** What is wrong with it, in words; never with a hash in them. */
export function dashboardMistakes(config: DashboardConfig): string[] {
  const mistakes = [
    ...parseUsers(config.OPS_USERS).mistakes.map((mistake) => `OPS_USERS: ${mistake}`),
    ...parseTargets(config.OPS_TARGETS).mistakes.map((mistake) => `OPS_TARGETS: ${mistake}`),
    ...config.TRUSTED_PROXIES.filter((entry) => !ipaddr.isValid(entry) && !ipaddr.isValidCIDR(entry)).map(
      (entry) => `TRUSTED_PROXIES: ${entry} is neither an address nor a CIDR range`,
    ),
  ];
  if ((config.OPS_TLS_CERT === '') !== (config.OPS_TLS_KEY === '')) {
    mistakes.push('OPS_TLS_CERT, OPS_TLS_KEY: both or neither');
  }
  if (needsHttps(config) && config.OPS_TLS_CERT === '' && config.TRUSTED_PROXIES.length === 0) {
    mistakes.push('OPS_TLS_CERT: needed in production off loopback, or TRUSTED_PROXIES where a proxy ends HTTPS');
  }
  return mistakes;
}
