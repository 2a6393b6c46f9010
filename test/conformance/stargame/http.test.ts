import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:https';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { callUnary } from '../../../src/common/grpc.ts';
import { HallMode, HallService } from '../../../src/gen/wallet/v1/halls_pb.ts';
import { startAdapter } from '../../harness/processes.ts';
import { createCertificate } from '../platform/certificate.ts';
import { success } from './case.ts';
import { addHall, CALL, type Chain, operatorOf, PATH_SECRET, startChain } from './chain.ts';
import { createState, type State } from './state.ts';

/** Nothing here takes that long; a slow machine must not fail a test. */
const PATIENCE = { timeout: 20_000 };

const HALL = '7001';
const PATH = `/stargame/${HALL}/${PATH_SECRET}`;
const BALANCE = `${PATH}?cmd=getBalance&uid=117`;

let chain: Chain;
let state: State;

beforeAll(async () => {
  chain = await startChain({ HALLS_REFRESH_MS: '200' }, async (grpc) => {
    await addHall(grpc, HALL);
    await addHall(grpc, '7002', { allowlist: ['127.0.0.0/8'] });
    await addHall(grpc, '7003', { allowlist: ['198.51.100.7', '2001:db8::/32'] });
    await addHall(grpc, '7009', { mode: HallMode.TRANSFER });
    await addHall(grpc, '7010');
    state = createState(grpc, operatorOf(HALL), HALL);
    await state.apply({ player: '117', balance: 295_071 });
  });
});

afterAll(() => chain.stop());

/** All that comes back on a connection until the adapter closes it. */
function untilClosed(port: number, sent: string): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1');
    let received = '';
    socket.on('data', (chunk) => {
      received += chunk.toString('latin1');
    });
    socket.on('error', () => undefined);
    socket.on('close', () => resolve(received));
    socket.write(sent);
  });
}

describe('what is reachable', () => {
  it('a hall, with and without a slash at the end of its path', async () => {
    expect((await chain.get(BALANCE)).text).toBe(success(295_071));
    expect((await chain.get(`${PATH}/?cmd=getBalance&uid=117`)).text).toBe(success(295_071));
  });

  it.each([
    '/stargame',
    '/stargame/',
    `/stargame/${HALL}`,
    `/stargame/${HALL}/`,
    `/Stargame/${HALL}/${PATH_SECRET}`,
    `${PATH}/x`,
    `${PATH}//`,
    `/stargame//${PATH_SECRET}`,
    `/stargame/${HALL}/%zz`,
    `/stargame/${HALL}/%ff`,
  ])('nothing at GET %s', async (path) => {
    expect((await chain.get(`${path}?cmd=getBalance&uid=117`)).status).toBe(404);
  });

  it.each(['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS'])('nothing by %s, and no money moves', async (method) => {
    const { status } = await chain.get(`${PATH}?cmd=writeBet&uid=117&bet=1&win=0`, { method });
    expect(status).toBe(404);
    expect(await state.balanceUnits('117')).toBe(295_071n);
  });

  it('no URL that is too long', async () => {
    expect((await chain.get(`${BALANCE}&foo=${'9'.repeat(9_000)}`)).status).toBe(431);
  });
});

describe('403', () => {
  it.each([
    ['an unknown hall', `/stargame/7999/${PATH_SECRET}`],
    ['a wrong path secret', `/stargame/${HALL}/path-secret2`],
    ["another hall's path secret", '/stargame/1890/path-secret'],
    ['a path secret in other letters', `/stargame/${HALL}/Path-Secret`],
    ['a hall with a leading zero', `/stargame/0${HALL}/${PATH_SECRET}`],
    ['a name of every object', `/stargame/__proto__/${PATH_SECRET}`],
  ])('for %s, whatever is asked', async (_what, path) => {
    for (const query of ['?cmd=getBalance&uid=117', '?cmd=writeBet&uid=117&bet=1&win=0', '']) {
      const { status, text } = await chain.get(path + query);
      expect({ status, text }).toEqual({ status: 403, text: '' });
    }
    expect(await state.balanceUnits('117')).toBe(295_071n);
  });

  it('is told to the log, with the check that failed', async () => {
    const secret = 'wrong-secret-in-a-path';
    await chain.get(`/stargame/${HALL}/${secret}?cmd=getBalance&uid=117`);
    const line = await chain.adapter.waitForLog(({ provider, denial }) => provider === 'stargame' && denial === 'path');
    expect(line).toMatchObject({ outcome: '403', address: '127.0.0.1' });
    await chain.get(`${PATH}/%zz`);
    await chain.get(`${PATH}?cmd=nonsense`);
    await chain.adapter.waitForLog(({ outcome }) => outcome === 'malformed');
    const logs = JSON.stringify([chain.adapter.logs(), chain.wallet.logs()]);
    expect(logs).not.toContain(PATH_SECRET);
    expect(logs).not.toContain(secret);
    expect(logs).not.toContain('hall secret');
  });
});

