import { afterAll, beforeAll, expect, test } from 'vitest';
import { stargameRemoteConfig } from '../../src/adapter/stargame/remote/config.ts';
import { createGameLists, GAME_LISTS } from '../../src/adapter/stargame/remote/games.ts';
import { apiCreateHall } from '../../src/adapter/stargame/remote/operations/api-create-hall.ts';
import { apiGetAgentBalance } from '../../src/adapter/stargame/remote/operations/api-get-agent-balance.ts';
import { apiGetAgentStory } from '../../src/adapter/stargame/remote/operations/api-get-agent-story.ts';
import { apiGetBalance } from '../../src/adapter/stargame/remote/operations/api-get-balance.ts';
import { apiGetHallBalance } from '../../src/adapter/stargame/remote/operations/api-get-hall-balance.ts';
import { apiGetHallslist } from '../../src/adapter/stargame/remote/operations/api-get-hallslist.ts';
import { apiGetUserslist } from '../../src/adapter/stargame/remote/operations/api-get-userslist.ts';
import { apiHallMessage } from '../../src/adapter/stargame/remote/operations/api-hall-message.ts';
import { apiHallOperationBalance } from '../../src/adapter/stargame/remote/operations/api-hall-operation-balance.ts';
import { apiHallSettings } from '../../src/adapter/stargame/remote/operations/api-hall-settings.ts';
import { apiOperationBalance } from '../../src/adapter/stargame/remote/operations/api-operation-balance.ts';
import { apiOperationJackpot } from '../../src/adapter/stargame/remote/operations/api-operation-jackpot.ts';
import { apiReg } from '../../src/adapter/stargame/remote/operations/api-reg.ts';
import { remotecabGameHistory } from '../../src/adapter/stargame/remote/operations/remotecab-game-history.ts';
import { remotecabSession } from '../../src/adapter/stargame/remote/operations/remotecab-session.ts';
import { createRemote, type Remote, type Result } from '../../src/adapter/stargame/remote/remote.ts';
import { readConfig } from '../../src/common/config.ts';
import { createLog } from '../../src/common/log.ts';
import { md5, startWorld, type World } from './world.ts';

/** Our client takes everything that the simulator answers, with every check that it has. */
let world: World;
let remote: Remote;
beforeAll(async () => {
  world = await startWorld();
  const config = readConfig(stargameRemoteConfig, {
    STARGAME_API_URL: world.url,
    STARGAME_ANSWER_SIGNATURE: 'strict',
    STARGAME_LOG_MD5: 'strict',
  });
  remote = createRemote({ config, log: createLog('client', 'silent') });
});
afterAll(() => world.stop());

const hall = { type: 'hall', secret: 'fgghhjjuku' } as const;
const agent = { type: 'agent', password: 'agentpassword' } as const;
const user = { type: 'user', password: '31003sdfds' } as const;
const who = { user_id: '345', user_password: '31003sdfds' };

async function answered<A>(asked: Promise<Result<A>>): Promise<A> {
  const result = await asked;
  if (result.status === 'failure') throw new Error(`${result.code}: ${result.message}`);
  return result.answer;
}

test("a hall's operations", async () => {
  const { call } = remote;
  const registered = await answered(call(apiReg, { hall_id: '125', phone: '4915112345678', operation_id: '7' }, hall));
  expect(registered.operation_exist).toBe(0);
  expect((await answered(call(apiGetBalance, { hall_id: '125', user_id: registered.login }, hall))).balance).toBe(0n);
  const increase = { hall_id: '125', user_id: '345', operation: 'increase', sum: 500n, operation_id: '8' } as const;
  expect((await answered(call(apiOperationBalance, increase, hall))).new_balance).toBe(5500n);
  expect((await answered(call(apiOperationBalance, increase, hall))).operation_exist).toBe(1);
  expect((await answered(call(apiGetUserslist, { hall_id: '125' }, hall))).users).toHaveLength(2);
  expect((await answered(call(apiGetHallBalance, { hall_id: '125' }, hall))).balance).toBe(99_500n);
});

