import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { get } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { hashPassword } from '../../src/common/password-hash.ts';
import { AuditService } from '../../src/gen/wallet/v1/audit_pb.ts';
import { StopService } from '../../src/gen/wallet/v1/stops_pb.ts';
import { createCertificate } from '../conformance/platform/certificate.ts';
import { startJobs } from '../harness/processes.ts';
import { until } from '../jobs/until.ts';
import { Client } from './client.ts';
import { createWorld, type World } from './world.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

const loggedIn = async (): Promise<Client> => {
  const client = new Client(world.url);
  expect((await client.logIn('ops', 'croupier')).status).toBe(303);
  return client;
};

/** What a jobs process beside the world's own needs. */
const shared = () => ({
  DATABASE_URL: world.databaseUrl,
  WALLET_URLS: world.wallet.address,
  REDIS_URL: world.redis.url,
});

const STOP = { scope: 'vendor', scopeId: 'nobody', note: 'a test' };
const stops = async () => (await world.call(StopService.method.listStops, {})).stops.map(({ scopeId }) => scopeId);

test.each(['/', '/queues', '/queues/queue/void', '/queues/static/js/main.js', '/QUEUES/api/queues', '/nothing'])(
  'without a session %s leads to the login',
  async (path) => {
    const answer = await new Client(world.url).get(path, { accept: 'text/html' });
    expect(answer.status).toBe(303);
    expect(answer.headers.get('location')).toBe('/login');
  },
);

test.each(['/api/overview', '/queues/api/queues'])('without a session %s gives nothing', async (path) => {
  const answer = await new Client(world.url).get(path);
  expect(answer.status).toBe(401);
  expect(Object.keys(JSON.parse(await answer.text()) as object)).toEqual(['error', 'message']);
});

test.each(['/metrics', '/metrics.json', '/healthz', '/readyz'])(
  '%s needs no login: it is the inner port',
  async (path) => {
    expect((await new Client(world.url).get(path)).status).toBe(200);
  },
);

test('every answer carries what keeps browsers in line', async () => {
  for (const path of ['/', '/login', '/assets/page.ts', '/api/overview', '/queues']) {
    const { headers } = await new Client(world.url).get(path);
    expect(headers.get('content-security-policy'), path).toContain("default-src 'self'");
    expect(headers.get('content-security-policy'), path).toContain("frame-ancestors 'none'");
    expect(headers.get('content-security-policy'), path).not.toContain('script-src');
    expect(headers.get('x-content-type-options'), path).toBe('nosniff');
    expect(headers.get('referrer-policy'), path).toBe('no-referrer');
    expect(headers.get('cache-control'), path).toMatch(/no-store|no-cache/);
    expect(headers.get('x-powered-by'), path).toBeNull();
  }
  expect((await new Client(world.url).get('/')).headers.get('content-security-policy')).not.toContain('unsafe');
});

test('a name that nobody has and a wrong password get the same answer; after five the door is shut for a while', async () => {
  const client = new Client(world.url);
  const texts = new Set<string>();
  for (const name of ['ops', 'abc']) {
    const answer = await client.logIn(name, 'wrong');
    expect(answer.status).toBe(401);
    texts.add((await answer.text()).replace(`value="${name}"`, ''));
  }
  expect(texts.size).toBe(1);
  for (let attempt = 0; attempt < 4; attempt += 1) expect((await client.logIn('xyz', 'wrong')).status).toBe(401);
  expect((await client.logIn('xyz', 'wrong')).status).toBe(401);
  const shut = await client.logIn('xyz', 'wrong');
  expect(shut.status).toBe(429);
  expect(Number(shut.headers.get('retry-after'))).toBeGreaterThan(0);
  await until('the trail shows it', async () => {
    const { entries } = await world.call(AuditService.method.listAudit, {});
    return entries.some(({ action, actor }) => action === 'login.failed' && actor === 'xyz');
  });
  await loggedIn();
});

