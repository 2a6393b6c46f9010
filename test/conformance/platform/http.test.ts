import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callUnary } from '../../../src/common/grpc.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { createPlatformClient, type PlatformClient, requestBody, sha1 } from '../../harness/platform.ts';
import { startAdapter, type TestProcess } from '../../harness/processes.ts';
import { balance, bet, money, PLAYER, TOKEN } from './case.ts';
import { createCertificate } from './certificate.ts';
import { CALL, type Chain, SECRET, startChain } from './chain.ts';
import { createState, type State } from './state.ts';

/** Nothing here takes that long; a slow machine must not fail a test. */
const PATIENCE = { timeout: 20_000 };

const OPERATOR = 'http';
const TIME = '2020-12-01 13:44:54';

let chain: Chain;
let platform: PlatformClient;
let state: State;

beforeAll(async () => {
  chain = await startChain({ ADAPTER_REQUEST_TIMEOUT_MS: '1000', OPERATORS_REFRESH_MS: '200' });
  platform = await chain.addOperator(OPERATOR);
  state = createState(chain.grpc, OPERATOR, 1);
  for (const given of PLAYER) await state.apply(given);
});

afterAll(() => chain.stop());

const withToken = (data: string): string => data.replace(TOKEN, state.tokenFor(TOKEN));

/** All that comes back on a connection until the adapter closes it. */
function untilClosed(adapter: TestProcess, sent: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(adapter.port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
    socket.write(sent);
  });
}

function rawRequest(command: string, body: string, headers = ''): string {
  return (
    `POST /platform/${command} HTTP/1.1\r\nHost: x\r\nX-Operator-Id: ${OPERATOR}\r\n` +
    `X-Authorization: ${sha1(command + SECRET)}\r\n${headers}Content-Length: ${body.length}\r\n\r\n${body}`
  );
}

describe('what is reachable', () => {
  it('ping, without headers', async () => {
    const answer = await platform.get('/platform/ping');
    expect({ status: answer.status, text: answer.text }).toEqual({ status: 200, text: 'PONG' });
  });

  it.each([
    '/',
    '/platform',
    '/platform/',
    '/platform/balance',
    '/platform/ping/',
    '/Platform/ping',
    '/metrics',
    '/platform/%zz',
    '/readyz',
  ])('nothing at GET %s', async (path) => expect((await platform.get(path)).status).toBe(404));

  it.each(['/', '/platform', '/platform/balance/', '/platform/balance/x', '/stargame', '/platform/%zz'])(
    'nothing at POST %s',
    async (path) => expect((await platform.post(path, '{}')).status).toBe(404),
  );
});

describe('connections', () => {
  it('end with a body that is too large', async () => {
    const sent = rawRequest('balance', 'x'.repeat(64 * 1024 + 1)) + rawRequest('balance', '{}');
    const received = await untilClosed(chain.adapter, sent);
    expect(received).toMatch(/^HTTP\/1\.1 413 .*\r\nConnection: close\r\n/s);
    expect(received.match(/HTTP\/1\.1 /g)).toHaveLength(1);
  });

  it('carry one request after another, and several at once', async () => {
    const body = requestBody('balance', TIME, sha1(`balance${TIME}${SECRET}`), withToken(balance()));
    const sent = rawRequest('balance', body).repeat(3) + rawRequest('balance', body, 'Connection: close\r\n');
    const received = await untilClosed(chain.adapter, sent);
    expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(4);
    expect(received.match(/"balance":100\.00/g)).toHaveLength(4);
  });

  it('end when a request takes too long to arrive', async () => {
    const whole = rawRequest('balance', 'x'.repeat(100));
    expect(await untilClosed(chain.adapter, whole.slice(0, -10))).toMatch(/^HTTP\/1\.1 408 /);
    expect(await untilClosed(chain.adapter, whole.slice(0, 40))).toMatch(/^HTTP\/1\.1 408 /);
  });

  it('end with a flood of headers', async () => {
    const flood = Array.from({ length: 500 }, (_, index) => `X-Flood-${index}: ${'x'.repeat(40)}\r\n`).join('');
    expect(await untilClosed(chain.adapter, rawRequest('balance', '{}', flood))).toMatch(/^HTTP\/1\.1 431 /);
  });

  it('that break off in a body leave nothing behind', async () => {
    const socket = connect(chain.adapter.port, '127.0.0.1');
    await new Promise<void>((resolve) =>
      socket.write(rawRequest('changebalance', bet()).slice(0, -10), () => resolve()),
    );
    socket.destroy();
    expect(await state.countRows('611')).toBe(0);
    expect((await platform.get('/platform/ping')).text).toBe('PONG');
  });
});

