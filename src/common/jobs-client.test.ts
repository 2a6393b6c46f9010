import { expect, test } from 'vitest';
import { readConfig } from './config.ts';
import { jobsChannel, jobsClientConfig } from './jobs-client.ts';

const open = (env: Record<string, string>) => jobsChannel(readConfig(jobsClientConfig, env));

test('gives a channel to where the jobs are, with the token in its metadata', () => {
  const channel = open({ JOBS_URL: 'localhost:7', JOBS_CLIENT_TOKEN: 'a-token' });
  expect(channel.address).toBe('localhost:7');
  expect(channel.metadata.get('authorization')).toEqual(['Bearer a-token']);
  channel.close();
});

test('without a word: this machine, and no token', () => {
  const channel = open({});
  expect(channel.address).toBe('127.0.0.1:50052');
  expect(channel.metadata.getMap()).toEqual({});
  channel.close();
});

test.each([
  ['plain text to another machine', { JOBS_URL: 'jobs:50052', JOBS_CLIENT_TOKEN: 'hidden' }, 'JOBS_TLS_CA: needed'],
  ['an address without a port', { JOBS_URL: '127.0.0.1' }, 'JOBS_URL: 127.0.0.1 is not host:port'],
  ['a certificate without its key', { JOBS_TLS_CA: '/ca', JOBS_CLIENT_CERT: '/cert' }, 'JOBS_CLIENT_KEY: both'],
  ['a certificate without TLS', { JOBS_CLIENT_CERT: '/cert', JOBS_CLIENT_KEY: '/key' }, 'JOBS_TLS_CA: needed'],
  ['a file that is not there', { JOBS_TLS_CA: '/no/such/file' }, "JOBS_TLS_CA: can't read /no/such/file"],
])('refuses %s', (_, env, mistake) => {
  expect(() => open(env)).toThrow(mistake);
});
