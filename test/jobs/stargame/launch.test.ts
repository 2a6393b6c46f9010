import { status } from '@grpc/grpc-js';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { StargameService } from '../../../src/gen/jobs/v1/stargame_pb.ts';
import { HallService } from '../../../src/gen/wallet/v1/halls_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { SessionService } from '../../../src/gen/wallet/v1/sessions_pb.ts';
import { StopScope, StopService } from '../../../src/gen/wallet/v1/stops_pb.ts';
import type { Terminal } from '../../../src/simulator/stargame/state.ts';
import { until } from '../until.ts';
import { createStargameWorld, HALL, OPERATOR, type StargameWorld } from './world.ts';

let stargame: StargameWorld;
let userId: string;

beforeAll(async () => {
  stargame = await createStargameWorld();
});
afterAll(() => stargame?.[Symbol.asyncDispose]());
beforeEach(async () => {
  userId = await stargame.addPlayer();
});
afterEach(() => stargame.simulator.stargame.faults.clear());

const launch = (over: object = {}) =>
  stargame.ask(StargameService.method.launch, { hallId: HALL, userId, gameId: '206', ...over });
const close = (token: string) => stargame.ask(StargameService.method.closeSession, { token });
const closeOurs = (token: string) => stargame.world.call(SessionService.method.closeSession, { token });
const ours = (token: string) => stargame.world.call(SessionService.method.getSession, { token });

function theirs(uid: string): Terminal {
  const terminal = stargame.simulator.stargame.state.terminals.get(uid);
  if (terminal === undefined) throw new Error(`StarGame has no terminal ${uid}`);
  return terminal;
}

const isClosed = (uid: string) => until('StarGame has closed it', async () => theirs(uid).session === null);

