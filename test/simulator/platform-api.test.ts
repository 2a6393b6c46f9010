import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { NewFault } from '../../src/simulator/platform/faults.ts';
import type { Simulator } from '../../src/simulator/server.ts';
import { apiHeaders, sha1, startPlatform } from './platform-world.ts';

const OPERATOR = 'examplecasino';
const DAY = '2021-05-03';
const VENDOR = { 'x-vendor-id': 'netent' };

/** Each of PLATFORM's APIs, as it is asked. */
const APIS = [
  ['games', 'games/list/all', {}],
  ['lobbies', 'lobbies/list/all', {}],
  ['businessReport', `businessReport?date=${DAY}`, {}],
  ['balanceLimits', 'balanceLimits?currencies=GBP,EUR', {}],
  ['ggrLimits', 'ggrLimits', {}],
  ['handHistory', 'handHistory/111/350-a1Basdf', VENDOR],
] as const;

let simulator: Simulator;
beforeEach(async () => {
  simulator = await startPlatform();
  simulator.platform.state.addOperator({
    operatorId: OPERATOR,
    secret: 'secret_key',
    adapterUrl: 'http://127.0.0.1:9',
    currencies: ['EUR'],
  });
});
afterEach(() => simulator.close());

const ask = (path: string, headers: Record<string, string>): Promise<Response> =>
  fetch(`${simulator.platformUrl}/api/generic/${path}`, { headers });

const read = async (api: string, path: string, headers = {}): Promise<unknown> => {
  const response = await ask(path, { ...apiHeaders(api, OPERATOR), ...headers });
  expect([response.status, response.headers.get('content-type')]).toEqual([
    200,
    expect.stringMatching(/^application\/json/),
  ]);
  return response.json();
};

describe.each(APIS)('%s', (api, path, more) => {
  test('403, and HTML as of a proxy, unless it is signed for this API, this operator and its secret', async () => {
    const right = { ...apiHeaders(api, OPERATOR), ...more };
    expect((await ask(path, right)).status).toBe(200);
    const wrong: Record<string, string>[] = [
      {},
      { ...right, 'x-operator-id': 'othercasino' },
      { ...right, 'x-authorization': sha1(`other${OPERATOR}secret_key`) },
      { ...right, 'x-authorization': sha1(`${api}${OPERATOR}secret`) },
    ];
    for (const headers of wrong) {
      const response = await ask(path, headers);
      expect([response.status, response.headers.get('content-type')]).toEqual([403, expect.stringContaining('html')]);
    }
  });

  const seen = async (fault: NewFault): Promise<[number, string]> => {
    simulator.platform.faults.add({ ...fault, count: 1 });
    const response = await ask(path, { ...apiHeaders(api, OPERATOR), ...more });
    return [response.status, await response.text()];
  };

  test('goes wrong as often as it is told to', async () => {
    expect(await seen({ operation: api, kind: 'status_500' })).toEqual([500, expect.stringContaining('<h1>')]);
    expect(await seen({ operation: api, kind: 'status_429' })).toEqual([429, expect.any(String)]);
    expect(await seen({ operation: '*', kind: 'status_403' })).toEqual([403, expect.stringContaining('<html>')]);
    expect(await seen({ operation: api, kind: 'html' })).toEqual([200, expect.stringContaining('<!DOCTYPE html>')]);
    expect(await seen({ operation: api, kind: 'empty' })).toEqual([200, '']);
    const [, cutOff] = await seen({ operation: api, kind: 'truncated' });
    expect(() => JSON.parse(cutOff)).toThrow();
    await expect(seen({ operation: api, kind: 'drop' })).rejects.toThrow();
    expect(await seen({ operation: api, kind: 'slow', ms: 1 })).toEqual([200, expect.any(String)]);
    expect((await ask(path, { ...apiHeaders(api, OPERATOR), ...more })).status).toBe(200);
  });
});

test("429 says when to come again; a round's faults are none of these", async () => {
  simulator.platform.faults.add({ operation: 'games', kind: 'status_429', retryAfterSeconds: 7 });
  simulator.platform.faults.add({ operation: 'play', kind: 'status_500' });
  expect((await ask('games/list/all', apiHeaders('games', OPERATOR))).headers.get('retry-after')).toBe('7');
  expect((await ask('lobbies/list/all', apiHeaders('lobbies', OPERATOR))).status).toBe(200);
});