describe('the allowlist', () => {
  const ask = async (hallId: string, forwarded: string | null, adapter = chain.adapter): Promise<number> => {
    const headers = forwarded === null ? undefined : { 'x-forwarded-for': forwarded };
    const path = `/stargame/${hallId}/${PATH_SECRET}?cmd=getBalance&uid=1`;
    return (await chain.get(path, headers === undefined ? { adapter } : { adapter, headers })).status;
  };

  it('is held against the address of the connection; X-Forwarded-For is believed from nobody', async () => {
    expect(await ask('7002', null)).toBe(200);
    expect(await ask('7002', '203.0.113.9')).toBe(200);
    expect(await ask('7003', null)).toBe(403);
    expect(await ask('7003', '198.51.100.7')).toBe(403);
    const line = await chain.adapter.waitForLog(({ denial }) => denial === 'address');
    expect(line).toMatchObject({ provider: 'stargame', hall: '7003', outcome: '403' });
  });

  it('is held against what a trusted proxy says, but no further back than it knows', async () => {
    await using adapter = await startAdapter({
      env: { WALLET_URLS: chain.wallet.address, TRUSTED_PROXIES: '127.0.0.1,10.0.0.0/8' },
    });
    expect(await ask('7003', '198.51.100.7', adapter)).toBe(200);
    expect(await ask('7003', '198.51.100.7, 10.1.1.1', adapter)).toBe(200);
    expect(await ask('7003', '2001:db8::5', adapter)).toBe(200);
    // The first is what the caller claims; the proxy saw the second.
    expect(await ask('7003', '198.51.100.7, 203.0.113.9', adapter)).toBe(403);
    expect(await ask('7003', '', adapter)).toBe(403);
    expect(await ask('7003', null, adapter)).toBe(403);
  });
});

describe('halls', () => {
  it('that are new, and new path secrets and allowlists, arrive by themselves', async () => {
    await addHall(chain.grpc, '7004');
    const path = '/stargame/7004/changed-secret?cmd=getBalance&uid=1';
    await expect
      .poll(async () => (await chain.get(path.replace('changed-secret', PATH_SECRET))).status, PATIENCE)
      .toBe(200);
    await callUnary(chain.grpc, HallService.method.updateHall, { hallId: '7004', pathSecret: 'changed-secret' }, CALL);
    await expect.poll(async () => (await chain.get(path)).status, PATIENCE).toBe(200);
    expect((await chain.get(path.replace('changed-secret', PATH_SECRET))).status).toBe(403);
    const allowlist = { hallId: '7004', allowlist: { values: ['198.51.100.7'] } };
    await callUnary(chain.grpc, HallService.method.updateHall, allowlist, CALL);
    await expect.poll(async () => (await chain.get(path)).status, PATIENCE).toBe(403);
  });

  it('have terminals of their own: a uid of another hall is unknown', async () => {
    const { text } = await chain.get(`/stargame/7002/${PATH_SECRET}?cmd=getBalance&uid=117`);
    expect(JSON.parse(text)).toEqual({ status: 'fail', error: 'unknown terminal' });
  });
});