describe('launch', () => {
  test('registers, opens both sessions, and gives the link to the game', async () => {
    const { url, token, uid } = await launch({ language: 'ru', ttlSeconds: 60 });
    const { sessionId = '', key1 = '', key2 = '' } = theirs(uid).session ?? {};
    const query = new URLSearchParams({ gameid: '206', sid: sessionId, key1, key2, lang: 'ru' });
    expect(url).toBe(`${stargame.simulator.stargameUrl}/showgame?${query}`);
    expect((await fetch(url)).status).toBe(200);
    expect(await ours(token)).toMatchObject({ operatorId: OPERATOR, userId, gameId: '206', closedAtMs: 0n });
    expect((await launch()).uid).toBe(uid);
  });

  test("the player's language, where StarGame has it", async () => {
    const player = { operatorId: OPERATOR, userId };
    expect(new URL((await launch()).url).searchParams.get('lang')).toBe('en');
    await stargame.world.call(PlayerService.method.updatePlayer, { ...player, language: 'ru-LV' });
    expect(new URL((await launch()).url).searchParams.get('lang')).toBe('ru');
    await stargame.world.call(PlayerService.method.updatePlayer, { ...player, language: 'lv' });
    expect(new URL((await launch()).url).searchParams.get('lang')).toBe('en');
  });

  test('the other forms, and demo credits for nobody', async () => {
    const page = await launch({ form: 'starconfig' });
    expect(page.html).toMatch(
      new RegExp(`^<script>var starconfig = \\{"login":${page.uid},"hash":"[0-9a-f]{32}","gameid":206\\};</script>`),
    );
    expect(page.html).not.toContain('hallsecret');
    const flash = await launch({ form: 'flash' });
    expect(flash.parameters).toContain(`SID=${theirs(flash.uid).session?.sessionId}&`);
    const demo = await launch({ demo: true, hallId: '', userId: '' });
    expect(demo).toMatchObject({ token: '', uid: '' });
    expect(new URL(demo.url).searchParams.get('sid')).toBe('777');
  });

  test('what must not play is refused before anything is registered', async () => {
    const before = stargame.hall.terminals.length;
    const refusal = { code: status.FAILED_PRECONDITION };
    const stop = { scope: StopScope.GAME, scopeId: 'stargame:206' };
    await stargame.world.call(StopService.method.addStop, stop);
    await expect(launch()).rejects.toMatchObject({ ...refusal, details: 'play is stopped' });
    await stargame.world.call(StopService.method.removeStop, stop);
    await stargame.world.call(PlayerService.method.blockPlayer, { operatorId: OPERATOR, userId });
    await expect(launch()).rejects.toMatchObject({ ...refusal, details: 'the player is blocked' });
    await expect(launch({ gameId: 'abc' })).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });
    const invalid = [
      { gameId: '' },
      { form: 'window' },
      { language: 'de' },
      { hallId: 'x' },
      { ttlSeconds: 40_000_000 },
    ];
    for (const over of invalid) await expect(launch(over)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
    await expect(launch({ hallId: '5' })).rejects.toMatchObject({ code: status.NOT_FOUND });
    expect(stargame.hall.terminals.length).toBe(before);
  });

  test('a game id that is none of StarGame is refused before anything is opened', async () => {
    await expect(launch({ gameId: 'abc' })).rejects.toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'game_id: must be 1 to 20 digits',
    });
    expect(await stargame.terminals(userId)).toEqual([]);
  });

  test.each([
    [{ kind: 'lost_reply' }, status.UNKNOWN],
    [{ kind: 'error_code', code: 'wrong_api_version' }, status.FAILED_PRECONDITION],
  ] as const)('%o of theirs: ours is closed again, and theirs too', async (fault, code) => {
    stargame.fault({ ...fault, operation: 'remotecab_session', count: 1 });
    await expect(launch()).rejects.toMatchObject({ code });
    const { sessions } = await stargame.world.call(SessionService.method.listSessions, {
      operatorId: OPERATOR,
      userId,
    });
    expect(sessions).toHaveLength(1);
    expect(sessions[0]?.closedAtMs).not.toBe(0n);
    const [terminal] = await stargame.terminals(userId);
    await isClosed(terminal?.uid ?? '');
  });

  test('a password that was never told is learned there, too', async () => {
    const terminal = stargame.simulator.stargame.state.addTerminal({ hall: stargame.hall });
    const link = { hallId: HALL, uid: terminal.uid, operatorId: OPERATOR, userId };
    await stargame.world.call(HallService.method.linkTerminal, link);
    expect((await launch()).uid).toBe(terminal.uid);
    const known = { hallId: HALL, uids: [terminal.uid] };
    const { credentials } = await stargame.world.call(HallService.method.listTerminalCredentials, known);
    expect(credentials[0]?.password).toBe(terminal.password);
  });

  test("a password that StarGame has changed is learned from its list of the hall's terminals", async () => {
    // A hall of its own: its list was not read just now.
    const hallId = '1892';
    const hall = { hallId, secret: 'hallsecret', agentId: '1334' };
    stargame.simulator.stargame.state.addHall({ ...hall, name: 'changing' });
    const { createHall } = HallService.method;
    await stargame.world.call(createHall, { ...hall, operatorId: OPERATOR, pathSecret: 'changingpath' });
    const { uid } = await launch({ hallId });
    theirs(uid).password = 'another1';
    expect((await launch({ hallId })).uid).toBe(uid);
  });
});

describe('the end of a session', () => {
  test('closed by us: closed at StarGame at once', async () => {
    const { token, uid } = await launch();
    expect(await close(token)).toMatchObject({ confirmed: true });
    expect(theirs(uid).session).toBeNull();
    expect((await ours(token)).closedAtMs).not.toBe(0n);
    expect(await close(token)).toMatchObject({ confirmed: true });
    await expect(close('a'.repeat(30))).rejects.toMatchObject({ code: status.NOT_FOUND });
  });

  test('closed elsewhere, or expired: a job closes it at StarGame', async () => {
    const { token, uid } = await launch();
    await closeOurs(token);
    await isClosed(uid);
    await launch({ ttlSeconds: 1 });
    await isClosed(uid);
  });

  test('while another one goes on at the terminal, nothing is closed there', async () => {
    const first = await launch();
    const second = await launch();
    expect(await close(first.token)).toMatchObject({ confirmed: true });
    expect(theirs(second.uid).session).not.toBeNull();
    await closeOurs(second.token);
    await isClosed(second.uid);
  });

  test('StarGame away: ours is closed, theirs is closed later', async () => {
    const { token, uid } = await launch();
    stargame.fault({ operation: 'remotecab_session', kind: 'http_500', count: 1 });
    expect(await close(token)).toMatchObject({ confirmed: false });
    expect((await ours(token)).closedAtMs).not.toBe(0n);
    await isClosed(uid);
  });

  test('killed with the session open: the next process closes it', async () => {
    const { token, uid } = await launch();
    await stargame.killJobs();
    await closeOurs(token);
    await stargame.restartJobs();
    await isClosed(uid);
  });
});