describe('games and lobbies', () => {
  type List = { games: Record<string, unknown>[] };

  test('the demo: several vendors, types and devices, some disabled, some without fun mode, each with pictures', async () => {
    const { games } = (await read('games', 'games/list/all')) as List;
    expect(games.length).toBeGreaterThan(50);
    expect(Object.keys(games[0] ?? {}).sort()).toEqual(
      ['campaigns', 'created_at', 'details', 'enabled', 'fun_mode', 'id', 'platform', 'title', 'type', 'vendor'].sort(),
    );
    const all = (field: string): unknown[] => [...new Set(games.map((game) => game[field]))].sort();
    expect([all('platform'), all('enabled'), all('fun_mode')]).toEqual([
      ['desktop', 'mobile'],
      [0, 1],
      [0, 1],
    ]);
    expect(all('type')).toEqual(['live', 'lottery', 'slots', 'table']);
    expect(all('vendor')).toHaveLength(8);
    expect(new Set(games.map(({ id }) => id)).size).toBe(games.length);
    expect(games[0]).toMatchObject({
      id: 1,
      title: 'Apocalypse Slot',
      vendor: 'test1',
      details: { description: { en: 'A dark knight rides a horse.', ru: 'Темный рыцарь скачет на лошади.' } },
    });
  });

  test('pictures are there, and no title breaks them', async () => {
    simulator.platform.state.setGames(OPERATOR, [{ id: 7, title: '<script>"&' }]);
    const { games } = (await read('games', 'games/list/all')) as {
      games: { details: { thumbnails: Record<string, string> } }[];
    };
    const picture = await fetch(games[0]?.details.thumbnails['300x300'] ?? '');
    expect(picture.headers.get('content-type')).toContain('image/svg+xml');
    expect(await picture.text()).toContain('&lt;script&gt;&quot;&amp;');
  });

  test('10,000 games that a test made; one of them is changed', async () => {
    const { state } = simulator.platform;
    state.setGames(
      OPERATOR,
      Array.from({ length: 10_000 }, (_, index) => ({ id: index + 1 })),
    );
    state.updateGame(OPERATOR, { id: 9_999, enabled: 0 });
    const { games } = (await read('games', 'games/list/all')) as List;
    expect([games.length, games[9_998]?.enabled, games[9_997]?.enabled]).toEqual([10_000, 0, 1]);
  });

  test('lobbies', async () => {
    const { lobbies } = (await read('lobbies', 'lobbies/list/all')) as { lobbies: object[] };
    expect(lobbies).toContainEqual(expect.objectContaining({ lobby_id: 'evolution_game_shows', vendor: 'evolution' }));
    expect(lobbies).toContainEqual(expect.objectContaining({ lobby_id: 'live168', vendor: 'live168' }));
  });
});

describe('businessReport', () => {
  const alter = (figure: 'bets_sum' | 'bets_count' | 'wins_sum' | 'gross_gaming_revenue', delta: bigint): void =>
    simulator.platform.state.alterReport({
      operatorId: OPERATOR,
      day: DAY,
      vendor: 'slotsXX',
      currencyCode: 'EUR',
      figure,
      delta,
    });

  test("the document's sample, number by number; the GGR is a string", async () => {
    alter('bets_sum', 610n);
    alter('bets_count', 1n);
    alter('wins_sum', 330n);
    alter('gross_gaming_revenue', 280n);
    const text = await (await ask(`businessReport?date=${DAY}`, apiHeaders('businessReport', OPERATOR))).text();
    expect(text).toBe(
      '[{"entity_name":"examplecasino","vendor":"slotsXX","currency_code":"EUR","bets_sum":6.1,"bets_count":1,"wins_count":0,' +
        '"wins_sum":3.3,"freespins_sum":0,"freespins_count":0,"jackpots_count":0,"jackpots_sum":0,"gross_gaming_revenue":"2.80","date":"2021-05-03"}]',
    );
  });

  test('no rows of a day without play; another day than was asked for, as a fault; a date that is none', async () => {
    expect(await read('businessReport', 'businessReport?date=2021-05-04')).toEqual([]);
    alter('bets_sum', 1n);
    simulator.platform.faults.add({ operation: 'businessReport', kind: 'another_day', count: 1 });
    const url = `businessReport?date=${DAY}`;
    expect(await read('businessReport', url)).toMatchObject([{ date: '2021-05-02' }]);
    expect(await read('businessReport', url)).toMatchObject([{ date: DAY }]);
    expect((await ask('businessReport?date=2021-02-30', apiHeaders('businessReport', OPERATOR))).status).toBe(400);
  });
});

