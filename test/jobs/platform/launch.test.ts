import { create } from '@bufbuild/protobuf';
import { Metadata, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBidi } from '../../../src/common/grpc.ts';
import { CatalogueService } from '../../../src/gen/jobs/v1/catalogue_pb.ts';
import {
  type LaunchPlatformResponse,
  type NumberedPlatformAnswer,
  type PlatformLaunched,
  PlatformLaunchesSchema,
  PlatformService,
} from '../../../src/gen/jobs/v1/platform_pb.ts';
import { GameService } from '../../../src/gen/wallet/v1/games_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { SessionService } from '../../../src/gen/wallet/v1/sessions_pb.ts';
import { StopScope, StopService } from '../../../src/gen/wallet/v1/stops_pb.ts';
import { until } from '../until.ts';
import { channelTo, createPlatformWorld, OPERATOR, OTHER_OPERATOR, type PlatformWorld } from './world.ts';

let platform: PlatformWorld;
let player: string;

const GAMES = [
  { id: 37, title: 'Book of Keys', vendor: 'netent', platform: 'desktop', fun_mode: 1, enabled: 1 },
  { id: 38, title: 'Pocket Fruits', vendor: 'netent', platform: 'mobile', fun_mode: 1, enabled: 1 },
  { id: 39, title: 'Roulette', vendor: 'evolution', platform: 'desktop', fun_mode: 0, enabled: 1 },
  { id: 40, title: 'Closed', vendor: 'netent', platform: 'desktop', fun_mode: 1, enabled: 0 },
  { id: 41, title: 'Gone', vendor: 'netent', platform: 'desktop', fun_mode: 1, enabled: 1 },
];
const LOBBIES = [
  { lobby_id: 'live168', vendor: 'live168' },
  { lobby_id: 'evolution_game_shows', vendor: 'evolution' },
];

beforeAll(async () => {
  platform = await createPlatformWorld({
    env: { GAME_LAUNCH_HOSTS: 'evolution=live.example.com' },
    prepare: ({ platform: { state } }) => {
      state.setGames(OPERATOR, GAMES);
      state.setLobbies(OPERATOR, LOBBIES);
      state.setGames(OTHER_OPERATOR, []);
      state.setLobbies(OTHER_OPERATOR, []);
    },
  });
  player = await platform.addPlayer({ group: 'vip1', language: 'de-AT' });
  await platform.stream(CatalogueService.method.syncCatalogue, {});
  platform.simulator.platform.state.setGames(
    OPERATOR,
    GAMES.filter(({ id }) => id !== 41),
  );
  await platform.stream(CatalogueService.method.syncCatalogue, { operatorId: OPERATOR });
});

afterAll(() => platform[Symbol.asyncDispose]());

const launch = (request: object): Promise<LaunchPlatformResponse> =>
  platform.ask(PlatformService.method.launchPlatform, { operatorId: OPERATOR, ...request });

const real = (request: object = {}) => ({ userId: player, gameId: '37', mode: 'real', ...request });

const sessionCount = async (): Promise<unknown> => (await platform.rows('SELECT COUNT(*) AS n FROM sessions'))[0]?.n;

/** That it is refused so, and no session was opened. */
async function refused(request: object, code: status, details: RegExp): Promise<void> {
  const before = await sessionCount();
  await expect(launch(request)).rejects.toMatchObject({ code, details: expect.stringMatching(details) });
  expect(await sessionCount()).toBe(before);
}