describe('operations by hand', () => {
  const call = (operation: string, fields: Record<string, string>, hallId = '') =>
    stargame.ask(StargameService.method.call, { operation, fields, hallId });

  test('each signer, numbers and lists as text, answers without keys', async () => {
    const { uid } = await launch();
    const balance = await call('api_get_balance', { hall_id: HALL, user_id: uid });
    expect(balance).toMatchObject({ status: 'success' });
    expect(JSON.parse(balance.answerJson)).toMatchObject({ user_id: uid, balance: '0' });
    const increase = { hall_id: HALL, user_id: uid, operation: 'increase', sum: '500' };
    expect(JSON.parse((await call('api_operation_balance', increase)).answerJson)).toMatchObject({
      new_balance: '500',
    });
    expect(await call('api_get_agent_balance', { agent_id: '1334' })).toMatchObject({ status: 'success' });
    const settings = { hall_id: HALL, operation: 'set', settings: '{"maxbetperline":10,"maxwin":"6000"}' };
    expect(await call('api_hall_settings', settings)).toMatchObject({ status: 'success', code: '' });
    const session = await call('remotecab_session', { user_id: uid, operation: 'set' }, HALL);
    expect(session.status).toBe('success');
    expect(Object.keys(JSON.parse(session.answerJson))).not.toEqual(
      expect.arrayContaining([expect.stringMatching(/password|key1|key2|sessionid/)]),
    );
    for (const use_hash of ['0', '1']) {
      const list = { user_id: uid, use_hash, operation: 'list', period_start: '2026-01-01 00:00:00' };
      const history = await call('remotecab_game_history', { ...list, period_end: '2026-01-01 23:00:00' }, HALL);
      expect(history).toMatchObject({ status: 'success' });
    }
  });

  test("StarGame's no is an answer; what the document forbids is not sent", async () => {
    expect(await call('api_get_balance', { hall_id: HALL, user_id: '1' })).toMatchObject({
      status: 'failure',
      code: 'user_not_isset',
    });
    const refused = (operation: string, fields: Record<string, string>) =>
      call(operation, fields).catch((error) => error);
    expect(await refused('api_get_balance', { hall_id: HALL, user_id: '1', colour: 'red' })).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'api_get_balance: colour: not a field of this operation',
    });
    const sum = await refused('api_operation_balance', {
      hall_id: HALL,
      user_id: '1',
      operation: 'increase',
      sum: 'x',
    });
    expect(sum).toMatchObject({
      code: status.INVALID_ARGUMENT,
      details: 'api_operation_balance: sum: must be a bigint',
    });
    expect(await refused('api_delete_all', {})).toMatchObject({ code: status.INVALID_ARGUMENT });
    expect(await refused('api_get_balance', { hall_id: '5', user_id: '1' })).toMatchObject({
      code: status.INVALID_ARGUMENT,
    });
    stargame.fault({ operation: 'api_get_balance', kind: 'http_500', count: 1 });
    expect(await refused('api_get_balance', { hall_id: HALL, user_id: '1' })).toMatchObject({ code: status.UNKNOWN });
  });

  test('no secret, password or key is in a log line', async () => {
    const { uid } = await launch();
    const { password, session } = theirs(uid);
    const logs = JSON.stringify(stargame.jobs().logs()) + stargame.jobs().output();
    for (const secret of [password, 'hallsecret', 'agentpassword', session?.key1 ?? '', session?.key2 ?? '']) {
      expect(secret).not.toBe('');
      expect(logs).not.toContain(secret);
    }
  });

  test('game lists', async () => {
    const list = (name: string) => stargame.ask(StargameService.method.listStargameGames, { list: name });
    for (const name of ['', 'new', 'popular', 'web']) {
      const [game] = (await list(name)).games;
      expect(game).toMatchObject({ gameId: expect.stringMatching(/^\d+$/), name: expect.stringMatching(/./) });
    }
    await expect(list('old')).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});
