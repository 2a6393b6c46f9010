import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import express from 'express';
import { Redis } from 'ioredis';
import { pino } from 'pino';
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest';
import { addCallbackRoute } from '../../src/adapter/stargame/callback.ts';
import { createCallbackInbox, createCallbacks, type PendingCall } from '../../src/adapter/stargame/remote/callbacks.ts';
import { apiCreateHall } from '../../src/adapter/stargame/remote/operations/api-create-hall.ts';
import { apiGetBalance } from '../../src/adapter/stargame/remote/operations/api-get-balance.ts';
import { remotecabSession } from '../../src/adapter/stargame/remote/operations/remotecab-session.ts';
import { track } from '../harness/leaks.ts';
import { createTestRedis, type TestRedis } from '../harness/redis.ts';
import { createClient } from './client.ts';
import { answering, BALANCE, type Counterparty, packet, startCounterparty } from './counterparty.ts';

const HALL = { type: 'hall', secret: 'secret' } as const;
const WHO = { user_id: '345', hall_id: '125' };

let redis: TestRedis;
let connection: Redis;
let adapter: Adapter;
let stargame: Counterparty;
let secretFor: (pending: PendingCall) => Promise<string | null>;

type Adapter = AsyncDisposable & { url: string; lines: string[] };

async function startAdapter(): Promise<Adapter> {
  const app = express();
  const lines: string[] = [];
  addCallbackRoute(app, {
    inbox: createCallbackInbox(connection),
    secretFor: (pending) => secretFor(pending),
    maxBytes: 10_000,
    isDraining: () => false,
    log: pino({}, { write: (line: string) => lines.push(line) }),
  });
  const server = createServer(app);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const close = async (): Promise<void> => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  };
  const untrack = track('callback server', close);
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    lines,
    [Symbol.asyncDispose]: async () => {
      untrack();
      await close();
    },
  };
}

beforeAll(async () => {
  redis = await createTestRedis();
  connection = new Redis(redis.url);
});

afterAll(async () => {
  connection.disconnect();
  await redis[Symbol.asyncDispose]();
});

beforeEach(async () => {
  secretFor = async () => 'secret';
  adapter = await startAdapter();
  stargame = await startCounterparty(answering(''));
});

afterEach(async () => {
  await adapter[Symbol.asyncDispose]();
  await stargame[Symbol.asyncDispose]();
});

const client = (env: Record<string, string> = {}) =>
  createClient(stargame.url, env, { callbacks: createCallbacks({ redis: connection, callbackUrl: adapter.url }) });

const call = (options: { timeoutMs?: number; signal?: AbortSignal } = {}) =>
  client().remote.callAsync(apiGetBalance, WHO, HALL, options);

/** Where the answer to the request that came last is to go. */
const responseUrl = async (): Promise<string> => {
  await expect.poll(() => stargame.came.length).toBeGreaterThan(0);
  const url = /<response_url>(.*)<\/response_url>/.exec(stargame.came.at(-1)?.xml ?? '')?.[1];
  if (url === undefined) throw new Error('no response_url');
  return url;
};

const post = async (url: string, body: string): Promise<number> =>
  (await fetch(url, { method: 'POST', body, headers: { 'content-type': 'application/x-www-form-urlencoded' } })).status;

test('the answer comes to the callback, once', async () => {
  const answer = call();
  const url = await responseUrl();
  expect(stargame.came[0]?.xml).toContain('<show_packet>0</show_packet>');
  expect(url).toMatch(/\/stargame\/callback\/[A-Za-z0-9_-]{22}$/);
  expect(await post(url, packet(BALANCE))).toBe(200);
  expect(await post(url, packet(BALANCE))).toBe(404);
  expect(await answer).toMatchObject({ status: 'success', answer: { balance: 2_924_316n } });
  expect(await post(url, packet(BALANCE))).toBe(404);
});

test('of many at once, one is taken', async () => {
  const answer = call();
  const url = await responseUrl();
  const statuses = await Promise.all(Array.from({ length: 20 }, () => post(url, packet(BALANCE))));
  expect(statuses.filter((status) => status === 200)).toHaveLength(1);
  expect(statuses.filter((status) => status === 404)).toHaveLength(19);
  expect(await answer).toMatchObject({ status: 'success' });
});

test('what nobody asked for is not found', async () => {
  for (const token of ['AAAAAAAAAAAAAAAAAAAAAA', 'short', 'A'.repeat(2_000), '%2e%2e', 'AAAAAAAAAAAAAAAAAAAAA*']) {
    expect(await post(`${adapter.url}/stargame/callback/${token}`, packet(BALANCE))).toBe(404);
  }
});

test('what is no signed answer to the request is refused, and the request still waits', async () => {
  const answer = call();
  const url = await responseUrl();
  expect(await post(url, 'garbage')).toBe(400);
  expect(await post(url, '')).toBe(400);
  expect(await post(url, BALANCE)).toBe(400);
  expect(await post(url, packet(BALANCE, 'another secret'))).toBe(400);
  expect(await post(url, packet(BALANCE.replace('<user_id>345<', '<user_id>346<')))).toBe(400);
  expect(await post(url, packet('<!DOCTYPE a><request/>'))).toBe(400);
  expect(await post(url, 'x'.repeat(20_000))).toBe(413);
  secretFor = async () => null;
  expect(await post(url, packet(BALANCE))).toBe(503);
  secretFor = async () => 'secret';
  expect(await post(url, packet(BALANCE))).toBe(200);
  expect(await answer).toMatchObject({ status: 'success' });
});

