import { expect, test } from 'vitest';
import { readConfig } from '../../../common/config.ts';
import { stargameRemoteConfig } from './config.ts';

test('without settings nobody is asked', () => {
  expect(readConfig(stargameRemoteConfig, {})).toMatchObject({
    STARGAME_API_URL: '',
    STARGAME_ANSWER_SIGNATURE: 'warn',
    STARGAME_CALLBACK_URL: '',
  });
});

test('a slash at the end does not count', () => {
  const config = readConfig(stargameRemoteConfig, { STARGAME_API_URL: 'http://127.0.0.1:8070/stargame/' });
  expect(config.STARGAME_API_URL).toBe('http://127.0.0.1:8070/stargame');
});

test.each([
  ['STARGAME_API_URL', 'http://apiserver.solutions'],
  ['STARGAME_API_URL', 'http://127.0.0.1.example.com'],
  ['STARGAME_API_URL', 'https://user:password@apiserver.solutions'],
  ['STARGAME_API_URL', 'https://apiserver.solutions/?a=1'],
  ['STARGAME_API_URL', 'https://apiserver.solutions/api?'],
  ['STARGAME_API_URL', 'https://apiserver.solutions/api#'],
  ['STARGAME_API_URL', 'apiserver.solutions'],
  ['STARGAME_API_URL', 'file:///etc/passwd'],
  ['STARGAME_CALLBACK_URL', 'http://casino.example'],
  ['STARGAME_ANSWER_SIGNATURE', 'maybe'],
  ['STARGAME_ATTEMPTS', '0'],
])('%s may not be %s', (name, value) => {
  expect(() => readConfig(stargameRemoteConfig, { [name]: value })).toThrow(name);
});
