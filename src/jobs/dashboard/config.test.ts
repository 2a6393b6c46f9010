import { expect, test } from 'vitest';
import { readConfig } from '../../common/config.ts';
import { hashPassword } from '../../common/password-hash.ts';
import { jobsConfig } from '../config.ts';
import { dashboardMistakes } from './config.ts';

const NEEDED = { DATABASE_URL: 'mysql://127.0.0.1/croupier' };

const mistakes = (env: Record<string, string>): string[] =>
  dashboardMistakes(readConfig(jobsConfig, { ...NEEDED, ...env }));

test('nothing of the dashboard has to be set', () => {
  expect(mistakes({})).toEqual([]);
  expect(mistakes({ NODE_ENV: 'production' })).toEqual([]);
});

test('in production off loopback it must be HTTPS, of our own or of a proxy that is named', () => {
  const open = { NODE_ENV: 'production', OPS_HOST: '0.0.0.0' };
  expect(mistakes(open)).toEqual([expect.stringContaining('OPS_TLS_CERT: needed in production off loopback')]);
  expect(mistakes({ ...open, OPS_TLS_CERT: 'a.crt', OPS_TLS_KEY: 'a.key' })).toEqual([]);
  expect(mistakes({ ...open, TRUSTED_PROXIES: '10.0.0.0/8' })).toEqual([]);
});

test('every mistake is told at once, and none of them shows a hash', async () => {
  const hash = await hashPassword('a long enough password');
  const all = mistakes({
    OPS_USERS: `jane:${hash},jane:${hash},no name:${hash},john:${hash}x$y,hash-alone`,
    OPS_TARGETS: 'adapter,wallet=ftp://x,jobs=http://10.0.0.1:8090',
    OPS_TLS_CERT: 'a.crt',
    TRUSTED_PROXIES: '10.0.0.0/8,everybody',
  });
  expect(all.map((mistake) => mistake.split(':')[0])).toEqual([
    'OPS_USERS',
    'OPS_USERS',
    'OPS_USERS',
    'OPS_USERS',
    'OPS_USERS',
    'OPS_TARGETS',
    'OPS_TARGETS',
    'TRUSTED_PROXIES',
    'OPS_TLS_CERT, OPS_TLS_KEY',
  ]);
  expect(all.join('\n')).not.toContain(hash.slice(20));
});
