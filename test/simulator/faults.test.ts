import { afterEach, beforeEach, expect, test } from 'vitest';
import type { NewFault } from '../../src/simulator/stargame/faults.ts';
import { base64, fieldOf, hallSign, listen, packet, post, readAnswer, startWorld, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const increase = packet({ hall_id: 125, user_id: 345, operation: 'increase', sum: 100, operation_id: 1 });

const send = (xml = increase): Promise<Response> =>
  fetch(`${world.url}/api_operation_balance`, {
    method: 'POST',
    redirect: 'manual',
    body: new URLSearchParams({ reg_xml: base64(xml), reg_sign: hallSign(xml) }),
  });

const add = (fault: NewFault): string => world.simulator.stargame.faults.add(fault);
const control = (method: string, path: string, body?: object): Promise<Response> =>
  fetch(`${world.url}/control${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });

test('a lost reply: done, not answered, and told when asked again', async () => {
  add({ operation: 'api_operation_balance', kind: 'lost_reply', count: 1 });
  await expect(send()).rejects.toThrow();
  expect(world.terminal.balanceUnits).toBe(5100n);
  const again = readAnswer(await (await send()).text());
  expect([again.read('operation_exist'), again.read('new_balance')]).toEqual(['1', '5100']);
  expect(world.terminal.balanceUnits).toBe(5100n);
});

test('a lost request: not done, not answered', async () => {
  add({ operation: 'api_operation_balance', kind: 'lost_request', count: 1 });
  await expect(send()).rejects.toThrow();
  expect(world.terminal.balanceUnits).toBe(5000n);
  expect(readAnswer(await (await send()).text()).read('operation_exist')).toBe('0');
});

test('an error code: not done', async () => {
  add({ operation: '*', kind: 'error_code', code: 'previous_payments_not_finished', count: 1 });
  expect(readAnswer(await (await send()).text()).read('code')).toBe('previous_payments_not_finished');
  expect(world.terminal.balanceUnits).toBe(5000n);
});

test('a wrong signature, and XML that is cut off: done', async () => {
  add({ operation: 'api_operation_balance', kind: 'wrong_signature', count: 1 });
  const wrong = readAnswer(await (await send()).text());
  expect(wrong.read('status')).toBe('success');
  expect(wrong.signature).not.toBe(hallSign(wrong.xml));
  add({ operation: 'api_operation_balance', kind: 'malformed_xml', count: 1 });
  const cut = readAnswer(await (await send()).text());
  expect(cut.xml).not.toContain('</request>');
  expect(cut.xml).toContain('<operation_exist>1</operation_exist>');
});

test.each([
  [{ kind: 'html' as const }, 200, 'text/html'],
  [{ kind: 'http_500' as const }, 500, 'text/html'],
  [{ kind: 'redirect' as const, url: 'http://127.0.0.1:9/elsewhere' }, 302, 'text/'],
])('%j, before it is done and after', async (fault, status, type) => {
  add({ operation: 'api_operation_balance', count: 1, ...fault });
  const before = await send();
  expect([before.status, before.headers.get('content-type')]).toEqual([status, expect.stringContaining(type)]);
  expect(world.terminal.balanceUnits).toBe(5000n);
  add({ operation: 'api_operation_balance', count: 1, afterEffect: true, ...fault });
  expect((await send()).status).toBe(status);
  expect(world.terminal.balanceUnits).toBe(5100n);
});

test('slow: another request overtakes it', async () => {
  add({ operation: 'api_operation_balance', kind: 'slow', ms: 300, count: 1 });
  const order: string[] = [];
  const slow = send().then(() => order.push('slow'));
  const other = post(world.url, 'api_get_balance', packet({ hall_id: 125, user_id: 345 }), hallSign);
  await other.then(() => order.push('other'));
  await slow;
  expect(order).toEqual(['other', 'slow']);
});

test('clock drift: the time stamps of answers', async () => {
  add({ operation: 'api_operation_balance', kind: 'clock_drift', ms: -90_000 });
  const drifted = readAnswer(await (await send()).text());
  expect(Number(drifted.read('time'))).toBe(world.clock.nowMs / 1000 - 90);
});

test('a callback that comes twice, and one that never comes', async () => {
  const callback = await listen((_request, response) => response.end());
  const fields = { hall_id: 125, user_id: 345, operation: 'increase', sum: 100, show_packet: 0 };
  const xml = packet({ ...fields, response_url: callback.url });
  add({ operation: 'api_operation_balance', kind: 'duplicate', count: 1 });
  await send(xml);
  await world.simulator.stargame.callbacksSettled();
  const packets = callback.requests.map(({ body }) => readAnswer(body).xml);
  expect(packets.map((each) => fieldOf(each, 'new_balance'))).toEqual(['5100', '5100']);

  add({ operation: 'api_operation_balance', kind: 'lost_reply', count: 1 });
  await expect(send(xml)).rejects.toThrow();
  await world.simulator.stargame.callbacksSettled();
  expect(callback.requests).toHaveLength(2);
  expect(world.terminal.balanceUnits).toBe(5200n);
  await callback.stop();
});

test('a callback that is not taken harms nothing', async () => {
  const callback = await listen((_request, response) => response.writeHead(500).end());
  const xml = packet({ hall_id: 125, user_id: 345, show_packet: 0, response_url: callback.url });
  await post(world.url, 'api_get_balance', xml, hallSign);
  await world.simulator.stargame.callbacksSettled();
  expect(callback.requests).toHaveLength(1);
  await callback.stop();
});

test('faults over HTTP: added, listed, used up, removed', async () => {
  const fault = { operation: 'api_operation_balance', kind: 'error_code', code: 'wrong_userid' };
  expect((await control('POST', '/faults', { ...fault, count: 2 })).status).toBe(201);
  const { id } = (await (await control('POST', '/faults', fault)).json()) as { id: string };
  await send();
  expect(await (await control('GET', '/faults')).json()).toEqual([
    { ...fault, count: 2, id: '1', left: 1 },
    { ...fault, id, left: null },
  ]);
  await send();
  expect((await control('DELETE', `/faults/${id}`)).status).toBe(204);
  expect((await control('DELETE', `/faults/${id}`)).status).toBe(404);
  await control('POST', '/faults', fault);
  await control('DELETE', '/faults');
  expect(await (await control('GET', '/faults')).json()).toEqual([]);
  expect(readAnswer(await (await send()).text()).read('status')).toBe('success');
});

test.each([
  [{ operation: 'api_reg', kind: 'unheard of' }, 'kind'],
  [{ operation: 'api_reg', kind: 'slow' }, 'ms'],
  [{ operation: 'api_reg', kind: 'slow', ms: -1 }, 'ms'],
  [{ kind: 'lost_reply' }, 'operation'],
  [{ operation: 'play', kind: 'alter_log', betUnits: '1.5' }, 'betUnits'],
])('a fault that is none is refused: %j', async (fault, field) => {
  const response = await control('POST', '/faults', fault);
  expect(response.status).toBe(400);
  expect(await response.json()).toEqual({ error: expect.stringContaining(`${field}:`) });
});