test("a launch for money opens a session of its own and gives the URL with what is the player's", async () => {
  const answer = await launch(
    real({ homeUrl: 'https://casino.example/?a=1&b=2', depositUrl: 'https://casino.example/pay', clientName: 'skin' }),
  );
  expect(answer).toMatchObject({ openAs: 'frame', token: expect.stringMatching(/^[A-Za-z0-9]{32}$/) });
  const url = new URL(answer.url);
  expect(`${url.origin}${url.pathname}`).toBe(`${platform.simulator.platformUrl}/launch/`);
  expect(Object.fromEntries(url.searchParams)).toEqual({
    operator_id: OPERATOR,
    mode: 'real',
    game_id: '37',
    token: answer.token,
    currency: 'EUR',
    language: 'de-AT',
    home_url: 'https://casino.example/?a=1&b=2',
    deposit_url: 'https://casino.example/pay',
    group: 'vip1',
    clientName: 'skin',
  });
  const session = await platform.world.call(SessionService.method.getSession, { token: answer.token });
  expect(session).toMatchObject({
    operatorId: OPERATOR,
    userId: player,
    gameId: '37',
    lobbyId: '',
    expiresAtMs: answer.expiresAtMs,
    idleTimeoutMs: 1_800_000n,
  });
  expect(session.expiresAtMs - session.createdAtMs).toBe(43_200_000n);
});

test('the request has the last word on language, group and how long a session lasts', async () => {
  const answer = await launch(real({ language: 'fr', group: 'gold', ttlSeconds: 600, idleTimeoutSeconds: 60 }));
  const { searchParams } = new URL(answer.url);
  expect([searchParams.get('language'), searchParams.get('group')]).toEqual(['fr', 'gold']);
  const session = await platform.world.call(SessionService.method.getSession, { token: answer.token });
  expect(session.expiresAtMs - session.createdAtMs).toBe(600_000n);
  expect(session.idleTimeoutMs).toBe(60_000n);
});

test('a stream answers each launch under its id, and ends with what it holds', async () => {
  const { client, close } = channelTo(platform.jobs());
  const stream = openBidi(client, PlatformService.method.launchPlatformStream, new Metadata());
  const answers = new Map<number, NumberedPlatformAnswer>();
  stream.on('data', (frame: PlatformLaunched) => {
    for (const answer of frame.answers) answers.set(answer.id, answer);
  });
  const ended = new Promise((resolve) => stream.on('end', resolve));
  const launches = [
    { id: 7, request: { operatorId: OPERATOR, ...real() } },
    { id: 8, request: { operatorId: OPERATOR, ...real({ userId: 'nobody' }) } },
    { id: 9, request: { operatorId: OPERATOR, ...real({ mode: 'free' }) } },
    { id: 10 },
  ];
  stream.write(create(PlatformLaunchesSchema, { launches }));
  stream.write(create(PlatformLaunchesSchema, { launches: [{ id: 11, request: launches[0]?.request }] }));
  stream.end();
  await ended;
  const { OK, NOT_FOUND, INVALID_ARGUMENT } = status;
  expect([7, 8, 9, 10, 11].map((id) => answers.get(id)?.code)).toEqual([
    ...[OK, NOT_FOUND, INVALID_ARGUMENT, INVALID_ARGUMENT, OK],
  ]);
  const tokens = [7, 11].map((id) => answers.get(id)?.response?.token ?? '');
  for (const token of tokens) {
    expect(await platform.world.call(SessionService.method.getSession, { token })).toMatchObject({ userId: player });
  }
  expect(new Set(tokens).size).toBe(2);
  expect(answers.get(9)?.message).toMatch(/^mode: /);
  close();
});

test("a group or language of the player's that PLATFORM doesn't take is not sent as it is", async () => {
  const userId = await platform.addPlayer({ group: 'high rollers', language: 'zh-Hans-CN' });
  const { searchParams } = new URL((await launch(real({ userId }))).url);
  expect([searchParams.get('group'), searchParams.get('language')]).toEqual([null, 'zh-CN']);
});

test('each launch has a token of its own', async () => {
  const answers = await Promise.all(Array.from({ length: 100 }, () => launch(real())));
  expect(new Set(answers.map(({ token }) => token)).size).toBe(100);
  for (const { token } of answers) expect(token).toMatch(/^[A-Za-z0-9]{32}$/);
  for (const line of platform.jobs().logs()) expect(JSON.stringify(line)).not.toContain(answers[0]?.token);
});

