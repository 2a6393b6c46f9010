import { afterAll, beforeAll, expect, test } from 'vitest';
import type { Simulator } from '../../src/simulator/server.ts';
import { startPlatform } from '../simulator/platform-world.ts';
import { thrown } from '../stargame-remote/client.ts';
import { CALL_NAMES, CALLS, createClient, HAND, OPERATOR } from './client.ts';

let simulator: Simulator;

beforeAll(async () => {
  simulator = await startPlatform();
  const { state } = simulator.platform;
  state.addOperator({ ...OPERATOR, adapterUrl: 'http://127.0.0.1:1', currencies: ['EUR'] });
  state.setBalanceLimits(OPERATOR.operatorId, {
    currencyCode: 'USD',
    availableUnits: 10_788_102n,
    currencies: { GBP: 8_634_797n, EUR: 9_916_423n },
  });
  state.setGgrLimits(OPERATOR.operatorId, { currencyCode: 'EUR', limitUnits: 111_111_100n });
  const data = '{"stake":10.50}';
  state.addHandHistory({ operatorId: OPERATOR.operatorId, ...HAND, type: 'json', body: data });
});

afterAll(() => simulator.close());

test('the simulator answers as the document says', async () => {
  const client = createClient(simulator.platformUrl);
  const games = await CALLS.games(client);
  expect(games.length).toBe(simulator.platform.state.operators.get(OPERATOR.operatorId)?.games.size);
  expect(games.filter(({ pictureUrl }) => pictureUrl !== '').length).toBeGreaterThan(0);
  expect((await CALLS.lobbies(client)).map(({ lobbyId }) => lobbyId)).toContain('live168');
  expect(await CALLS.businessReport(client)).toEqual([]);
  expect(await CALLS.balanceLimits(client)).toMatchObject({ enabled: true, availableUnits: 10_788_102n });
  expect(await CALLS.ggrLimits(client)).toMatchObject({ enabled: true, limitUnits: 111_111_100n });
  expect(await CALLS.handHistory(client)).toEqual({ type: 'json', body: '{"stake":10.50}' });
  const other = { ...HAND, transactionId: '112' };
  expect(await client.platform.handHistory(OPERATOR, other)).toEqual({
    type: 'none',
    reason: 'Hand history not found',
  });
  expect(client.lines.map(({ level, outcome }) => [level, outcome])).toEqual(Array(7).fill([30, 'success']));
});

test.each(CALL_NAMES)('%s: what goes wrong there, once', async (name) => {
  const { faults } = simulator.platform;
  const client = createClient(simulator.platformUrl);
  for (const kind of ['status_500', 'drop'] as const) {
    faults.add({ operation: name, kind, count: 1 });
    await CALLS[name](client);
  }
  for (const kind of ['status_403', 'html', 'empty', 'truncated'] as const) {
    faults.add({ operation: name, kind, count: 1 });
    expect(await thrown(CALLS[name](client))).toMatchObject({ kind: 'malformed' });
  }
  expect(client.lines.map(({ attempts }) => attempts)).toEqual([2, 2, 1, 1, 1, 1]);
});

test('another secret is refused', async () => {
  const client = createClient(simulator.platformUrl);
  expect(await thrown(client.platform.listGames({ ...OPERATOR, secret: 'another' }))).toMatchObject({
    kind: 'malformed',
    message: 'games: HTTP status 403',
  });
});
