import { createHmac } from 'node:crypto';
import { request as httpRequest } from 'node:http';
import { SignJWT } from 'jose';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { GamesView, LaunchView, ProblemView } from '../../src/adapter/lobby/view.ts';
import { PlayerService } from '../../src/gen/wallet/v1/players_pb.ts';
import { StopScope, StopService } from '../../src/gen/wallet/v1/stops_pb.ts';
import { startAdapter } from '../harness/processes.ts';
import { until } from '../jobs/until.ts';
import { createLobbyWorld, demoGame, type LobbyWorld, OPERATOR, SECRET, tokenFor } from './world.ts';

let world: LobbyWorld;

beforeAll(async () => {
  world = await createLobbyWorld();
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const OWN = { 'x-croupier-lobby': '1', 'sec-fetch-site': 'same-origin' };
const now = (): number => Math.floor(Date.now() / 1000);
const base64url = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

const get = (path: string, headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${world.url}${path}`, { headers, redirect: 'manual' });

function post(path: string, body: unknown, headers: Record<string, string>): Promise<Response> {
  return fetch(`${world.url}/api/${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

const listed = async (query: string, headers: Record<string, string> = {}): Promise<GamesView> =>
  (await (await get(`/api/games?${query}`, headers)).json()) as GamesView;

const launched = async (body: object, headers: Record<string, string>): Promise<LaunchView> =>
  (await (await post('launch', body, headers)).json()) as LaunchView;

const problem = async (answer: Response): Promise<[number, string]> => [
  answer.status,
  ((await answer.json()) as ProblemView).error,
];

/** The cookie that the lobby gives for a token; '' where it gives none. */
async function cookieFor(token: string): Promise<string> {
  const answer = await get(`?${new URLSearchParams({ token })}`);
  expect(answer.status).toBe(303);
  const [cookie = ''] = answer.headers.getSetCookie().map((set) => /^croupier_lobby=([^;]+)/.exec(set)?.[0] ?? '');
  return cookie;
}

const asPlayer = async (userId: string): Promise<{ cookie: string }> => ({
  cookie: await cookieFor(await tokenFor(userId)),
});

test('a token becomes a cookie that scripts and other sites do not get, and leaves the URL', async () => {
  const token = await tokenFor('611', 600, {
    homeUrl: 'https://casino.example/',
    depositUrl: 'https://casino.example/pay',
  });
  const answer = await get(`?${new URLSearchParams({ token })}`);
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toBe('/lobby');
  const [set = ''] = answer.headers.getSetCookie();
  expect(set).toMatch(/; Path=\/lobby;/);
  expect(set).toMatch(/; HttpOnly/);
  expect(set).toMatch(/; SameSite=Lax/);
  expect(set).not.toMatch(/Secure/);
  expect(set).not.toContain(token);
  const cookie = /^[^;]+/.exec(set)?.[0] ?? '';
  expect(await (await get('/api/session', { cookie })).json()).toEqual({
    who: 'player',
    casino: 'Example Casino',
    player: { name: 'John Doe', balance: { balance: '420.76', currency: 'EUR' }, blocked: false },
    homeUrl: 'https://casino.example/',
    depositUrl: 'https://casino.example/pay',
    loginUrl: '',
    demoPlayers: expect.arrayContaining([{ userId: '17', name: 'player_17' }]),
  });
});

test('behind a trusted proxy that ends TLS the cookie is for TLS alone', async () => {
  const lobby = await world.startLobby({ TRUSTED_PROXIES: '127.0.0.1', LOBBY_URL: 'https://play.example.com/lobby' });
  const token = await tokenFor('611');
  const answer = await fetch(`${lobby.url}/lobby?token=${token}`, {
    headers: { 'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.9' },
    redirect: 'manual',
  });
  expect(answer.headers.getSetCookie()[0]).toMatch(/; Secure/);
  expect(answer.headers.get('strict-transport-security')).toMatch(/max-age/);
  await lobby.stop();
});

test('a lobby whose URL has TLS keeps the cookie to it, whatever its proxy says', async () => {
  const lobby = await world.startLobby({ LOBBY_URL: 'https://play.example.com/lobby' });
  const answer = await fetch(`${lobby.url}/lobby?token=${await tokenFor('611')}`, { redirect: 'manual' });
  expect(answer.headers.getSetCookie()[0]).toMatch(/; Secure/);
  // Nor does the proxy have to say which host it was asked for.
  const leave = async (origin: string): Promise<number> =>
    (await fetch(`${lobby.url}/lobby/api/leave`, { method: 'POST', headers: { ...OWN, origin } })).status;
  expect(await leave('https://play.example.com')).toBe(200);
  expect(await leave('https://evil.example.com')).toBe(403);
  await lobby.stop();
});

const header = { alg: 'HS256', typ: 'JWT' };
const sign = (text: string, secret = SECRET, hash = 'sha256'): string =>
  `${text}.${createHmac(hash, secret).update(text).digest('base64url')}`;
const claims = (more: object = {}): object => ({ sub: '611', operator: OPERATOR, exp: now() + 600, ...more });

const BAD_TOKENS: Record<string, () => string | Promise<string>> = {
  'signed with another secret': () => sign(`${base64url(header)}.${base64url(claims())}`, `${SECRET}!`),
  'not signed: alg none': () => `${base64url({ alg: 'none' })}.${base64url(claims())}.`,
  'not signed, though it says HS256': () => `${base64url(header)}.${base64url(claims())}.`,
  'signed with another algorithm': () =>
    sign(`${base64url({ ...header, alg: 'HS512' })}.${base64url(claims())}`, SECRET, 'sha512'),
  expired: () => tokenFor('611', -5),
  'without an end': () => sign(`${base64url(header)}.${base64url({ sub: '611', operator: OPERATOR })}`),
  'valid for more than a day': () => tokenFor('611', 90_000),
  'without a player': () => sign(`${base64url(header)}.${base64url({ operator: OPERATOR, exp: now() + 600 })}`),
  'without an operator': () => sign(`${base64url(header)}.${base64url({ sub: '611', exp: now() + 600 })}`),
  'with a script as home_url': () =>
    sign(`${base64url(header)}.${base64url(claims({ home_url: 'javascript:alert(1)' }))}`),
  'not yet valid': () => sign(`${base64url(header)}.${base64url(claims({ nbf: now() + 300 }))}`),
  'changed after it was signed': async () => {
    const [head, , signature] = (await tokenFor('17')).split('.');
    return `${head}.${base64url(claims())}.${signature}`;
  },
  'no token at all': () => 'x',
};

test.each(Object.entries(BAD_TOKENS))('a token is refused: %s', async (_, make) => {
  const answer = await get(`?${new URLSearchParams({ token: await make() })}`);
  expect(answer.status).toBe(303);
  expect(answer.headers.get('location')).toBe('/lobby?notice=link');
  // Only that of whoever was here before is taken away.
  expect(answer.headers.getSetCookie()).toEqual([
    expect.stringMatching(/^croupier_lobby=; Path=\/lobby; Expires=Thu, 01 Jan 1970/),
  ]);
});

test('what the tests take for a good token is one', async () => {
  expect(await cookieFor(sign(`${base64url(header)}.${base64url(claims())}`))).not.toBe('');
});

test('a token is no cookie, a cookie no token, and a forged cookie nothing', async () => {
  const token = await tokenFor('611');
  const { cookie } = await asPlayer('611');
  const value = cookie.slice('croupier_lobby='.length);
  expect((await get('/api/balance', { cookie: `croupier_lobby=${token}` })).status).toBe(401);
  expect(await cookieFor(value)).toBe('');
  const forged = await new SignJWT({
    operator: OPERATOR,
    home: '',
    deposit: '',
    language: '',
    until: Date.now() + 600_000,
  })
    .setProtectedHeader({ alg: 'HS256' })
    .setSubject('611')
    .setExpirationTime(now() + 600)
    .sign(new TextEncoder().encode(SECRET));
  expect((await get('/api/balance', { cookie: `croupier_lobby=${forged}` })).status).toBe(401);
  expect((await get('/api/balance', { cookie })).status).toBe(200);
});

test('a player whom the wallet does not know has no session', async () => {
  const answer = await get('/api/session', await asPlayer('nobody'));
  expect(answer.status).toBe(401);
  expect(await answer.json()).toEqual({ error: 'expired', message: 'Your session has ended.' });
});

test('guests see the games, play for fun, and not for money', async () => {
  expect(await (await get('/api/session')).json()).toMatchObject({ who: 'guest', player: null });
  const list = await listed('');
  expect(list.games.length).toBeGreaterThan(20);
  expect(list.categories?.[0]).toEqual({ id: '', label: 'All games', kind: 'all', count: list.total });
  const key = `platform:game:${demoGame({ twin: false }).desktop.id}`;
  expect((await get('/api/balance')).status).toBe(401);
  expect(await problem(await post('launch', { key, mode: 'real' }, OWN))).toEqual([401, 'login']);
  const { url, openAs, gameOrigin } = await launched({ key, mode: 'fun' }, OWN);
  expect({ openAs, gameOrigin }).toEqual({ openAs: 'frame', gameOrigin: new URL(world.simulator.platformUrl).origin });
  expect(new URL(url).searchParams.get('home_url')).toBe(`${world.url}/home`);
  expect(new URL(url).searchParams.get('token')).toBeNull();
});

test('games are found by words and categories, and disabled ones are not there', async () => {
  const titles = ({ games }: GamesView): string[] => games.map(({ title }) => title);
  expect(titles(await listed('query=CLOCK%20garden'))).toEqual(['Clockwork Garden']);
  expect(titles(await listed('query=no-such-game'))).toEqual([]);
  expect(titles(await listed('query=%28.*'))).toEqual([]);
  const vendors = (await listed('category=type:lottery')).games.map(({ vendor }) => vendor);
  expect(new Set(vendors)).toEqual(new Set(['vivo']));
  expect(titles(await listed('category=lobbies'))).toContain('Live168 lobby');
  expect(await listed('category=nothing')).toMatchObject({ total: 0, games: [] });
  const known = [...world.simulator.platform.state.find(OPERATOR).games.values()];
  const disabled = known.find(({ enabled }) => enabled === 0);
  const answer = await post(
    'launch',
    { key: `platform:game:${disabled?.id}`, mode: 'real' },
    { ...OWN, ...(await asPlayer('17')) },
  );
  expect(await problem(answer)).toEqual([404, 'unknown_game']);
});

test('of a game that is listed for both devices, each device is shown its own', async () => {
  const twin = demoGame({ twin: true });
  const single = demoGame({ twin: false }).desktop;
  const keys = async (query: string, device: 'mobile' | ''): Promise<string[]> => {
    const { games } = await listed(`${new URLSearchParams({ query, device })}`);
    // StarGame has some of these titles as well.
    return games.filter(({ title }) => title === query).map(({ key }) => key);
  };
  const [desktop, mobile] = [`platform:game:${twin.desktop.id}`, `platform:game:${twin.mobile?.id}`];
  expect(await keys(twin.desktop.title, '')).toEqual([desktop]);
  expect(await keys(twin.desktop.title, 'mobile')).toEqual([mobile]);
  expect(await keys(single.title, 'mobile')).toEqual([`platform:game:${single.id}`]);
  const player = { ...OWN, ...(await asPlayer('17')) };
  expect((await launched({ key: mobile, mode: 'real', device: 'mobile' }, player)).openAs).toBe('redirect');
  expect((await launched({ key: desktop, mode: 'real', device: '' }, player)).openAs).toBe('frame');
});

test("StarGame's games are for players with a terminal in a seamless hall; guests try them with demo credits", async () => {
  const stargame = (headers: Record<string, string> = {}): Promise<GamesView> =>
    listed('category=vendor:StarGame', headers);
  expect((await stargame(await asPlayer('117'))).total).toBeGreaterThan(0);
  expect((await stargame(await asPlayer('611'))).total).toBe(0);

  const { games } = await stargame();
  const key = games[0]?.key ?? '';
  const sidOf = ({ url }: LaunchView): string | null => new URL(url).searchParams.get('sid');
  expect(sidOf(await launched({ key, mode: 'fun' }, OWN))).toBe('777');
  const real = await launched({ key, mode: 'real' }, { ...OWN, ...(await asPlayer('117')) });
  expect(sidOf(real)).toMatch(/^\d+$/);
  expect(sidOf(real)).not.toBe('777');
  expect(real.openAs).toBe('frame');

  const totalWith = async (halls: string): Promise<number> => {
    const lobby = await world.startLobby({ LOBBY_HALLS: halls });
    const headers = await asPlayer('611');
    const answer = await fetch(`${lobby.url}/lobby/api/games?category=vendor:StarGame`, { headers });
    await lobby.stop();
    return ((await answer.json()) as GamesView).total;
  };
  expect(await totalWith(`${OPERATOR}/EUR=1890`)).toBeGreaterThan(0);
  // A hall has one currency, which amounts come without: nobody else is put there.
  expect(await totalWith(`${OPERATOR}/RUB=1890`)).toBe(0);
});

/** As it is said: fetch would tidy the path up, and choose the host. */
function send(path: string, { method = 'GET', host }: { method?: string; host?: string } = {}) {
  const { hostname, port, host: own } = new URL(world.url);
  const headers = { ...OWN, 'content-type': 'application/json', host: host ?? own };
  return new Promise<{ status: number; body: string }>((resolve, reject) => {
    const request = httpRequest({ hostname, port, path, method, headers }, (response) => {
      let body = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        body += chunk;
      });
      response.on('end', () => resolve({ status: response.statusCode ?? 0, body }));
    });
    request.on('error', reject).end(method === 'POST' ? '{"userId":"17"}' : undefined);
  });
}

test('there is one way to spell each path, and none of them leads out', async () => {
  const paths = [
    '/LOBBY',
    '/lobby/HOME',
    '/lobby/home/',
    '/lobby//home',
    '/lobby/./home',
    '/lobby/../platform',
    '/%6cobby',
  ];
  const tricks = [
    '/lobby/assets/',
    '/lobby/assets/../lobby.html',
    '/lobby/assets/%2e%2e%2flobby.html',
    '/lobby/api',
    '/lobby%2fhome',
  ];
  for (const path of [...paths, ...tricks]) expect([path, (await send(path)).status]).toEqual([path, 404]);
  expect((await send('/lobby/assets/%zz')).status).toBe(400);
  expect(await send('/lobby/api/games', { method: 'HEAD' })).toEqual({ status: 200, body: '' });
  for (const method of ['PUT', 'DELETE', 'POST']) expect((await send('/lobby/api/games', { method })).status).toBe(404);
  expect((await send('/lobby', { host: 'a[b' })).status).toBe(200);
});

test('what changes something must come from the page itself', async () => {
  const { cookie } = await asPlayer('17');
  const body = { key: 'platform:game:200', mode: 'real' };
  const status = async (headers: Record<string, string>): Promise<number> =>
    (await post('launch', body, { cookie, ...headers })).status;
  const origin = new URL(world.url).origin;
  const own = { 'x-croupier-lobby': '1' };
  expect(await status({ 'sec-fetch-site': 'same-origin' })).toBe(403);
  expect(await status(own)).toBe(403);
  expect(await status({ ...own, 'sec-fetch-site': 'cross-site' })).toBe(403);
  // The simulator's own port is the same site, and another origin.
  expect(await status({ ...own, 'sec-fetch-site': 'same-site' })).toBe(403);
  expect(await status({ ...own, origin: 'https://evil.example' })).toBe(403);
  expect(await status({ ...own, origin: 'null' })).toBe(403);
  expect(await status({ ...own, 'sec-fetch-site': 'same-origin', origin: 'https://evil.example' })).toBe(403);
  expect(await status({ ...own, origin })).toBe(200);
  expect(await status({ ...own, 'sec-fetch-site': 'same-origin', origin })).toBe(200);
  for (const path of ['demo', 'leave']) expect((await post(path, { userId: '611' }, { cookie })).status).toBe(403);
});

test('bodies that are no launch are refused', async () => {
  const answers = await Promise.all(
    ['{', '[]', '{"key":1}', `{"key":"${'x'.repeat(5_000)}"}`, '{"key":"platform:game:200","mode":"free"}'].map(
      (body) => post('launch', body, OWN),
    ),
  );
  expect(answers.map(({ status }) => status)).toEqual([400, 404, 404, 413, 404]);
});

test('a player who asks too often waits, and others do not', async () => {
  const { cookie } = await asPlayer('398');
  const ask = async (): Promise<number> =>
    (await post('launch', { key: 'none', mode: 'real' }, { ...OWN, cookie })).status;
  const statuses: number[] = [];
  for (let count = 0; count < 15; count += 1) statuses.push(await ask());
  expect(statuses.slice(0, 10)).toEqual(Array.from({ length: 10 }, () => 404));
  expect(statuses).toContain(429);
  const refused = await post('launch', { key: 'none', mode: 'real' }, { ...OWN, cookie });
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
  expect(await problem(refused)).toEqual([429, 'too_fast']);
  expect((await post('launch', { key: 'none', mode: 'real' }, { ...OWN, ...(await asPlayer('117')) })).status).toBe(
    404,
  );
});

test('players are told why they can not play, and nothing of the inside', async () => {
  const player = { operatorId: OPERATOR, userId: 'jane' };
  await world.call(PlayerService.method.createPlayer, {
    ...player,
    userName: 'jane',
    country: 'Malta',
    currencyCode: 'EUR',
  });
  const { cookie } = await asPlayer('jane');
  const launch = (): Promise<unknown> => launched({ key: 'platform:game:200', mode: 'real' }, { ...OWN, cookie });
  expect(await launch()).toMatchObject({ openAs: 'frame' });
  await world.call(PlayerService.method.blockPlayer, player);
  expect(await launch()).toEqual({ error: 'blocked', message: 'Your account is blocked. Please contact support.' });
  await world.call(PlayerService.method.unblockPlayer, player);
  const stop = { scope: StopScope.OPERATOR, scopeId: OPERATOR };
  await world.call(StopService.method.addStop, { ...stop, note: 'a secret of ours' });
  await until('the stop is known', async () => {
    const { error, message } = (await launch()) as ProblemView;
    return error === 'stopped' && message === 'Play is paused at the moment. Please try again later.';
  });
  await world.call(StopService.method.removeStop, stop);
});

test('guests become one of the demo players, and nobody else', async () => {
  const answer = await post('demo', { userId: '17' }, OWN);
  const [set = ''] = answer.headers.getSetCookie();
  const cookie = /^[^;]+/.exec(set)?.[0] ?? '';
  expect(await (await get('/api/balance', { cookie })).json()).toEqual({ balance: '100.00', currency: 'EUR' });
  expect((await post('demo', { userId: 'jane' }, OWN)).status).toBe(403);
  expect((await send('/lobby/api/demo', { method: 'POST', host: 'rebound.example' })).status).toBe(403);
  const left = await post('leave', {}, { ...OWN, cookie });
  expect(left.headers.getSetCookie()[0]).toMatch(/^croupier_lobby=; Path=\/lobby; Expires=Thu, 01 Jan 1970/);

  const lobby = await world.startLobby({});
  const headers = { ...OWN, 'content-type': 'application/json' };
  const refused = await fetch(`${lobby.url}/lobby/api/demo`, { method: 'POST', headers, body: '{"userId":"17"}' });
  expect(refused.status).toBe(404);
  await lobby.stop();
});

test('where there is no lobby, nothing is there, and production has no demo', async () => {
  const adapter = await startAdapter({ env: { WALLET_URLS: world.wallet.address } });
  for (const path of ['/lobby', '/lobby/', '/lobby/api/session', '/lobby/assets/lobby.css', '/lobbyx']) {
    expect((await fetch(`${adapter.url}${path}`)).status).toBe(404);
  }
  await adapter.stop();
  const demo = { LOBBY_DEMO: '1', LOBBY_OPERATOR: OPERATOR, LOBBY_SECRET: SECRET, NODE_ENV: 'production' };
  await expect(startAdapter({ env: { WALLET_URLS: world.wallet.address, ...demo } })).rejects.toThrow('LOBBY_DEMO');
  const remote = { ...demo, NODE_ENV: 'development', ADAPTER_HOST: '0.0.0.0' };
  await expect(startAdapter({ env: remote })).rejects.toThrow('LOBBY_DEMO');
  await expect(startAdapter({ env: { LOBBY_SECRET: 'short' } })).rejects.toThrow('LOBBY_SECRET');
});

test('without a secret there are guests alone; without an operator nobody sees anything before logging in', async () => {
  const guests = await world.startLobby({ LOBBY_SECRET: '' });
  const entered = await fetch(`${guests.url}/lobby?token=${await tokenFor('611')}`, { redirect: 'manual' });
  expect(entered.headers.get('location')).toBe('/lobby?notice=link');
  expect(await (await fetch(`${guests.url}/lobby/api/session`)).json()).toMatchObject({
    who: 'guest',
    demoPlayers: [],
  });
  await guests.stop();
  const closed = await world.startLobby({ LOBBY_OPERATOR: '', LOBBY_LOGIN_URL: 'https://casino.example/login' });
  expect(await (await fetch(`${closed.url}/lobby/api/session`)).json()).toMatchObject({
    who: 'nobody',
    loginUrl: 'https://casino.example/login',
  });
  expect((await fetch(`${closed.url}/lobby/api/games`)).status).toBe(401);
  await closed.stop();
});

test('the page is strict about what it loads, and its files come compressed', async () => {
  const page = await get('');
  const policy = page.headers.get('content-security-policy') ?? '';
  const origin = new URL(world.simulator.platformUrl).origin;
  expect(policy).toContain("default-src 'none'");
  expect(policy).toContain("script-src 'self';");
  expect(policy).toContain(`frame-src 'self' https: ${origin} `);
  expect(policy).toContain("frame-ancestors 'none'");
  expect(policy).not.toContain('unsafe');
  expect(page.headers.get('referrer-policy')).toBe('no-referrer');
  expect(page.headers.get('cache-control')).toBe('no-store');
  expect((await get('/home')).headers.get('content-security-policy')).toContain("frame-ancestors 'self'");

  const sizes = await Promise.all(
    ['br', 'gzip', 'identity'].map((encoding) => sizeOf('/lobby/assets/lobby.css', encoding)),
  );
  expect(sizes.map(({ encoding }) => encoding)).toEqual(['br', 'gzip', undefined]);
  expect(sizes[0]?.bytes).toBeLessThan((sizes[2]?.bytes ?? 0) / 2);
  expect((await get('/assets/view.ts')).status).toBe(404);
  expect((await get('/assets/..%2flobby.ts')).status).toBe(404);
});

/** fetch decodes by itself, and hides what came. */
function sizeOf(path: string, accepted: string): Promise<{ encoding: string | undefined; bytes: number }> {
  return new Promise((resolve, reject) => {
    httpRequest(new URL(path, world.url), { headers: { 'accept-encoding': accepted } }, (response) => {
      let bytes = 0;
      response.on('data', (chunk: Buffer) => {
        bytes += chunk.length;
      });
      response.on('end', () => resolve({ encoding: response.headers['content-encoding'], bytes }));
    })
      .on('error', reject)
      .end();
  });
}

test('without the jobs there is a page, a player and a balance, and what needs them says so', async () => {
  const lobby = await world.startLobby({ JOBS_URL: '127.0.0.1:1' });
  const headers = await asPlayer('17');
  const ask = (path: string): Promise<Response> => fetch(`${lobby.url}/lobby${path}`, { headers });
  expect((await ask('')).status).toBe(200);
  expect((await ask('/api/balance')).status).toBe(200);
  const answer = await ask('/api/games');
  expect([answer.status, await answer.json()]).toEqual([
    503,
    { error: 'unavailable', message: 'This isn’t available right now. Please try again in a moment.' },
  ]);
  await lobby.stop();
});

test('no token and no cookie is in the log', async () => {
  const token = await tokenFor('611');
  const cookie = await cookieFor(token);
  const { url } = await launched({ key: 'platform:game:200', mode: 'real' }, { ...OWN, cookie });
  await get(`?token=${token}x`);
  await world.adapter.waitForLog(({ lobby, outcome }) => lobby === 'enter' && outcome === 'refused');
  const lines = JSON.stringify(world.adapter.logs()) + world.adapter.output();
  const secrets = [
    token,
    cookie,
    cookie.slice('croupier_lobby='.length),
    SECRET,
    new URL(url).searchParams.get('token') ?? '',
  ];
  for (const secret of secrets) expect(secret !== '' && lines.includes(secret)).toBe(false);
  expect(lines).toContain('"outcome":"ok"');
});