test('a session for a lobby has the lobby, and is on the host of its vendor', async () => {
  const answer = await launch(real({ gameId: '', lobbyId: 'evolution_game_shows' }));
  expect(answer.openAs).toBe('frame');
  expect(new URL(answer.url).origin).toBe('https://live.example.com');
  const session = await platform.world.call(SessionService.method.getSession, { token: answer.token });
  expect(session).toMatchObject({ gameId: '', lobbyId: 'evolution_game_shows' });
});

test('how it is opened, and where', async () => {
  const where = async (request: object) => {
    const { openAs, url } = await launch(real(request));
    return [openAs, new URL(url).host];
  };
  const own = new URL(platform.simulator.platformUrl).host;
  expect(await where({ gameId: '38' })).toEqual(['redirect', own]);
  expect(await where({ device: 'mobile' })).toEqual(['redirect', own]);
  expect(await where({ device: 'desktop' })).toEqual(['frame', own]);
  expect(await where({ gameId: '', lobbyId: 'live168' })).toEqual(['new_tab', own]);
  expect(await where({ gameId: '', lobbyId: 'portomaso', device: 'mobile' })).toEqual(['redirect', own]);
  expect(await where({ gameId: '39' })).toEqual(['frame', 'live.example.com']);
  expect(await where({ gameId: '37', vendor: 'evolution' })).toEqual(['frame', 'live.example.com']);
});

test('a promotional game, which is in no list, and a missing one are launched', async () => {
  const status = await platform.rows('SELECT missing_since_ms FROM catalogue_games WHERE game_id = 41');
  expect(status).toEqual([{ missing_since_ms: expect.any(String) }]);
  expect((await launch(real({ gameId: '41' }))).token).not.toBe('');
  expect((await launch(real({ gameId: '999999' }))).token).not.toBe('');
});

test('fun mode opens nothing, and has no token', async () => {
  const before = await sessionCount();
  const answer = await launch({ mode: 'fun', gameId: '37', homeUrl: 'https://casino.example/', currencyCode: 'USD' });
  expect(answer).toMatchObject({ token: '', expiresAtMs: 0n, openAs: 'frame' });
  const parameters = Object.fromEntries(new URL(answer.url).searchParams);
  expect(parameters).toMatchObject({
    mode: 'fun',
    game_id: '37',
    currency: 'USD',
    lobby_url: 'https://casino.example/',
  });
  expect(parameters).not.toHaveProperty('token');
  expect(await sessionCount()).toBe(before);
});

test.each<[string, object, RegExp]>([
  ['mode', real({ mode: 'demo' }), /mode: must be real or fun/],
  ['no mode', real({ mode: '' }), /mode:/],
  ['neither game nor lobby', real({ gameId: '' }), /game_id: give either/],
  ['game and lobby', real({ lobbyId: 'live168' }), /game_id: give either/],
  ['a game id with letters', real({ gameId: '37a' }), /game_id: must be a number/],
  ['a lobby id with |', real({ gameId: '', lobbyId: 'a|b' }), /lobby_id:/],
  ['a language that is no tag', real({ language: 'german' }), /language:/],
  ['home_url', real({ homeUrl: 'javascript:alert(1)' }), /home_url:/],
  ['a long home_url', real({ homeUrl: `https://casino.example/${'a'.repeat(500)}` }), /home_url:/],
  ['deposit_url', real({ depositUrl: '/pay' }), /deposit_url:/],
  ['device', real({ device: 'tv' }), /device: must be desktop or mobile/],
  ['group', real({ group: 'high rollers' }), /group:/],
  ['client_name', real({ clientName: 'a'.repeat(15) }), /clientName:/],
  ['no user', real({ userId: '' }), /user_id:/],
  ['a currency in real mode', real({ currencyCode: 'EUR' }), /currency_code:/],
  ['a long ttl', real({ ttlSeconds: 31_536_001 }), /ttl_seconds:/],
  ['a short idle time-out', real({ idleTimeoutSeconds: 59 }), /idle_timeout_seconds:/],
  ['fun with a user', { mode: 'fun', gameId: '37', userId: '611' }, /user_id:/],
  ['fun of a lobby', { mode: 'fun', lobbyId: 'live168' }, /lobby_id/],
  ['fun with a deposit_url', { mode: 'fun', gameId: '37', depositUrl: 'https://casino.example/' }, /deposit_url/],
])('a bad parameter is refused before anything is opened: %s', async (_, request, details) => {
  await refused(request, status.INVALID_ARGUMENT, details);
});

