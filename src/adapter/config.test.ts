import { describe, expect, it } from 'vitest';
import { readAdapterConfig } from './config.ts';

describe('readAdapterConfig', () => {
  it('needs nothing', () => {
    expect(readAdapterConfig({})).toMatchObject({
      ADAPTER_HOST: '127.0.0.1',
      ADAPTER_PORT: 8080,
      ADAPTER_OPS_PORT: 8091,
      PLATFORM_DEADLINE_MS: 2000,
      TRUSTED_PROXIES: [],
      WALLET_URLS: ['127.0.0.1:50051'],
      STARGAME_BUDGET_MS: 50,
      STARGAME_NETWORK_MS: 10,
      REDIS_URL: 'redis://127.0.0.1:6379',
      SPOOL_DIR: '.data/spool',
    });
  });

  it("needs a rest of StarGame's budget", () => {
    const env = { STARGAME_BUDGET_MS: '50', STARGAME_NETWORK_MS: '50' };
    expect(() => readAdapterConfig(env)).toThrow(/STARGAME_NETWORK_MS/);
    expect(readAdapterConfig({ ...env, STARGAME_NETWORK_MS: '0' }).STARGAME_NETWORK_MS).toBe(0);
  });

  it('takes addresses and ranges as proxies', () => {
    const env = { TRUSTED_PROXIES: '10.0.0.1, 10.1.0.0/16,2001:db8::/32' };
    expect(readAdapterConfig(env).TRUSTED_PROXIES).toEqual(['10.0.0.1', '10.1.0.0/16', '2001:db8::/32']);
  });

  it.each(['proxy.local', '10.0.0.1/33', '10.0.0.1/0', '10.0.0.1/8/8', '::1/129', '10.0.0.1/'])(
    'refuses the proxy %s',
    (entry) => expect(() => readAdapterConfig({ TRUSTED_PROXIES: entry })).toThrow(/TRUSTED_PROXIES/),
  );

  it('needs a certificate and its key together', () => {
    expect(() => readAdapterConfig({ ADAPTER_TLS_CERT: 'cert.pem' })).toThrow(/both or neither/);
  });

  it('refuses plain text off loopback in production, unless a proxy is named', () => {
    const env = { NODE_ENV: 'production', ADAPTER_HOST: '0.0.0.0' };
    expect(() => readAdapterConfig(env)).toThrow(/ADAPTER_TLS_CERT/);
    expect(readAdapterConfig({ ...env, TRUSTED_PROXIES: '10.0.0.1' }).ADAPTER_HOST).toBe('0.0.0.0');
    expect(readAdapterConfig({ ...env, ADAPTER_HOST: '127.0.0.1' }).ADAPTER_HOST).toBe('127.0.0.1');
  });
});
