import { expect, test } from 'vitest';
import { readConfig } from '../../../common/config.ts';
import { apiUrl, OPERATION_NAMES, platformClientConfig } from './config.ts';

const read = (env: Record<string, string>) => readConfig(platformClientConfig, env);

test('without PLATFORM_API_URL nobody is asked, whatever else is set', () => {
  const config = read({
    PLATFORM_HAND_HISTORY_URL: 'https://handhistory.api-host.com',
    PLATFORM_API_URLS: 'games=https://games.api-host.com',
    PLATFORM_OPERATOR_API_URLS: 'casino=https://casino.api-host.com',
  });
  for (const operation of OPERATION_NAMES) expect(apiUrl(config, 'casino', operation)).toBe('');
});

test('the most particular host is asked', () => {
  const config = read({
    PLATFORM_API_URL: 'https://api-host.com/',
    PLATFORM_HAND_HISTORY_URL: 'https://handhistory.api-host.com/',
    PLATFORM_API_URLS: 'games=https://games.api-host.com/a=b/, lobbies=http://127.0.0.1:8070/platform',
    PLATFORM_OPERATOR_API_URLS: 'acme=https://acme.example, acme/handHistory=https://hands.acme.example/',
  });
  expect(apiUrl(config, 'casino', 'ggrLimits')).toBe('https://api-host.com');
  expect(apiUrl(config, 'casino', 'handHistory')).toBe('https://handhistory.api-host.com');
  expect(apiUrl(config, 'casino', 'games')).toBe('https://games.api-host.com/a=b');
  expect(apiUrl(config, 'casino', 'lobbies')).toBe('http://127.0.0.1:8070/platform');
  expect(apiUrl(config, 'acme', 'games')).toBe('https://acme.example');
  expect(apiUrl(config, 'acme', 'handHistory')).toBe('https://hands.acme.example');
  const alone = read({ PLATFORM_API_URL: 'https://api-host.com' });
  expect(apiUrl(alone, 'casino', 'handHistory')).toBe('https://api-host.com');
  const byOperation = read({
    PLATFORM_API_URL: 'https://api-host.com',
    PLATFORM_API_URLS: 'handHistory=https://hands.api-host.com',
  });
  expect(apiUrl(byOperation, 'casino', 'handHistory')).toBe('https://hands.api-host.com');
});

test.each([
  ['PLATFORM_API_URL', 'http://api-host.com'],
  ['PLATFORM_API_URL', 'https://user:password@api-host.com'],
  ['PLATFORM_API_URL', 'https://api-host.com/?a=1'],
  ['PLATFORM_API_URL', 'https://api-host.com#'],
  ['PLATFORM_API_URL', 'api-host.com'],
  ['PLATFORM_HAND_HISTORY_URL', 'http://handhistory.api-host.com'],
  ['PLATFORM_API_URLS', 'https://api-host.com'],
  ['PLATFORM_API_URLS', 'catalogue=https://api-host.com'],
  ['PLATFORM_API_URLS', 'games=http://api-host.com'],
  ['PLATFORM_API_URLS', 'games='],
  ['PLATFORM_OPERATOR_API_URLS', '=https://api-host.com'],
  ['PLATFORM_OPERATOR_API_URLS', 'acme/play=https://api-host.com'],
  ['PLATFORM_OPERATOR_API_URLS', 'acme=ftp://api-host.com'],
  ['PLATFORM_ATTEMPTS', '0'],
])('%s may not be %s', (name, value) => {
  expect(() => read({ [name]: value })).toThrow(name);
});

test('no value is in what is wrong with it', () => {
  expect(() => read({ PLATFORM_API_URL: 'https://user:password@api-host.com' })).not.toThrow('password');
});
