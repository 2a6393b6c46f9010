import { expect, test } from 'vitest';
import { readConfig } from '../../common/config.ts';
import { buildLaunchUrl, type LaunchParameters, launchConfig, launchHost } from './launch-url.ts';

const HOST = 'launch.example.com';
const TOKEN = 'IfpdCsglTNR4xuFH0ijZ';

const game = {
  mode: 'real',
  operator_id: 'examplecasino',
  game_id: '37',
  token: TOKEN,
  currency: 'EUR',
} satisfies LaunchParameters;

const url = (parameters: LaunchParameters): string => {
  const built = buildLaunchUrl(HOST, parameters);
  return 'url' in built ? built.url : `refused: ${built.mistakes.join('; ')}`;
};

const mistakes = (parameters: LaunchParameters): string[] => {
  const built = buildLaunchUrl(HOST, parameters);
  return 'mistakes' in built ? built.mistakes : [];
};

test('the real mode game example of PLATFORM v2.49', () => {
  expect(url({ ...game, language: 'en', home_url: 'https://api-host.com/generic/games' })).toBe(
    `https://${HOST}/?operator_id=examplecasino&mode=real&game_id=37&token=${TOKEN}&currency=EUR&language=en` +
      '&home_url=https%3A%2F%2Fapi-host.com%2Fgeneric%2Fgames',
  );
});

test('the real mode lobby example of PLATFORM v2.49', () => {
  expect(
    url({
      mode: 'real',
      operator_id: 'examplecasino',
      lobby_id: 'portomaso',
      device: 'mobile',
      token: TOKEN,
      currency: 'EUR',
      language: 'en',
      home_url: 'https://api-host.com/generic/games',
    }),
  ).toBe(
    `https://${HOST}/?operator_id=examplecasino&mode=real&lobby_id=portomaso&device=mobile&token=${TOKEN}&currency=EUR` +
      '&language=en&home_url=https%3A%2F%2Fapi-host.com%2Fgeneric%2Fgames',
  );
});

test('the fun mode example of PLATFORM v2.49', () => {
  expect(url({ mode: 'fun', operator_id: 'examplecasino', game_id: '37', language: 'en' })).toBe(
    `https://${HOST}/?operator_id=examplecasino&mode=fun&game_id=37&language=en`,
  );
});

test('every parameter of real mode', () => {
  const built = new URL(
    url({
      ...game,
      language: 'pt-BR',
      device: 'desktop',
      home_url: 'https://casino.example/lobby?a=1&b=2',
      deposit_url: 'https://casino.example/cashier#deposit',
      group: 'vip1',
      clientName: 'My Client',
    }),
  );
  expect(Object.fromEntries(built.searchParams)).toEqual({
    operator_id: 'examplecasino',
    mode: 'real',
    game_id: '37',
    token: TOKEN,
    currency: 'EUR',
    language: 'pt-BR',
    device: 'desktop',
    home_url: 'https://casino.example/lobby?a=1&b=2',
    deposit_url: 'https://casino.example/cashier#deposit',
    group: 'vip1',
    clientName: 'My Client',
  });
});

test('fun mode sends home_url, the newer name of lobby_url, and a currency where one is given', () => {
  const built = new URL(
    url({
      mode: 'fun',
      operator_id: 'examplecasino',
      game_id: '37',
      currency: 'EUR',
      home_url: 'https://casino.example/',
    }),
  );
  expect(Object.fromEntries(built.searchParams)).toEqual({
    operator_id: 'examplecasino',
    mode: 'fun',
    game_id: '37',
    currency: 'EUR',
    language: 'en',
    home_url: 'https://casino.example/',
  });
});

test.each<[string, Partial<Record<string, string>>]>([
  ['operator_id', { operator_id: 'a'.repeat(21) }],
  ['operator_id', { operator_id: 'a|b' }],
  ['game_id', { game_id: '1234567' }],
  ['game_id', { game_id: '3a' }],
  ['game_id', { lobby_id: 'portomaso' }],
  ['token', { token: 'short' }],
  ['token', { token: `${TOKEN}-` }],
  ['token', { token: 'a'.repeat(51) }],
  ['currency', { currency: 'EUROS' }],
  ['language', { language: 'en_US' }],
  ['language', { language: 'fil-PH' }],
  ['home_url', { home_url: '/lobby' }],
  ['home_url', { home_url: 'javascript:alert(1)' }],
  ['home_url', { home_url: `https://casino.example/${'a'.repeat(478)}` }],
  ['deposit_url', { deposit_url: 'https://casino.example/a|b' }],
  ['device', { device: 'tablet' }],
  ['group', { group: 'a group' }],
  ['group', { group: 'a'.repeat(15) }],
  ['clientName', { clientName: 'a'.repeat(15) }],
])('names %s where it is wrong: %o', (field, wrong) => {
  const found = mistakes({ ...game, ...wrong } as LaunchParameters);
  expect(found).toHaveLength(1);
  expect(found[0]).toMatch(new RegExp(`^${field}: `));
});

test('neither game nor lobby is a mistake, and so is a token in fun mode', () => {
  const { game_id: _, ...withoutGame } = game;
  expect(mistakes(withoutGame)).toEqual(['game_id: give either game_id or lobby_id']);
  expect(mistakes({ ...game, mode: 'fun' } as LaunchParameters)).toEqual(['token: not a parameter of this mode']);
});

test('no value of a parameter is in a mistake', () => {
  expect(mistakes({ ...game, token: 'secret-token-secret-token' }).join()).not.toContain('secret');
});

test('hosts differ by vendor', () => {
  const hosts = readConfig(launchConfig, {
    GAME_LAUNCH_HOST: HOST,
    GAME_LAUNCH_HOSTS: 'evolution=live.example.com, ezugi=ezugi.example.com:8443',
  });
  expect(launchHost(hosts, 'evolution')).toBe('live.example.com');
  expect(launchHost(hosts, 'ezugi')).toBe('ezugi.example.com:8443');
  expect(launchHost(hosts, 'netent')).toBe(HOST);
  expect(launchHost(readConfig(launchConfig, {}), 'netent')).toBeUndefined();
});

test.each([
  [{ GAME_LAUNCH_HOST: 'https://launch.example.com' }],
  [{ GAME_LAUNCH_HOST: 'launch.example.com/path' }],
  [{ GAME_LAUNCH_HOSTS: 'evolution' }],
  [{ GAME_LAUNCH_HOSTS: 'evolution=https://live.example.com' }],
])('%o is not a configuration of hosts', (env) => {
  expect(() => readConfig(launchConfig, env)).toThrow(Object.keys(env)[0]);
});
