import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readConfig } from '../../common/config.ts';
import { buildLaunchUrl, type LaunchParameters, languageTag, launchConfig, launchHost, openAs } from './launch-url.ts';

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

test('fun mode sends home_url under its older name as well, and a currency where one is given', () => {
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
    lobby_url: 'https://casino.example/',
  });
});

test('real mode knows no lobby_url, and nobody gives one', () => {
  expect(new URL(url({ ...game, home_url: 'https://casino.example/' })).searchParams.has('lobby_url')).toBe(false);
  for (const mode of ['real', 'fun']) {
    const given = { mode, operator_id: 'examplecasino', game_id: '37', lobby_url: 'https://casino.example/' };
    expect(mistakes({ ...(mode === 'real' ? game : {}), ...given } as LaunchParameters)).toEqual([
      'lobby_url: not a parameter of this mode',
    ]);
  }
});

test.each<[string, Partial<Record<string, string>>]>([
  ['operator_id', { operator_id: 'a'.repeat(21) }],
  ['operator_id', { operator_id: 'a|b' }],
  ['operator_id', { operator_id: 'a\nb' }],
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
  ['launch.example.com:8443', 'https://launch.example.com:8443/?'],
  ['https://launch.example.com', 'https://launch.example.com/?'],
  ['https://launch.example.com/', 'https://launch.example.com/?'],
  ['https://launch.example.com/games/', 'https://launch.example.com/games/?'],
  ['http://127.0.0.1:8070/platform/launch', 'http://127.0.0.1:8070/platform/launch/?'],
  ['http://localhost:8070', 'http://localhost:8070/?'],
])('%s as a host of launches', (host, start) => {
  for (const hosts of [
    readConfig(launchConfig, { GAME_LAUNCH_HOST: host }),
    readConfig(launchConfig, { GAME_LAUNCH_HOSTS: `evolution=${host}` }),
  ]) {
    const built = buildLaunchUrl(launchHost(hosts, 'evolution') ?? '', game);
    expect(built).toEqual({ url: expect.stringMatching(/^[^?]+\?operator_id=examplecasino&mode=real&game_id=37&/) });
    expect('url' in built && built.url.startsWith(start)).toBe(true);
  }
});

test.each([
  [{ GAME_LAUNCH_HOST: 'http://launch.example.com' }],
  [{ GAME_LAUNCH_HOST: 'launch.example.com/path' }],
  [{ GAME_LAUNCH_HOST: 'launch.example.com:99999' }],
  [{ GAME_LAUNCH_HOST: 'https://user:password@launch.example.com' }],
  [{ GAME_LAUNCH_HOST: 'https://launch.example.com/?a=1' }],
  [{ GAME_LAUNCH_HOST: 'javascript:alert(1)' }],
  [{ GAME_LAUNCH_HOSTS: 'evolution' }],
  [{ GAME_LAUNCH_HOSTS: 'evolution=http://live.example.com' }],
])('%o is not a configuration of hosts', (env) => {
  expect(() => readConfig(launchConfig, env)).toThrow(Object.keys(env)[0]);
});

test.each([
  ['en', 'en'],
  ['de', 'de'],
  ['en-US', 'en-US'],
  ['en_US', 'en-US'],
  ['EN_us', 'en-US'],
  ['en_US.UTF-8', 'en-US'],
  ['de_DE@euro', 'de-DE'],
  ['pt-BR-x', 'pt-BR'],
  ['pt-x-br', 'pt'],
  ['zh-Hans-CN', 'zh-CN'],
  ['zh-Hant', 'zh'],
  ['es-419', 'es'],
  ['eng', 'en'],
  ['deu-AT', 'de-AT'],
  ['fil-PH', 'fil'],
  ['en-UK', 'en-GB'],
  ['sh', 'sr'],
  ['fr-CH, fr;q=0.9, en;q=0.8', 'fr-CH'],
  [' ru ', 'ru'],
  ['', 'en'],
  ['english', 'en'],
  ['x', 'en'],
  ['русский', 'en'],
  ['*', 'en'],
])('the language tag of %j is %s', (text, tag) => {
  expect(languageTag(text)).toBe(tag);
});

test('a launch takes the language tag of any text', () => {
  const part = fc.string({ unit: fc.constantFrom('e', 'N', 'x', 'z', 'h', '-', '_', '4', '.', 'я'), maxLength: 12 });
  fc.assert(
    fc.property(fc.oneof(part, fc.string({ unit: 'binary' })), (text) => {
      expect(mistakes({ ...game, language: languageTag(text) })).toEqual([]);
    }),
    { numRuns: 1_000 },
  );
});

const NEW_TAB = ['live168', ' Vivo ', ''];

test.each([
  ['a game on a desktop', { platform: 'desktop', device: 'desktop' }, 'frame'],
  ['a game of which nothing is known', {}, 'frame'],
  ['a mobile game', { platform: 'mobile' }, 'redirect'],
  ['a mobile game, whatever the device is said to be', { platform: ' Mobile ', device: 'desktop' }, 'redirect'],
  ['a game on a mobile device', { platform: 'desktop', device: 'mobile' }, 'redirect'],
  ['a game for both, on a desktop', { platform: 'desktop,mobile', device: 'desktop' }, 'frame'],
  ['a game for both, on a mobile device', { platform: 'desktop,mobile', device: 'mobile' }, 'redirect'],
  ['the lobby of Live168', { lobbyId: 'live168' }, 'new_tab'],
  ['the lobby of Live168 on a mobile device', { lobbyId: 'Live168', device: 'mobile' }, 'new_tab'],
  ['a game of a vendor in tabs of its own', { vendor: 'vivo', platform: 'mobile' }, 'new_tab'],
  ['another lobby', { lobbyId: 'portomaso', vendor: 'portomaso' }, 'frame'],
])('%s opens as it may: %o', (_, launch, expected) => {
  const unknown = { platform: '', device: '', lobbyId: '', vendor: '' };
  expect(openAs({ ...unknown, ...launch, newTabLobbies: NEW_TAB })).toBe(expected);
});
