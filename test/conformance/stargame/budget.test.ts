import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { LogLine, TestProcess } from '../../harness/processes.ts';
import { startAdapter } from '../../harness/processes.ts';
import { addHall, type Chain, operatorOf, PATH_SECRET, startChain } from './chain.ts';
import { createState, type State, standing } from './state.ts';

/** Nothing here takes that long; a slow machine must not fail a test. */
const PATIENCE = { timeout: 30_000 };

const HALL = '9001';
const PATH = `/stargame/${HALL}/${PATH_SECRET}`;
const write = (uid: string, bet: number, win: number): string =>
  `${PATH}?cmd=writeBet&uid=${uid}&bet=${bet}&win=${win}`;

let chain: Chain;
let state: State;

beforeAll(async () => {
  chain = await startChain({}, async (grpc) => {
    await addHall(grpc, HALL);
    state = createState(grpc, operatorOf(HALL), HALL);
    for (const player of ['1', '2', '3', '4', '5', '6']) await state.apply({ player, balance: 1_000 });
  });
});

// Also where a test failed half way.
afterEach(() => chain.wallet.kill('SIGCONT'));

afterAll(() => chain.stop());

/** An adapter with a budget that a stopped wallet misses, and an answer does not. */
const startHasty = (budgetMs: number, env: Record<string, string> = {}): Promise<TestProcess> => {
  const budget = { STARGAME_BUDGET_MS: String(budgetMs), STARGAME_NETWORK_MS: '0' };
  return startAdapter({ env: { WALLET_URLS: chain.wallet.address, ...budget, ...env } });
};

const lineOf =
  (terminal: string, command = 'writeBet') =>
  (line: LogLine): boolean =>
    line.terminal === terminal && line.command === command;

async function metric(adapter: TestProcess, name: string): Promise<number> {
  const text = await (await fetch(`${adapter.opsUrl}/metrics`)).text();
  const line = text.split('\n').find((one) => one.startsWith(`${name} `));
  return line === undefined ? 0 : Number(line.slice(name.length + 1));
}

const outstanding = async (adapter: TestProcess): Promise<number> =>
  (await metric(adapter, 'croupier_adapter_unconfirmed{kind="void"}')) +
  (await metric(adapter, 'croupier_adapter_unconfirmed{kind="credit"}'));

/** Sends the first byte, and all the others when it is over. */
function dribble(port: number, request: string, pauseMs: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', noDelay: true });
    socket.on('error', reject);
    socket.on('data', (chunk) => {
      resolve(chunk.toString());
      socket.destroy();
    });
    socket.write(request.slice(0, 1));
    setTimeout(() => socket.write(request.slice(1)), pauseMs);
  });
}

const failure = (error: string): string => `{"status":"fail","error":"${error}"}`;

describe('past the budget', () => {
  it('each notification is answered; afterwards no bet has cost anything, and no win is lost or there twice', async () => {
    await using adapter = await startHasty(400);
    const ask = async (path: string): Promise<string> => (await chain.get(path, { adapter })).text;
    await expect.poll(() => ask(`${PATH}?cmd=getBalance&uid=1`), PATIENCE).toContain('"cash":1000,');
    await chain.wallet.kill('SIGSTOP');
    const answers = await Promise.all([
      ask(write('1', 100, 0)),
      ask(write('1', 200, 50)),
      ask(write('1', 0, 30)),
      ask(`${PATH}?cmd=getBalance&uid=1`),
    ]);
    expect(answers).toEqual([failure('late'), failure('late'), failure('late: the win is queued'), failure('late')]);
    expect(await metric(adapter, 'croupier_adapter_unconfirmed_total{kind="void"}')).toBe(2);
    expect(await metric(adapter, 'croupier_adapter_unconfirmed_total{kind="credit"}')).toBe(1);
    expect(await metric(adapter, 'croupier_adapter_budget_missed_total{command="writeBet"}')).toBe(3);
    expect(await metric(adapter, 'croupier_adapter_budget_missed_total{command="getBalance"}')).toBeGreaterThan(0);
    expect(await adapter.waitForLog(lineOf('1'))).toMatchObject({ outcome: 'late', late: true, hall: HALL });

    await chain.wallet.kill('SIGCONT');
    await expect.poll(() => outstanding(adapter), PATIENCE).toBe(0);
    expect(await state.balanceUnits('1')).toBe(1_030n);
    expect(standing(await state.rows('1')).filter((row) => row === 'win 30')).toHaveLength(1);
  });

  it('counts from the first byte: what dribbles in for too long is not asked of the wallet', async () => {
    await using adapter = await startHasty(1_000);
    // The terminal is looked up and in memory before.
    await expect
      .poll(async () => (await chain.get(`${PATH}?cmd=getBalance&uid=2`, { adapter })).text, PATIENCE)
      .toContain('"cash":1000,');
    const received = await dribble(adapter.port, `GET ${write('2', 100, 0)} HTTP/1.1\r\nHost: x\r\n\r\n`, 1_100);
    expect(received).toContain(failure('late'));
    expect(await adapter.waitForLog(lineOf('2'))).toMatchObject({ outcome: 'late', late: true });
    expect(await metric(adapter, 'croupier_adapter_unconfirmed_total{kind="void"}')).toBe(0);
    expect(await state.rows('2')).toEqual([]);

    const win = await dribble(adapter.port, `GET ${write('2', 0, 100)} HTTP/1.1\r\nHost: x\r\n\r\n`, 1_100);
    expect(win).toContain(failure('late: the win is queued'));
    await expect.poll(() => state.balanceUnits('2'), PATIENCE).toBe(1_100n);
    await expect.poll(() => outstanding(adapter), PATIENCE).toBe(0);
    expect(standing(await state.rows('2'))).toEqual(['win 100']);
  });
});