describe('limits', () => {
  const lose = (units: bigint): void =>
    simulator.platform.state.alterReport({
      operatorId: OPERATOR,
      day: DAY,
      vendor: 'netent',
      currencyCode: 'EUR',
      figure: 'gross_gaming_revenue',
      delta: units,
    });

  test('none, unless they are set', async () => {
    expect(await read('balanceLimits', 'balanceLimits')).toEqual({ enabled: false });
    expect(await read('ggrLimits', 'ggrLimits')).toEqual({ enabled: false });
  });

  test('what the operator won since then is no longer available, in any currency', async () => {
    lose(5_000_000n);
    simulator.platform.state.setBalanceLimits(OPERATOR, {
      currencyCode: 'USD',
      availableUnits: 2_000_000n,
      currencies: { EUR: 1_000_000n, GBP: 500_000n },
    });
    const asked = () => read('balanceLimits', 'balanceLimits?currencies=GBP,EUR,XXX');
    expect(await asked()).toEqual({
      enabled: true,
      currency: 'USD',
      available_balance: 20_000,
      currencies: { GBP: { available_balance: 5_000 }, EUR: { available_balance: 10_000 } },
      limit_exceeded: false,
    });
    lose(100_001n);
    expect(await asked()).toMatchObject({
      available_balance: 17_999.98,
      currencies: { GBP: { available_balance: 4_499.99 }, EUR: { available_balance: 8_999.99 } },
    });
    lose(900_000n);
    expect(await asked()).toMatchObject({ limit_exceeded: true });
  });

  test('GGR limits', async () => {
    simulator.platform.state.setGgrLimits(OPERATOR, { currencyCode: 'EUR', limitUnits: 111_111_100n });
    expect(await read('ggrLimits', 'ggrLimits')).toEqual({
      ...{ enabled: true, currency: 'EUR', limit: 1_111_111, current_usage: 0, percentage_usage: 0 },
    });
    lose(11_111_110n);
    expect(await read('ggrLimits', 'ggrLimits')).toMatchObject({ current_usage: 111_111.1, percentage_usage: 10 });
  });
});

describe('handHistory', () => {
  const key = {
    operatorId: OPERATOR,
    transactionId: '99999999999999999999',
    historyId: '350-a1Basdf',
    vendor: 'netent',
  };
  const path = `handHistory/${key.transactionId}/${key.historyId}`;

  test('json, as it was given, and url', async () => {
    simulator.platform.state.addHandHistory({
      ...key,
      type: 'json',
      body: '{"stake":3000.10,"id":12345678901234567890}',
    });
    const text = await (await ask(path, { ...apiHeaders('handHistory', OPERATOR), ...VENDOR })).text();
    expect(text).toBe('{"success":true,"data":{"stake":3000.10,"id":12345678901234567890},"type":"json"}');
    simulator.platform.state.addHandHistory({ ...key, type: 'url', body: 'https://backstaging.the-rgs.example/1' });
    expect(await read('handHistory', path, VENDOR)).toEqual({
      ...{ success: true, type: 'url', data: 'https://backstaging.the-rgs.example/1' },
    });
  });

  test('none of another vendor or transaction; 403 without a vendor', async () => {
    simulator.platform.state.addHandHistory({ ...key, type: 'json', body: '{}' });
    expect(await read('handHistory', path, { 'x-vendor-id': 'evolution' })).toMatchObject({ success: false });
    expect(await read('handHistory', `handHistory/1/${key.historyId}`, VENDOR)).toMatchObject({ success: false });
    expect((await ask(path, apiHeaders('handHistory', OPERATOR))).status).toBe(403);
  });
});

describe('control', () => {
  const tell = (method: string, path: string, body: object): Promise<Response> =>
    fetch(`${simulator.platformUrl}/control/${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });

  test('adds an operator, changes games, limits and the report, and never tells a secret', async () => {
    const operator = { operatorId: 'two', secret: 'hidden', adapterUrl: 'http://127.0.0.1:9', currencies: ['USD'] };
    expect((await tell('POST', 'operators', operator)).status).toBe(201);
    expect((await tell('PUT', 'games', { operatorId: OPERATOR, id: 200, enabled: 0 })).status).toBe(200);
    const { games } = (await read('games', 'games/list/all')) as {
      games: { id: number; enabled: number; vendor: string }[];
    };
    expect(games.find(({ id }) => id === 200)).toMatchObject({ enabled: 0, vendor: 'netent' });
    const row = { operatorId: OPERATOR, day: DAY, vendor: 'netent', currencyCode: 'EUR' };
    await tell('POST', 'report', { ...row, figure: 'bets_count', delta: '3' });
    expect(await read('businessReport', `businessReport?date=${DAY}`)).toMatchObject([{ bets_count: 3 }]);
    const limits = { currencyCode: 'EUR', limitUnits: '1000' };
    await tell('PUT', 'ggr-limits', { operatorId: OPERATOR, limits });
    expect(await read('ggrLimits', 'ggrLimits')).toMatchObject({ limit: 10 });
    expect(await (await fetch(`${simulator.platformUrl}/control/state`)).text()).not.toMatch(/hidden|secret_key/);
  });

  test('400 names the field, 404 an operator that is not there', async () => {
    expect(await (await tell('POST', 'faults', { operation: 'nothing', kind: 'html' })).json()).toMatchObject({
      error: expect.stringContaining('operation'),
    });
    expect(
      await (await tell('POST', 'play', { operatorId: OPERATOR, userId: '1', betUnits: '1.5' })).json(),
    ).toMatchObject({
      error: expect.stringContaining('betUnits'),
    });
    expect((await tell('POST', 'play', { operatorId: 'nobody', userId: '1' })).status).toBe(404);
  });
});