test('one line each, without token and secrets', async () => {
  const answer = call();
  const url = await responseUrl();
  await post(url, 'garbage');
  await post(url, packet(BALANCE));
  await answer;
  expect(adapter.lines.map((line) => (JSON.parse(line) as { outcome: string }).outcome)).toEqual(['400', 'delivered']);
  const text = adapter.lines.join('');
  expect(text).not.toContain(url.split('/').at(-1));
  expect(text).not.toContain('"secret"');
});

test('Redis has no secret, no token and no answer in the clear', async () => {
  const signer = { type: 'user', password: '31003sdfds' } as const;
  const request = { user_id: '125', user_password: '31003sdfds', operation: 'set' } as const;
  secretFor = async ({ user_id, hall_id }) => (user_id === '125' && hall_id === '25' ? '31003sdfds' : null);
  const xml =
    '<request><status>success</status><time>1</time><uid>125</uid><password>31003sdfds</password><sessionid>1</sessionid><key1>2</key1><key2>3</key2></request>';
  const pause = Promise.withResolvers<void>();
  const seen: string[] = [];
  const look = async (): Promise<void> => {
    for (const key of await connection.keys('*callback*')) {
      seen.push(key, (await connection.getBuffer(key))?.toString('latin1') ?? '');
    }
  };
  stargame.reply((_, response) => void pause.promise.then(() => response.end()));
  const answer = client().remote.callAsync(remotecabSession, request, signer, { hallId: '25' });
  const url = await responseUrl();
  await look();
  // The asker still waits for the exchange to end: the answer stays in Redis meanwhile.
  expect(await post(url, packet(xml, '31003sdfds'))).toBe(200);
  await look();
  pause.resolve();
  expect(await answer).toMatchObject({ status: 'success', answer: { sessionid: '1' } });
  expect(seen).toHaveLength(4);
  expect(seen.join()).toContain('remotecab_session');
  expect(seen.every((text) => !text.includes('31003sdfds') && !text.includes(url.split('/').at(-1) ?? ''))).toBe(true);
  expect(seen.filter((text) => text.includes('callback')).every((key) => key.startsWith('{croupier}:callback:'))).toBe(
    true,
  );
  expect(await connection.keys('*callback*')).toEqual([]);
});

test('an answer that does not come is unknown, and is not taken afterwards', async () => {
  const answer = call({ timeoutMs: 50 });
  const url = await responseUrl();
  await expect(answer).rejects.toMatchObject({ name: 'RemoteError', kind: 'unknown' });
  expect(await post(url, packet(BALANCE))).toBe(404);
});

test('a caller may give up', async () => {
  const controller = new AbortController();
  const answer = call({ signal: controller.signal });
  await responseUrl();
  controller.abort();
  await expect(answer).rejects.toMatchObject({ kind: 'unknown' });
});

test("a new hall's number is none that the request had", async () => {
  const agent = { type: 'agent', password: 'geheim' } as const;
  const request = { hall_name: 'MyNewHall', hall_secret: 'fgghhjjuku', agent_id: '12345678' };
  secretFor = async ({ agent_id }) => (agent_id === '12345678' ? 'geheim' : null);
  const xml = '<request><status>success</status><time>1</time><hall_id>114</hall_id><currency>643</currency></request>';
  const reg_sign = Buffer.from('geheim').toString('base64');
  for (const hallId of ['', '125']) {
    const before = stargame.came.length;
    const answer = client().remote.callAsync(apiCreateHall, request, agent, { hallId });
    await expect.poll(() => stargame.came.length).toBeGreaterThan(before);
    const body = new URLSearchParams({ reg_xml: Buffer.from(xml).toString('base64'), reg_sign }).toString();
    expect(await post(await responseUrl(), body)).toBe(200);
    expect(await answer).toMatchObject({ status: 'success', answer: { hall_id: '114' } });
  }
});

const failure = '<request><status>failure</status><code>hall_not_exist</code></request>';
const base64 = Buffer.from(failure).toString('base64');
test.each([
  ['a form', packet(failure)],
  ['JSON', JSON.stringify({ reg_xml: base64 })],
  ['bare base64', base64],
  ['bare XML', failure],
])('a failure may come at once, as %s', async (_, body) => {
  stargame.reply(answering(body));
  expect(await call()).toMatchObject({ status: 'failure', code: 'hall_not_exist' });
});

test('without a callback, and without Redis, nothing is sent', async () => {
  const without = createClient(stargame.url).remote.callAsync(apiGetBalance, WHO, HALL);
  await expect(without).rejects.toMatchObject({ kind: 'not_sent' });
  const away = new Redis('redis://127.0.0.1:1', {
    lazyConnect: true,
    enableOfflineQueue: false,
    retryStrategy: () => null,
  });
  away.on('error', () => {});
  const callbacks = createCallbacks({ redis: away, callbackUrl: adapter.url });
  const { remote } = createClient(stargame.url, {}, { callbacks });
  await expect(remote.callAsync(apiGetBalance, WHO, HALL)).rejects.toMatchObject({ kind: 'not_sent' });
  away.disconnect();
  expect(stargame.came).toEqual([]);
});
