import { expect, test } from 'vitest';
import { remotecabGameHistory } from '../../src/adapter/stargame/remote/operations/remotecab-game-history.ts';
import { balance, createClient, HALL, increase, thrown } from './client.ts';
import { answering, BALANCE, INCREASE, packet, type Reply, startCounterparty } from './counterparty.ts';

const cut: Reply = (_, response) => response.destroy();

test('the breaker opens after failures in a row, and lets one try later', async () => {
  await using server = await startCounterparty(cut);
  const client = createClient(server.url, { STARGAME_BREAKER_FAILURES: '2', STARGAME_BREAKER_OPEN_MS: '100' });
  expect(await client.metrics()).toContain('croupier_stargame_breaker_open 0');
  await thrown(increase(client));
  await thrown(increase(client));
  expect(await thrown(increase(client))).toMatchObject({
    kind: 'not_sent',
    message: expect.stringContaining('not asked for now'),
  });
  expect(server.came).toHaveLength(2);
  expect(await client.metrics()).toContain('croupier_stargame_breaker_open 1');

  server.reply(answering(packet(INCREASE)));
  await expect.poll(() => increase(client).catch(() => null), { timeout: 5_000 }).toMatchObject({ status: 'success' });
  expect(await client.metrics()).toContain('croupier_stargame_breaker_open 0');
});

test('no refusal and no malformed answer opens the breaker', async () => {
  await using server = await startCounterparty(answering('nonsense'));
  const client = createClient(server.url, { STARGAME_BREAKER_FAILURES: '1' });
  for (let call = 1; call <= 3; call += 1) {
    await thrown(increase(client));
    expect(server.came).toHaveLength(call);
  }
});

test('only so many at a time, only so many wait, and those in order', async () => {
  const open: (() => void)[] = [];
  await using server = await startCounterparty((_, response) => {
    open.push(() => response.end(packet(BALANCE)));
  });
  const client = createClient(server.url, { STARGAME_CONCURRENCY: '2', STARGAME_QUEUE_MAX: '3' });
  const calls = [1, 2, 3, 4, 5].map(() => balance(client));
  expect(await thrown(balance(client))).toMatchObject({
    kind: 'not_sent',
    message: 'api_get_balance: too many requests wait already',
  });
  for (let done = 0; done < 5; done += 1) {
    await expect.poll(() => open.length).toBe(Math.min(2, 5 - done));
    open.shift()?.();
    await calls[done];
  }
  expect(server.came).toHaveLength(5);
});

test('calls are counted by outcome and tell of themselves once, without secrets', async () => {
  await using server = await startCounterparty(answering(packet(BALANCE)));
  const client = createClient(server.url);
  await balance(client);
  server.reply(answering('nonsense'));
  await thrown(balance(client));
  const metrics = await client.metrics();
  expect(metrics).toContain('croupier_stargame_calls_total{operation="api_get_balance",outcome="success"} 1');
  expect(metrics).toContain('croupier_stargame_calls_total{operation="api_get_balance",outcome="malformed"} 1');
  expect(metrics).toContain('croupier_stargame_call_duration_seconds_count{operation="api_get_balance"} 2');
  expect(client.lines).toEqual([
    expect.objectContaining({
      operation: 'api_get_balance',
      outcome: 'success',
      hall: '125',
      terminal: '345',
      attempts: 1,
    }),
    expect.objectContaining({ outcome: 'malformed', reason: expect.stringContaining('is not what the document says') }),
  ]);
  expect(JSON.stringify(client.lines)).not.toContain(HALL.secret);
});

test.each([
  ['off', 'off', 'success'],
  ['warn', 'wrong', 'success'],
  ['strict', 'wrong', 'malformed'],
])('the md5 of a game log, %s', async (mode, md5, outcome) => {
  const xml = `<request><version>0.4</version><status>success</status><timestamp>1470312323</timestamp><user_id>12044</user_id><logs_count>0</logs_count><md5>9986a56907868571b3f15ec5579f0748</md5></request>`;
  await using server = await startCounterparty(answering(xml));
  const client = createClient(server.url, { STARGAME_LOG_MD5: mode });
  const signer = { type: 'user', password: '1DF12b3' } as const;
  const period = { period_start: '2016-07-31 00:00:00', period_end: '2016-07-31 01:00:00' };
  const request = { user_id: '12044', user_password: '1DF12b3', use_hash: 0, operation: 'list', ...period } as const;
  await client.remote.call(remotecabGameHistory, request, signer).catch((error: unknown) => error);
  expect(client.lines).toEqual([expect.objectContaining({ outcome, ...(outcome === 'success' ? { md5 } : {}) })]);
});
