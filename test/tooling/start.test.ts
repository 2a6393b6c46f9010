import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { isAlive } from '../../scripts/lib/processes.ts';
import { createPlatformClient, type PlatformClient } from '../harness/platform.ts';
import { type Croupier, curlLines, startCroupier } from './croupier-start.ts';

let dir: string;
let croupier: Croupier;
let greeting: string;
let platform: PlatformClient;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'croupier-start-'));
  croupier = await startCroupier(dir);
  greeting = await croupier.said('Ctrl-C stops everything.');
  platform = createPlatformClient({ url: curlLines(greeting)[0]?.url ?? '' });
});

afterAll(async () => {
  platform?.close();
  await croupier?.stop();
  await rm(dir, { recursive: true, force: true });
});

test('every printed curl line works as it stands', async () => {
  const lines = curlLines(greeting);
  const commands = lines.map(({ url }) => new URL(url).searchParams.get('cmd') ?? url.split('/').at(-1));
  expect(new Set(commands)).toEqual(
    new Set([
      'authenticate',
      'balance',
      'changebalance',
      'status',
      'cancel',
      'finishround',
      'ping',
      'getBalance',
      'writeBet',
    ]),
  );
  for (const { url, headers, body } of lines) {
    if (body === null) {
      expect(await (await fetch(url)).text(), url).toMatch(/^PONG$|^{"status":"success"/);
      continue;
    }
    const answer = await platform.post(new URL(url).pathname, body, headers);
    expect(answer.response, url).toMatchObject({ status: 'OK' });
    expect(answer.isSigned, url).toBe(true);
  }
});

test('the dashboard is there, and its login is said', () => {
  expect(greeting).toMatch(/dashboard +http:\/\/127\.0\.0\.1:\d+ \(log in as ops \/ croupier\)/);
});

test('a wallet that is killed comes back by itself, with what was acknowledged', async () => {
  const data = (amount: string) =>
    `{"token":null,"user_id":"17","transaction_type":"WIN","transaction_id":9001,"round_id":1,"round_finished":false,` +
    `"game_id":200,"currency_code":"EUR","amount":${amount},"transaction_timestamp":"2026-01-01 00:00:00","context":{"reason":"SPIN"}}`;
  const before = await platform.send('changebalance', data('5.00'));
  expect(before.response).toMatchObject({ status: 'OK', data: { balance: '105.00' } });
  const { pid } = JSON.parse(await readFile(join(dir, 'pids', 'wallet'), 'utf8')) as { pid: number };
  process.kill(pid, 'SIGKILL');
  await croupier.said('wallet is back');
  const again = await untilAnswered(() => platform.send('changebalance', data('5.0')));
  expect(again.response).toMatchObject({ status: 'OK', data: { balance: '105.00' } });
});

test('a second start in the same folder is refused', async () => {
  const second = await startCroupier(dir);
  await second.said('croupier is running already');
  expect(await second.exited).toMatchObject({ code: 1 });
});

test('its secrets are for its user alone', async () => {
  for (const name of ['env', 'secrets-key', 'db-password', 'redis-password']) {
    expect((await stat(join(dir, name))).mode & 0o077, name).toBe(0);
  }
});

test('SIGTERM ends everything that it started', async () => {
  const names = await readdir(join(dir, 'pids'));
  expect(new Set(names)).toEqual(new Set(['db', 'redis', 'wallet', 'jobs', 'adapter']));
  const pids = await Promise.all(
    names.map(async (name) => (JSON.parse(await readFile(join(dir, 'pids', name), 'utf8')) as { pid: number }).pid),
  );
  expect(await croupier.stop(60_000)).toMatchObject({ code: 0 });
  expect(pids.filter(isAlive)).toEqual([]);
});

/** PLATFORM retries what gets OP_47 or OP_50. */
async function untilAnswered<T extends { response: { data: Record<string, unknown> } | null }>(
  send: () => Promise<T>,
): Promise<T> {
  for (;;) {
    const answer = await send();
    const code = answer.response?.data.error_code;
    if (code !== 'OP_47' && code !== 'OP_50') return answer;
  }
}
