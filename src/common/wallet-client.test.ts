import { describe, expect, it } from 'vitest';
import { readConfig } from './config.ts';
import { isLoopback } from './loopback.ts';
import { walletChannels, walletClientConfig, withRequestId } from './wallet-client.ts';

const open = (env: Record<string, string>) => walletChannels(readConfig(walletClientConfig, env));

describe('walletChannels', () => {
  it('gives one channel to each wallet, with the token in its metadata', () => {
    const channels = open({ WALLET_URLS: '127.0.0.1:1, localhost:2,[::1]:3', WALLET_TOKEN: 'a-token' });
    expect(channels.map(({ address }) => address)).toEqual(['127.0.0.1:1', 'localhost:2', '[::1]:3']);
    for (const { metadata, close } of channels) {
      expect(metadata.get('authorization')).toEqual(['Bearer a-token']);
      close();
    }
  });

  it('sends no token where there is none', () => {
    const [channel] = open({});
    expect(channel?.address).toBe('127.0.0.1:50051');
    expect(channel?.metadata.get('authorization')).toEqual([]);
    channel?.close();
  });

  it('adds a request id to a copy of the metadata', () => {
    const [channel] = open({ WALLET_TOKEN: 'a-token' });
    if (channel === undefined) throw new Error('no channel');
    expect(withRequestId(channel.metadata, 'r1').getMap()).toEqual({
      authorization: 'Bearer a-token',
      'x-request-id': 'r1',
    });
    expect(channel.metadata.get('x-request-id')).toEqual([]);
    channel.close();
  });

  it.each([
    ['plain text to another machine', { WALLET_URLS: 'wallet:50051', WALLET_TOKEN: 'hidden' }, 'WALLET_TLS_CA: needed'],
    ['an address without a port', { WALLET_URLS: '127.0.0.1' }, 'is not host:port'],
    ['no address', { WALLET_URLS: ',' }, 'at least one'],
    ['a certificate without its key', { WALLET_TLS_CA: '/ca', WALLET_TLS_CERT: '/cert' }, 'both or neither'],
    ['a certificate without TLS', { WALLET_TLS_CERT: '/cert', WALLET_TLS_KEY: '/key' }, 'WALLET_TLS_CA: needed'],
    ['a file that is not there', { WALLET_TLS_CA: '/no/such/file' }, "WALLET_TLS_CA: can't read /no/such/file"],
  ])('refuses %s', (_, env, mistake) => {
    expect(() => open(env)).toThrow(mistake);
  });
});

describe('isLoopback', () => {
  it.each(['localhost', '127.0.0.1', '127.1.2.3', '::1', '[::1]'])('%s is', (host) => {
    expect(isLoopback(host)).toBe(true);
  });

  it.each(['0.0.0.0', '::', '10.0.0.1', 'wallet', '127.0.0.1.example.com', 'localhost.example.com', ''])(
    '%j is not',
    (host) => {
      expect(isLoopback(host)).toBe(false);
    },
  );
});