test('the session cookie is for this site alone and no script sees it; a login changes it', async () => {
  const client = new Client(world.url);
  const first = (await client.logIn('ops', 'croupier')).headers
    .getSetCookie()
    .find((cookie) => cookie.startsWith('croupier_'));
  expect(first).toContain('HttpOnly');
  expect(first).toContain('SameSite=Strict');
  const before = client.cookie('croupier_session');
  client.forgetCookie('croupier_session');
  await client.logIn('ops', 'croupier');
  expect(client.cookie('croupier_session')).not.toBe(before);
});

test('what changes something needs the token of the session, and must come from here', async () => {
  const client = await loggedIn();
  const other = await loggedIn();
  const token = client.cookie('XSRF-TOKEN');
  const here = { origin: world.url };
  const cases: [string, Record<string, string>][] = [
    ['no token', here],
    ['a wrong token', { ...here, 'x-xsrf-token': `${token}x` }],
    ["another session's token", { ...here, 'x-xsrf-token': other.cookie('XSRF-TOKEN') }],
    ['neither origin nor token', {}],
    ['another origin', { origin: 'http://evil.example', 'x-xsrf-token': token }],
    ['another site', { ...here, 'sec-fetch-site': 'same-site', 'x-xsrf-token': token }],
  ];
  for (const [what, headers] of cases) {
    expect((await client.send('POST', '/api/stops', STOP, headers)).status, what).toBe(403);
    expect((await client.send('PUT', '/queues/api/queues/void/pause', {}, headers)).status, what).toBe(403);
    expect((await client.send('POST', '/logout', {}, headers)).status, what).toBe(403);
  }
  expect(await stops()).toEqual([]);
  expect((await client.get('/api/overview')).status).toBe(200);

  const answer = await client.send('POST', '/api/stops', STOP, { ...here, 'x-xsrf-token': token });
  expect(answer.status).toBe(200);
  expect(await stops()).toEqual(['nobody']);
  expect((await client.change('POST', '/api/stops/lift', STOP)).status).toBe(200);
  expect(await stops()).toEqual([]);
  // A script is no browser: it sends no origin, and nobody's cookies are abused.
  expect((await client.send('POST', '/api/stops/lift', STOP, { 'x-xsrf-token': token })).status).toBe(200);
});

test('a form without an origin is taken for its token alone, as from a browser over plain HTTP; from elsewhere it is not', async () => {
  const client = new Client(world.url);
  expect((await client.logIn('ops', 'croupier', 'http://evil.example')).status).toBe(403);
  expect((await client.logIn('ops', 'croupier', 'null')).status).toBe(303);
  const token = client.cookie('XSRF-TOKEN');
  const fromNowhere = { origin: 'null', 'x-xsrf-token': token };
  expect((await client.send('POST', '/api/stops', STOP, fromNowhere)).status).toBe(403);
  expect((await client.send('POST', '/logout', {}, { origin: 'null' })).status).toBe(403);
  expect((await client.send('POST', '/logout', {}, fromNowhere)).status).toBe(303);
  expect((await client.get('/api/overview')).status).toBe(401);
});

test('a mistaken stop is told by its field', async () => {
  const client = await loggedIn();
  for (const [body, field] of [
    [{ scope: 'planet', note: 'x' }, 'scope'],
    [{ scope: 'all', note: ' ' }, 'note'],
    [{ scope: 'game', scopeId: '200', note: 'x' }, 'scope_id'],
  ] as const) {
    const answer = await client.change('POST', '/api/stops', body);
    expect(answer.status).toBe(400);
    expect(((await answer.json()) as { message: string }).message).toContain(field);
  }
});

test.each([
  ['POST', '/queues/api/queues/credit/add'],
  ['PATCH', '/queues/api/queues/credit/j1/update-data'],
  ['PUT', '/queues/api/queues/credit/obliterate'],
  ['PUT', '/queues/API/queues/credit/ADD'],
])('nobody makes or changes a job by hand: %s %s', async (method, path) => {
  const client = await loggedIn();
  expect((await client.change(method, path, { name: 'credit', data: {}, options: {} })).status).toBe(403);
});