describe('the allowlist', () => {
  const send = (client: PlatformClient, forwarded: string | null) =>
    client.send('authenticate', '{"token":""}', { headers: { 'x-forwarded-for': forwarded } });

  it('is held against the address of the connection; X-Forwarded-For is believed from nobody', async () => {
    const local = await chain.addOperator('local', ['127.0.0.0/8']);
    expect((await send(local, null)).status).toBe(200);
    expect((await send(local, '203.0.113.9')).status).toBe(200);
    const remote = await chain.addOperator('remote', ['198.51.100.7']);
    expect((await send(remote, null)).status).toBe(403);
    expect((await send(remote, '198.51.100.7')).status).toBe(403);
  });

  it('is held against what a trusted proxy says, but no further back than it knows', async () => {
    await using adapter = await startAdapter({
      env: { WALLET_URLS: chain.wallet.address, TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8' },
    });
    await chain.addOperator('proxied', ['198.51.100.7', '2001:db8::/32']);
    const client = createPlatformClient({ url: adapter.url, operatorId: 'proxied', secret: SECRET });
    expect((await send(client, '198.51.100.7')).status).toBe(200);
    expect((await send(client, '198.51.100.7, 10.1.1.1')).status).toBe(200);
    expect((await send(client, '2001:db8::5')).status).toBe(200);
    expect((await send(client, '203.0.113.9, 198.51.100.7')).status).toBe(200);
    expect((await send(client, '::ffff:198.51.100.7')).status).toBe(200);
    // The first is what the caller claims; the proxy saw the second.
    expect((await send(client, '198.51.100.7, 203.0.113.9')).status).toBe(403);
    expect((await send(client, '198.51.100.7, unknown')).status).toBe(403);
    expect((await send(client, '')).status).toBe(403);
    expect((await send(client, null)).status).toBe(403);
    client.close();
  });
});

describe('operators', () => {
  it('each have their own secret, and changes arrive by themselves', async () => {
    const other = await chain.addOperator('other');
    const wrong = createPlatformClient({ url: chain.adapter.url, operatorId: 'other', secret: 'new_secret' });
    const send = (client: PlatformClient) => client.send('authenticate', '{"token":""}');
    expect((await send(other)).isSigned).toBe(true);
    expect((await send(wrong)).status).toBe(403);
    const update = { operatorId: 'other', secret: 'new_secret' };
    await callUnary(chain.grpc, OperatorService.method.updateOperator, update, CALL);
    await expect.poll(async () => (await send(wrong)).isSigned, PATIENCE).toBe(true);
    expect((await send(other)).status).toBe(403);
    wrong.close();
  });
});

describe('another operator', () => {
  it('knows neither the players nor the tokens of the first', async () => {
    const stranger = await chain.addOperator('stranger');
    const code = async (command: string, data: string) =>
      (await stranger.send(command, withToken(data))).response?.data.error_code;
    expect(await code('authenticate', `{"token":"${TOKEN}"}`)).toBe('OP_21');
    expect(await code('balance', balance())).toBe('OP_34');
    expect(await code('changebalance', bet())).toBe('OP_34');
  });
});

describe('HTTPS', () => {
  it('with an own certificate', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'croupier-'));
    const { certificate, key } = createCertificate();
    await writeFile(join(dir, 'cert.pem'), certificate);
    await writeFile(join(dir, 'key.pem'), key);
    await using adapter = await startAdapter({
      env: {
        WALLET_URLS: chain.wallet.address,
        ADAPTER_TLS_CERT: join(dir, 'cert.pem'),
        ADAPTER_TLS_KEY: join(dir, 'key.pem'),
      },
    });
    const status = await new Promise((resolve, reject) => {
      const options = { port: adapter.port, host: '127.0.0.1', path: '/platform/ping', ca: certificate, agent: false };
      request(options, (answer) => {
        answer.resume();
        resolve(answer.statusCode);
      })
        .on('error', reject)
        .end();
    });
    expect(status).toBe(200);
    await rm(dir, { recursive: true });
  });
});

