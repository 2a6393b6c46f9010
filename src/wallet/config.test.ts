import { describe, expect, it } from 'vitest';
import { ConfigError } from '../common/config.ts';
import { readWalletConfig } from './config.ts';

const TOKEN = 'a-token-of-the-adapter';
const MINIMAL = {
  DATABASE_URL: 'mysql://root:hidden@127.0.0.1:3306/croupier',
  SECRETS_KEY: '00'.repeat(32),
};
const SECURE = {
  ...MINIMAL,
  WALLET_SERVICES: `adapter:money+provider:${TOKEN}`,
  WALLET_TLS_CERT: '/etc/wallet.crt',
  WALLET_TLS_KEY: '/etc/wallet.key',
};

function mistakesOf(env: Record<string, string>): string {
  try {
    readWalletConfig(env);
    return '';
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
}

describe('readWalletConfig', () => {
  it('needs a database and a key, and says so at once', () => {
    const mistakes = mistakesOf({});
    expect(mistakes).toContain('DATABASE_URL: is needed');
    expect(mistakes).toContain('SECRETS_KEY');
  });

  it('is open to everybody on loopback in development', () => {
    expect(mistakesOf(MINIMAL)).toBe('');
    expect(mistakesOf({ ...MINIMAL, WALLET_HOST: '::1' })).toBe('');
    expect(readWalletConfig(MINIMAL).services).toEqual([]);
  });

  it.each([
    ['no services in production', { ...MINIMAL, NODE_ENV: 'production' }, 'WALLET_SERVICES: needed in production'],
    ['no services off loopback', { ...SECURE, WALLET_SERVICES: '', WALLET_HOST: '0.0.0.0' }, 'WALLET_SERVICES: needed'],
    [
      'plain text off loopback',
      { ...MINIMAL, WALLET_SERVICES: SECURE.WALLET_SERVICES, WALLET_HOST: '10.0.0.1' },
      'WALLET_TLS_CERT: needed',
    ],
    ['a certificate without its key', { ...SECURE, WALLET_TLS_KEY: '' }, 'both or neither'],
    ['client certificates without TLS', { ...MINIMAL, WALLET_TLS_CLIENT_CA: '/etc/ca.crt' }, 'WALLET_TLS_CERT: needed'],
    [
      'client certificates that mean nothing',
      { ...SECURE, WALLET_SERVICES: '', WALLET_TLS_CLIENT_CA: '/etc/ca.crt' },
      'to say what each certificate may do',
    ],
    ['a service without a token or certificate', { ...SECURE, WALLET_SERVICES: 'adapter:money' }, 'needs a token'],
    ['an unknown role', { ...SECURE, WALLET_SERVICES: `adapter:root:${TOKEN}` }, 'must have roles'],
    ['no role', { ...SECURE, WALLET_SERVICES: `adapter::${TOKEN}` }, 'must have roles'],
    ['a short token', { ...SECURE, WALLET_SERVICES: 'adapter:money:short' }, 'a token of 16'],
    ['a repeated name', { ...SECURE, WALLET_SERVICES: `a:read:${TOKEN},a:read:${TOKEN}2` }, 'repeats a name'],
    ['a repeated token', { ...SECURE, WALLET_SERVICES: `a:read:${TOKEN},b:money:${TOKEN}` }, 'the token of another'],
    ['a database that is none', { ...MINIMAL, DATABASE_URL: 'postgres://root:hidden@x/y' }, 'DATABASE_URL: must be'],
    ['a URL without a database', { ...MINIMAL, DATABASE_URL: 'mysql://root:hidden@x:3306' }, 'DATABASE_URL: must be'],
    ['a key of the wrong size', { ...MINIMAL, SECRETS_KEY: 'hidden' }, 'SECRETS_KEY'],
    ['a previous key of the wrong size', { ...MINIMAL, SECRETS_KEY_PREVIOUS: 'hidden' }, 'SECRETS_KEY_PREVIOUS'],
  ])('refuses %s', (_, env, mistake) => {
    const mistakes = mistakesOf(env);
    expect(mistakes).toContain(mistake);
    expect(mistakes).not.toContain('hidden');
    expect(mistakes).not.toContain(TOKEN);
  });

  it('runs off loopback with TLS and services, in production too', () => {
    expect(mistakesOf({ ...SECURE, WALLET_HOST: '0.0.0.0', NODE_ENV: 'production' })).toBe('');
  });

  it('takes services without a token where certificates identify them', () => {
    const config = readWalletConfig({
      ...SECURE,
      WALLET_TLS_CLIENT_CA: '/etc/ca.crt',
      WALLET_SERVICES: 'jobs:jobs+money',
    });
    expect(config.services).toEqual([{ name: 'jobs', roles: new Set(['jobs', 'money']), tokenHash: null }]);
  });
});