test('what was pressed on the queues is in the trail before it is done, and not done where it can not be', async () => {
  const client = await loggedIn();
  expect((await client.change('PUT', '/queues/api/queues/sweep/pause', {})).status).toBe(200);
  const { entries } = await world.call(AuditService.method.listAudit, {});
  const recorded = { actor: 'ops', action: 'queue.pause', target: 'sweep' };
  expect(entries).toContainEqual(expect.objectContaining(recorded));
  const isPaused = async () => {
    const { queues } = (await (await client.get('/queues/api/queues')).json()) as {
      queues: { name: string; isPaused: boolean }[];
    };
    return queues.find(({ name }) => name === 'sweep')?.isPaused;
  };
  expect(await isPaused()).toBe(true);

  await world.wallet.kill('SIGSTOP');
  const answer = await client.change('PUT', '/queues/api/queues/sweep/resume', {});
  expect(answer.status).toBe(503);
  expect(await answer.text()).toContain('nothing was changed');
  expect(await isPaused()).toBe(true);
  // Logging in goes on: that is when people need to.
  await loggedIn();
  await world.wallet.kill('SIGCONT');
  await until('the wallet is back', async () => {
    return (await client.change('PUT', '/queues/api/queues/sweep/resume', {})).status === 200;
  });
  expect(await isPaused()).toBe(false);
});

test('users of their own take the place of the demo login, and without any nobody gets in', async () => {
  const env = {
    ...shared(),
    OPS_TARGETS: `wallet=${world.wallet.opsUrl}`,
  };
  const hash = await hashPassword('a long enough password');
  const JOBS_SERVICES = 'cli:read:a-token-of-this-test';
  {
    await using jobs = await startJobs({ env: { ...env, CROUPIER_DEMO: '1', OPS_USERS: `jane:${hash}` } });
    const client = new Client(jobs.url);
    expect((await client.logIn('ops', 'croupier')).status).toBe(401);
    expect((await client.logIn('jane', 'a long enough password')).status).toBe(303);
    expect(JSON.stringify(jobs.logs())).not.toContain(hash.slice(-20));
  }
  for (const without of [{ CROUPIER_DEMO: '0' }, { CROUPIER_DEMO: '1', NODE_ENV: 'production', JOBS_SERVICES }]) {
    await using jobs = await startJobs({ env: { ...env, ...without } });
    const client = new Client(jobs.url);
    expect(await (await client.get('/login')).text()).toContain('Nobody can log in');
    expect((await client.logIn('ops', 'croupier')).status).toBe(401);
  }
});

test('behind a proxy that ends HTTPS the cookies are for HTTPS alone; nobody else may say so', async () => {
  const env = { ...shared(), CROUPIER_DEMO: '1' };
  await using jobs = await startJobs({ env: { ...env, TRUSTED_PROXIES: '127.0.0.1' } });
  const proxied = { 'x-forwarded-proto': 'https' };
  const cookieOf = async (url: string) => (await new Client(url).get('/login', proxied)).headers.getSetCookie().join();
  expect(await cookieOf(jobs.url)).toContain('Secure');
  expect(await cookieOf(world.url)).not.toContain('Secure');
});

test('with a certificate of its own the port is HTTPS, and the cookies are for that alone', async () => {
  const dir = await mkdtemp(join(tmpdir(), 'croupier-tls-'));
  const { certificate, key } = createCertificate();
  const [OPS_TLS_CERT, OPS_TLS_KEY] = [join(dir, 'ops.crt'), join(dir, 'ops.key')];
  await Promise.all([writeFile(OPS_TLS_CERT, certificate), writeFile(OPS_TLS_KEY, key)]);
  const env = { ...shared(), CROUPIER_DEMO: '1' };
  await using jobs = await startJobs({ env: { ...env, OPS_TLS_CERT, OPS_TLS_KEY } });
  const { statusCode, headers } = await new Promise<IncomingMessage>((resolve, reject) => {
    get({ port: jobs.port, host: '127.0.0.1', path: '/login', ca: certificate, agent: false }, resolve).once(
      'error',
      reject,
    );
  }).then((answer) => answer.resume());
  expect(statusCode).toBe(200);
  expect(headers['set-cookie']?.join()).toContain('Secure');
  expect(headers['strict-transport-security']).toBeDefined();
  await rm(dir, { recursive: true });
});