describe('ops', () => {
  it('counts requests by command and outcome, and says when it is ready', async () => {
    await platform.send('balance', withToken(balance()));
    await platform.send('balance', withToken(balance({ user_id: '"nobody"' })));
    const metrics = await (await fetch(`${chain.adapter.opsUrl}/metrics`)).text();
    expect(metrics).toMatch(
      /croupier_adapter_requests_total\{provider="platform",command="balance",outcome="OK"\} [1-9]/,
    );
    expect(metrics).toMatch(
      /croupier_adapter_requests_total\{provider="platform",command="balance",outcome="OP_34"\} [1-9]/,
    );
    expect(metrics).toMatch(
      /croupier_adapter_request_duration_seconds_bucket\{le="0\.05",provider="platform",command="balance"\} /,
    );
    expect(metrics).toMatch(/croupier_adapter_wallet_connects_total\{wallet="127\.0\.0\.1:\d+"\} 1/);
    expect((await fetch(`${chain.adapter.opsUrl}/readyz`)).status).toBe(200);
  });

  it('logs one line an outcome, without secrets', async () => {
    await platform.send('changebalance', withToken(bet({ amount: '0' })), { headers: { 'x-req-id': 'req-77' } });
    const line = await chain.adapter.waitForLog(({ requestId }) => requestId === 'req-77');
    expect(line).toMatchObject({
      operator: OPERATOR,
      player: '611',
      provider: 'platform',
      command: 'changebalance',
      transaction: '3568',
      round: '1727',
      outcome: 'OK',
      durationMs: expect.any(Number),
    });
    const logs = JSON.stringify([chain.adapter.logs(), chain.wallet.logs()]);
    expect(logs).not.toContain(SECRET);
    expect(logs).not.toContain(state.tokenFor(TOKEN));
    expect(logs).not.toContain(sha1(`changebalance${SECRET}`));
  });
});

describe('a stop of the process', () => {
  it('answers what is in progress first, and takes nothing new', async () => {
    const adapter = await startAdapter({ env: { WALLET_URLS: chain.wallet.address, PLATFORM_DEADLINE_MS: '20000' } });
    const client = createPlatformClient({ url: adapter.url, operatorId: OPERATOR, secret: SECRET });
    expect((await client.send('balance', withToken(balance()))).response?.status).toBe('OK');
    await chain.wallet.kill('SIGSTOP');
    const answer = client.send('balance', withToken(balance()));
    await expect
      .poll(async () => (await fetch(`${adapter.opsUrl}/metrics`)).text(), PATIENCE)
      .toContain('croupier_adapter_operations_in_flight 1');
    const stopped = adapter.stop();
    await expect.poll(async () => (await fetch(`${adapter.opsUrl}/readyz`)).status, PATIENCE).toBe(503);
    await expect(client.get('/platform/ping')).rejects.toThrow();
    await chain.wallet.kill('SIGCONT');
    const { text, headers } = await answer;
    expect(text).toContain(money('100.00'));
    expect(headers.connection).toBe('close');
    await stopped;
    client.close();
  });

  it('does not wait for a request that never arrives whole', async () => {
    const adapter = await startAdapter({ env: { WALLET_URLS: chain.wallet.address, PLATFORM_DEADLINE_MS: '100' } });
    const received = untilClosed(adapter, rawRequest('balance', 'x'.repeat(100)).slice(0, -10));
    await adapter.stop();
    expect(await received).toBe('');
  });
});