describe('past the budget before it is known whose terminal it is', () => {
  it('a win is owed all the same, a bet never', async () => {
    await using adapter = await startHasty(400, { TERMINALS_CACHED_MAX: '1' });
    const ask = async (path: string): Promise<string> => (await chain.get(path, { adapter })).text;
    // Takes the only place.
    await expect.poll(() => ask(`${PATH}?cmd=getBalance&uid=4`), PATIENCE).toContain('"cash":1000,');
    const rows = await state.rows('1');
    await chain.wallet.kill('SIGSTOP');
    const answers = await Promise.all([ask(write('1', 100, 0)), ask(write('2', 0, 77)), ask(write('999', 0, 88))]);
    const queued = failure('late: the win is queued');
    expect(answers).toEqual([failure('late'), queued, queued]);
    expect(await metric(adapter, 'croupier_adapter_unconfirmed{kind="credit"}')).toBe(2);

    await chain.wallet.kill('SIGCONT');
    await expect.poll(() => outstanding(adapter), PATIENCE).toBe(0);
    expect(standing(await state.rows('2')).filter((row) => row === 'win 77')).toHaveLength(1);
    expect(await state.rows('1')).toEqual(rows);
    expect(await metric(adapter, 'croupier_adapter_unconfirmed_total{kind="void"}')).toBe(0);
    expect(await metric(adapter, 'croupier_adapter_unconfirmed_refused_total{kind="credit"}')).toBe(1);
    expect(await adapter.waitForLog((line) => line.reason === 'no such terminal')).toMatchObject({
      ...{ level: 50, hall: HALL, terminal: '999', amountUnits: '88' },
    });
  });
});

describe('without an answer', () => {
  it('because the game server is gone, a bet costs nothing', async () => {
    await chain.wallet.kill('SIGSTOP');
    const socket = connect(chain.adapter.port, '127.0.0.1');
    socket.on('error', () => undefined);
    socket.write(`GET ${write('3', 100, 40)} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await expect.poll(() => metric(chain.adapter, 'croupier_adapter_operations_in_flight'), PATIENCE).toBe(1);
    socket.destroy();
    // The adapter has seen that before it has answered what is asked after it, twice.
    for (let turn = 0; turn < 2; turn++) await chain.get(`${PATH}?cmd=nonsense`);
    await chain.wallet.kill('SIGCONT');
    expect(await chain.adapter.waitForLog(lineOf('3'))).toMatchObject({ outcome: 'client_gone' });
    await expect.poll(() => state.balanceUnits('3'), PATIENCE).toBe(1_000n);
    await expect.poll(() => outstanding(chain.adapter), PATIENCE).toBe(0);
    expect(standing(await state.rows('3'))).toEqual(['reversal 100', 'reversal 40']);
  });
});

describe('while the wallet is away', () => {
  it('bets fail and nothing is owed for them, since they were never sent; wins wait', async () => {
    await using adapter = await startHasty(400);
    const ask = async (path: string): Promise<string> => (await chain.get(path, { adapter })).text;
    await expect.poll(() => ask(`${PATH}?cmd=getBalance&uid=4`), PATIENCE).toContain('"cash":1000,');
    await expect.poll(() => ask(`${PATH}?cmd=getBalance&uid=5`), PATIENCE).toContain('"cash":1000,');
    await chain.wallet.kill();
    await expect.poll(async () => (await fetch(`${adapter.opsUrl}/readyz`)).status, PATIENCE).toBe(503);
    expect(await ask(write('4', 100, 0))).toBe(failure('late'));
    expect(await ask(write('5', 0, 100))).toBe(failure('late: the win is queued'));
    expect(await metric(adapter, 'croupier_adapter_unconfirmed_total{kind="credit"}')).toBe(1);
    await chain.restartWallet();
    await expect.poll(() => state.balanceUnits('5'), PATIENCE).toBe(1_100n);
    await expect.poll(() => outstanding(adapter), PATIENCE).toBe(0);
    expect(await metric(adapter, 'croupier_adapter_unconfirmed_total{kind="void"}')).toBe(0);
    expect(await state.rows('4')).toEqual([]);
  });
});

describe('while what is owed can be kept neither in Redis nor on disk', () => {
  it('no bet is asked for; balances and wins go on', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'croupier-'));
    const spoolDir = join(dir, 'spool');
    await using adapter = await startHasty(1_000, { SPOOL_DIR: spoolDir });
    const ask = async (path: string): Promise<string> => (await chain.get(path, { adapter })).text;
    await expect.poll(() => ask(`${PATH}?cmd=getBalance&uid=6`), PATIENCE).toContain('"cash":1000,');
    await rm(spoolDir, { recursive: true });
    await writeFile(spoolDir, 'a file in the place of the folder');
    await chain.wallet.kill('SIGSTOP');
    expect(await ask(write('6', 100, 0))).toBe(failure('late'));
    await expect.poll(() => ask(write('6', 100, 0)), PATIENCE).toBe(failure('unsafe'));
    await chain.wallet.kill('SIGCONT');
    await expect.poll(() => outstanding(adapter), PATIENCE).toBe(0);
    const rows = (await state.rows('6')).length;
    expect(await ask(write('6', 0, 100))).toContain('"cash":1100,');
    expect(await ask(`${PATH}?cmd=getBalance&uid=6`)).toContain('"cash":1100,');
    expect(await state.rows('6')).toHaveLength(rows + 1);
    await rm(spoolDir);
    await expect.poll(() => ask(write('6', 100, 0)), PATIENCE).toContain('"cash":1000,');
    await rm(dir, { recursive: true });
  });
});