describe('connections', () => {
  const raw = (headers = ''): string => `GET ${BALANCE} HTTP/1.1\r\nHost: x\r\n${headers}\r\n`;

  it('carry one notification after another, and several at once', async () => {
    const received = await untilClosed(chain.adapter.port, raw().repeat(3) + raw('Connection: close\r\n'));
    expect(received.match(/HTTP\/1\.1 200 OK/g)).toHaveLength(4);
    expect(received.match(/"cash":295071,/g)).toHaveLength(4);
  });

  it('may carry a body, which nobody reads', async () => {
    const received = await untilClosed(
      chain.adapter.port,
      `${raw('Content-Length: 4\r\n')}1234${raw('Connection: close\r\n')}`,
    );
    expect(received.match(/"cash":295071,/g)).toHaveLength(2);
  });

  it('on which nothing comes hold up no stop', async () => {
    const adapter = await startAdapter({ env: { WALLET_URLS: chain.wallet.address } });
    const socket = connect(adapter.port, '127.0.0.1');
    const closed = new Promise<void>((resolve) => socket.on('error', () => undefined).on('close', () => resolve()));
    await new Promise<void>((resolve) => socket.once('connect', resolve));
    await adapter.stop();
    await closed;
  });

  it('over HTTPS', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'croupier-'));
    const { certificate, key } = createCertificate();
    await writeFile(join(dir, 'cert.pem'), certificate);
    await writeFile(join(dir, 'key.pem'), key);
    await using adapter = await startAdapter({
      env: {
        WALLET_URLS: chain.wallet.address,
        STARGAME_BUDGET_MS: '30000',
        ADAPTER_TLS_CERT: join(dir, 'cert.pem'),
        ADAPTER_TLS_KEY: join(dir, 'key.pem'),
      },
    });
    const text = await new Promise((resolve, reject) => {
      const options = { port: adapter.port, host: '127.0.0.1', path: BALANCE, ca: certificate, agent: false };
      request(options, (answer) => {
        answer.setEncoding('utf8').on('data', resolve);
      })
        .on('error', reject)
        .end();
    });
    expect(text).toBe(success(295_071));
    await rm(dir, { recursive: true });
  });
});

describe('ops', () => {
  it('counts notifications by command and outcome, and knows the budget', async () => {
    await chain.get(BALANCE);
    await chain.get(`${PATH}?cmd=writeBet&uid=117&bet=999999999&win=0`);
    await chain.get(`${PATH}?cmd=nonsense`);
    await chain.get(`/stargame/${HALL}/wrong`);
    const metrics = await (await fetch(`${chain.adapter.opsUrl}/metrics`)).text();
    for (const labels of [
      'command="getBalance",outcome="OK"',
      'command="writeBet",outcome="insufficient_funds"',
      'command="unknown",outcome="malformed"',
      'command="unread",outcome="403"',
    ]) {
      expect(metrics).toMatch(new RegExp(`croupier_adapter_requests_total\\{provider="stargame",${labels}\\} [1-9]`));
    }
    expect(metrics).toContain('croupier_adapter_budget_seconds{provider="stargame"} 30');
    expect(metrics).toMatch(
      /croupier_adapter_request_duration_seconds_bucket\{le="0\.05",provider="stargame",command="getBalance"\} /,
    );
  });

  it('logs one line an outcome', async () => {
    await chain.get(`${PATH}?cmd=writeBet&uid=117&bet=0&win=3`);
    const isWin = (line: Record<string, unknown>) => line.command === 'writeBet' && line.outcome === 'OK';
    expect(await chain.adapter.waitForLog(isWin)).toMatchObject({
      operator: operatorOf(HALL),
      hall: HALL,
      player: '117',
      provider: 'stargame',
      terminal: '117',
      command: 'writeBet',
      transaction: expect.stringMatching(/^[0-9a-f-]{36}$/),
      durationMs: expect.any(Number),
      requestId: expect.any(String),
    });
    expect(chain.adapter.logs().filter(isWin)).toHaveLength(1);
  });

  it('and a warning with the amount, where a hall in transfer mode is told of a win', async () => {
    const path = `/stargame/7009/${PATH_SECRET}`;
    await chain.get(`${path}?cmd=writeBet&uid=117&bet=0&win=345`);
    const warning = await chain.adapter.waitForLog(({ msg }) => msg === 'a win of a hall in transfer mode is refused');
    expect(warning).toMatchObject({ level: 40, hall: '7009', terminal: '117', winUnits: '345' });
    const line = await chain.adapter.waitForLog(({ outcome }) => outcome === 'transfer_hall');
    expect(line).toMatchObject({ level: 30, hall: '7009', winUnits: '345', requestId: warning.requestId });
  });
});

it('a hall that becomes one in transfer mode, or ceases to be, is treated so soon', async () => {
  const setMode = (mode: HallMode) =>
    callUnary(chain.grpc, HallService.method.updateHall, { hallId: '7010', mode }, CALL);
  // Once it has terminals it stays what it is.
  const answer = async () => (await chain.get(`/stargame/7010/${PATH_SECRET}?cmd=getBalance&uid=117`)).text;
  expect(await answer()).toContain('unknown terminal');
  await setMode(HallMode.TRANSFER);
  await expect.poll(answer, PATIENCE).toContain('transfer hall');
  await setMode(HallMode.SEAMLESS);
  await expect.poll(answer, PATIENCE).toContain('unknown terminal');
});