test("a hall's settings, messages and jackpot", async () => {
  const { call } = remote;
  const settings = { maxbetperline: 20, maxwin: 10_000, maxriskwin: 10_000 } as const;
  await answered(call(apiHallSettings, { hall_id: '125', operation: 'set', settings }, hall));
  const current = await answered(call(apiHallSettings, { hall_id: '125', operation: 'get' }, hall));
  expect(current.settings).toMatchObject({ maxbetperline: 20, denominationminval: '0.01' });
  const message = { hall_id: '125', operation: 'add', text: 'Привет', repeat: 1 } as const;
  const schedule = { dateFrom: '2015-01-02', dateTo: '2015-02-02', interval: 60 } as const;
  const added = await answered(call(apiHallMessage, { ...message, send_type: 'regular', schedule }, hall));
  const once = { dateFrom: '2015-01-02', hours: 12, minutes: 20, interval: 30 } as const;
  await answered(call(apiHallMessage, { ...message, send_type: 'time_repeat', schedule: once }, hall));
  const { message_id } = added;
  await answered(call(apiHallMessage, { hall_id: '125', operation: 'delete', message_id }, hall));
  const jackpot = { hall_id: '125' };
  await answered(call(apiOperationJackpot, { ...jackpot, operation: 'change', jackpotvalue: 500n }, hall));
  const rules = { jackpotpercent: 3, jackpotactivatevalue: 1000n, outtext: 'Jackpot, now!' } as const;
  await answered(call(apiOperationJackpot, { ...jackpot, operation: 'set_settings', settings: rules }, hall));
  const got = await answered(call(apiOperationJackpot, { ...jackpot, operation: 'get_settings' }, hall));
  expect(got.settings).toMatchObject({ jackpotpercent: 3, outtext: 'Jackpot, now!' });
  const value = await answered(call(apiOperationJackpot, { ...jackpot, operation: 'get_balance' }, hall));
  expect(value.jackpotvalue).toBe(500n);
  await answered(call(apiOperationJackpot, { ...jackpot, operation: 'reset' }, hall));
});

test("an agent's operations", async () => {
  const { call } = remote;
  const id = { agent_id: '12345678' };
  const story = { ...id, period_start: 1_795_175_000n, period_end: 1_795_177_000n };
  expect((await answered(call(apiGetAgentStory, story, agent))).operations).toHaveLength(0);
  const made = await answered(call(apiCreateHall, { ...id, hall_name: 'New', hall_secret: 'abc' }, agent));
  expect((await answered(call(apiGetHallslist, id, agent))).halls.map((each) => each.id)).toEqual([
    '125',
    made.hall_id,
  ]);
  const increase = { ...id, hall_id: '125', operation: 'increase', sum: 1000n } as const;
  await answered(call(apiHallOperationBalance, increase, agent));
  expect((await answered(call(apiGetAgentBalance, id, agent))).balance).toBe(999_000n);
  expect((await answered(call(apiGetAgentStory, story, agent))).operations).toHaveLength(1);
  const nobody = await answered(call(apiGetUserslist, { hall_id: made.hall_id }, { type: 'hall', secret: 'abc' }));
  expect(nobody.users).toEqual([]);
});

test("a terminal's sessions and game logs", async () => {
  const { call } = remote;
  const set = await answered(call(remotecabSession, { ...who, operation: 'set' }, user));
  const { sessionid = '', key1 = '', key2 = '' } = set;
  await answered(call(remotecabSession, { ...who, operation: 'get', sessionid, key1, key2 }, user));
  expect((await answered(call(remotecabSession, { ...who, operation: 'check' }, user))).sessionid).toBe(sessionid);
  await answered(call(remotecabSession, { ...who, operation: 'close' }, user));

  const { state } = world.simulator.stargame;
  const game = { gameId: 219, betUnits: 500n, winUnits: 1000n, lines: 5, balanceUnits: 3_327_000n };
  const period = { period_start: '2026-11-19 13:00:00', period_end: '2026-11-20 13:00:00' };
  const list = { ...who, use_hash: 0, operation: 'list', ...period } as const;
  expect((await answered(call(remotecabGameHistory, list, user))).logs).toEqual([]);
  const record = state.addRecord(world.terminal, game, world.clock.nowMs);
  const [log, ...others] = (await answered(call(remotecabGameHistory, list, user))).logs;
  expect(others).toEqual([]);
  const logged = { dataid: String(record.dataId), bet: 500n, win: 1000n, balance: 3_327_000n };
  expect(log).toMatchObject(logged);

  const user_password = md5('31003sdfds');
  const details = { user_id: '345', user_password, use_hash: 1, operation: 'log', log_id: logged.dataid } as const;
  const hashed = await answered(call(remotecabGameHistory, details, user));
  expect(hashed.log_bet).toBe(500n);
});

test('the game lists, in each format', async () => {
  const lists = createGameLists({ remote });
  for (const name of GAME_LISTS) {
    const [xml, json, script] = await Promise.all([
      lists.get(name, 'xml'),
      lists.get(name, 'json'),
      lists.get(name, 'javascript'),
    ]);
    const ids = (list: typeof xml): string[] => list.families.flatMap(({ games }) => games.map(({ id }) => id));
    expect(ids(xml).length).toBeGreaterThanOrEqual(16);
    expect([ids(json), ids(script)]).toEqual([ids(xml), ids(xml)]);
  }
});
