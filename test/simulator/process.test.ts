import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSimulator, type TestProcess } from '../harness/processes.ts';
import { digest, type Listener, listen, packet, post } from './world.ts';

let casino: Listener;
let simulator: TestProcess;
beforeAll(async () => {
  casino = await listen((_request, response) => response.end('{"status":"fail"}'));
  const env = {
    SIMULATOR_ADAPTER_URL: casino.url,
    SIMULATOR_SPINS_PER_MINUTE: '600',
    SIMULATOR_NOTIFY_TIMEOUT_MS: '30000',
  };
  simulator = await startSimulator({ env });
});
afterAll(async () => {
  await simulator.stop();
  await casino.stop();
});

test('the process has the other side of the demo data', async () => {
  const answer = await post(
    `${simulator.url}/stargame`,
    'api_get_userslist',
    packet({ hall_id: 1890 }),
    digest('secret'),
  );
  expect([answer.read('uid'), answer.read('password')]).toEqual(['117', 'terminal117']);
  expect((await fetch(`${simulator.url}/readyz`)).status).toBe(200);
});

test('it plays at the demo terminal, and pauses where the casino does not take its bets', async () => {
  await simulator.waitForLog(({ round }) => round === 'fail');
  const [first] = casino.requests;
  expect(`${first?.url.pathname} ${first?.url.searchParams.get('uid')}`).toBe('/stargame/1890/notify 117');
  expect(casino.requests).toHaveLength(1);
});

test('neither passwords nor the path of the notify server are in its log', async () => {
  const text = JSON.stringify(simulator.logs()) + simulator.output();
  expect(text).not.toMatch(/terminal117|agentpassword|notify/);
});

test('configuration that is wrong is named', async () => {
  const start = startSimulator({ env: { SIMULATOR_SPINS_PER_MINUTE: 'many', SIMULATOR_ANSWER_FORM: 'yaml' } });
  await expect(start).rejects.toThrow(/SIMULATOR_SPINS_PER_MINUTE[\s\S]*SIMULATOR_ANSWER_FORM/);
});