test('every mistake is told at once', async () => {
  const request = {
    mode: 'real',
    userId: '',
    gameId: 'x',
    device: 'tv',
    group: '-',
    homeUrl: 'x',
    ttlSeconds: 2 ** 31,
  };
  const names = ['game_id:', 'device:', 'group:', 'home_url:', 'user_id:', 'ttl_seconds:'];
  const all = new RegExp(names.map((name) => `(?=.*${name})`).join(''));
  await refused(request, status.INVALID_ARGUMENT, all);
});

test('who may not play launches nothing', async () => {
  await refused(real({ userId: 'nobody' }), status.NOT_FOUND, /player/);
  await refused({ mode: 'fun', gameId: '37', operatorId: 'nobody' }, status.NOT_FOUND, /operator/);
  await refused(real({ gameId: '40' }), status.FAILED_PRECONDITION, /disabled/);
  await refused({ mode: 'fun', gameId: '40' }, status.FAILED_PRECONDITION, /disabled/);
  await refused({ mode: 'fun', gameId: '39' }, status.FAILED_PRECONDITION, /no fun mode/);
  const userId = await platform.addPlayer();
  await platform.world.call(PlayerService.method.blockPlayer, { operatorId: OPERATOR, userId });
  await refused(real({ userId }), status.FAILED_PRECONDITION, /blocked/);
});

test('what the list of one operator calls disabled another may launch', async () => {
  const userId = await platform.addPlayer({ operatorId: OTHER_OPERATOR });
  const answer = await launch({ operatorId: OTHER_OPERATOR, userId, mode: 'real', gameId: '40' });
  expect(answer.token).not.toBe('');
});

test.each([
  ['all', StopScope.ALL, ''],
  ['the operator', StopScope.OPERATOR, OPERATOR],
  ['the vendor', StopScope.VENDOR, 'netent'],
  ['the game', StopScope.GAME, 'platform:37'],
])('a stop of %s stops launches too', async (_, scope, scopeId) => {
  const isRefused = async (): Promise<boolean> =>
    launch(real()).then(
      () => false,
      (error) => error.code === status.FAILED_PRECONDITION && /stopped/.test(error.details),
    );
  await platform.world.call(StopService.method.addStop, { scope, scopeId });
  await until('the launch is refused', isRefused);
  await refused(real(), status.FAILED_PRECONDITION, /stopped/);
  // Whoever names another vendor gets no other game.
  await refused(real({ vendor: 'other' }), status.FAILED_PRECONDITION, /stopped/);
  await platform.world.call(StopService.method.removeStop, { scope, scopeId });
  await until('it goes on', async () => !(await isRefused()));
});

test('a game that a person pinned is as they said, whatever the list says', async () => {
  const setGame = (gameId: string, enabled: boolean, pinned: boolean) =>
    platform.world.call(GameService.method.setGame, { gameId, enabled, pinned });
  await setGame('40', true, true);
  await until('the disabled game is launched', () =>
    launch(real({ gameId: '40' })).then(
      () => true,
      () => false,
    ),
  );
  await setGame('37', false, false);
  await until('a game that a person disabled is refused', () =>
    launch(real()).then(
      () => false,
      (error) => error.code === status.FAILED_PRECONDITION,
    ),
  );
  await setGame('37', true, false);
  await setGame('40', true, false);
});
