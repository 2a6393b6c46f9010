import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { decimalText } from '../../src/simulator/decimal.ts';
import { md5, startWorld, type World } from './world.ts';

let world: World;
beforeEach(async () => {
  world = await startWorld();
});
afterEach(() => world.stop());

const get = (path: string): Promise<Response> => fetch(`${world.url}${path}`);

const send = (method: string, path: string, body: object): Promise<Response> =>
  fetch(`${world.url}${path}`, {
    method,
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  });

type Games = { id: number; icon: string }[];
type Family = { id: number; games: Games };
type Round = { status: string; balance: string };

const read = async <T>(response: Promise<Response>): Promise<T> => (await (await response).json()) as T;

describe('game lists', () => {
  test.each(['remote_games_list_new', 'remote_games_list_pop'])(
    '%s: one category of 16 games, as JSON',
    async (name) => {
      const list = await read<{ gamelist: { family: Family } }>(get(`/${name}?format=json`));
      const { id, games } = list.gamelist.family;
      expect([id, games.length]).toEqual([name === 'remote_games_list_new' ? 99 : 77, 16]);
      expect(Object.keys(games[0] ?? {}).sort()).toEqual(
        ['id', 'name', 'icon', 'isaristocrat', 'gametype', 'url', 'width', 'height'].sort(),
      );
    },
  );

  test('all games as XML, as JavaScript and as JSON are the same games', async () => {
    const xml = await (await get('/remote_games_list')).text();
    const script = await (await get('/remote_games_list?format=javascript')).text();
    const json = await read<{ gamelist: { family: Family }[] }>(get('/remote_games_list?format=json'));
    expect(script).toBe(`var casinoData = ${JSON.stringify(json)};`);
    const ids = json.gamelist.flatMap(({ family }) => family.games.map(({ id }) => id));
    expect([...xml.matchAll(/<id>(\d+)<\/id>/g)].map(([, id]) => Number(id))).toEqual(ids);
    expect(xml).toContain(`<gamescount>${ids.length}</gamescount>`);
    expect(xml).toContain('<actualdate>2026-11-20 12:00:00</actualdate>');
    expect(xml).toContain('<family id="6" name="coolfire 2">');
  });

  test('the list is made anew after 60 minutes', async () => {
    const first = await (await get('/remote_games_list')).text();
    world.clock.nowMs += 3_599_999;
    expect(await (await get('/remote_games_list')).text()).toBe(first);
    world.clock.nowMs += 1;
    expect(await (await get('/remote_games_list')).text()).toContain('<actualdate>2026-11-20 13:00:00</actualdate>');
  });

  test('remote_games_web, and each icon of it is there', async () => {
    const web = get('/remote_games_web');
    const { gamelist, gamescount } = await read<{ gamelist: Family[]; gamescount: number }>(web);
    const games = gamelist.flatMap((family) => family.games);
    expect(games).toHaveLength(gamescount);
    const icon = await fetch(games[0]?.icon ?? '');
    expect([icon.status, icon.headers.get('content-type')]).toEqual([200, expect.stringContaining('image/svg+xml')]);
  });
});

describe('game windows', () => {
  const spin = (session: object): Promise<Response> => send('POST', '/spin', { gameid: 206, ...session });

  test('showgame opens with a session of the terminal, and a spin is played there', async () => {
    const { sessionId: sid, key1, key2 } = world.simulator.stargame.state.openSession(world.terminal);
    const page = await get(`/showgame?gameid=206&sid=${sid}&key1=${key1}&key2=${key2}&lang=en`);
    expect(page.status).toBe(200);
    const html = await page.text();
    expect(html).toContain('<h1>50lions</h1>');
    expect(html).not.toMatch(/(src|href)=/);
    const round = await read<Round>(spin({ sid, key1, key2 }));
    expect(round.status).toBe('played');
    expect(round.balance).toBe(decimalText(world.terminal.balanceUnits));
    expect(world.terminal.logs.length).toBe(1);
  });

  test('Russian', async () => {
    const page = await get('/showgame?gameid=206&sid=777&key1=777&key2=777&lang=ru');
    expect(await page.text()).toContain('Крутить');
  });

  test('demo: 777, and no log', async () => {
    const round = await read<Round>(spin({ sid: '777', key1: '777', key2: '777' }));
    expect(round.status).toBe('played');
    expect(world.terminal.logs.length).toBe(0);
  });

  test('a session that is wrong or closed', async () => {
    const { state } = world.simulator.stargame;
    const { sessionId: sid, key1, key2 } = state.openSession(world.terminal);
    expect((await get(`/showgame?gameid=206&sid=${sid}&key1=${key1}&key2=1`)).status).toBe(403);
    expect((await get('/showgame?gameid=206')).status).toBe(403);
    state.closeSession(world.terminal);
    expect((await spin({ sid, key1, key2 })).status).toBe(403);
    expect((await get('/showgame?gameid=1&sid=777&key1=777&key2=777')).status).toBe(404);
  });

  test('tote_opbetting3 by login and md5 of the password', async () => {
    const page = await get(`/tote_opbetting3?gameid=219&ulogin=345&upass=${md5('31003sdfds')}&x=0.5`);
    expect(await page.text()).toContain('<h1>Deuces Wild</h1>');
    expect((await get('/tote_opbetting3?gameid=219&ulogin=345&upass=31003sdfds')).status).toBe(403);
  });
});

describe('control', () => {
  const control = (method: string, path: string, body: object) => send(method, `/control${path}`, body);
  const state = () => read<object>(get('/control/state'));

  test('a hall, a terminal, money, and rounds', async () => {
    const hall = { hallId: '9', agentId: '12345678', name: 'nine', secret: 'thesecret', zone: 'Asia/Tokyo' };
    expect((await control('POST', '/halls', hall)).status).toBe(201);
    expect((await control('POST', '/halls', hall)).status).toBe(409);
    const terminal = { hallId: '9', uid: '10', password: 'thepassword' };
    expect((await control('POST', '/terminals', terminal)).status).toBe(201);
    expect((await control('PUT', '/terminals/10/balance', { balanceUnits: '1000' })).status).toBe(200);
    const rounds = await (await control('POST', '/play', { uid: '10', rounds: 5, betUnits: '100' })).json();
    expect(rounds).toMatchObject({ played: 5, fail: 0 });
    const text = JSON.stringify(await state()) + (await (await get('/control/terminals/10')).text());
    expect(text).toContain('"records":5');
    expect(text).not.toMatch(/thesecret|thepassword/);
  });

  test.each([
    ['POST', '/halls', { hallId: '9', agentId: '12345678', name: 'x', secret: 's', zone: 'Nowhere' }, 'zone'],
    ['POST', '/terminals', { hallId: '125', uid: 'x', password: 'p' }, 'uid'],
    ['PUT', '/terminals/345/balance', { balanceUnits: 5 }, 'balanceUnits'],
    ['POST', '/play', { uid: '345', rounds: 0 }, 'rounds'],
    ['PUT', '/answer-form', { answerForm: 'yaml' }, 'answerForm'],
  ])('%s %s names what is wrong: %j', async (method, path, body, field) => {
    const response = await control(method, path, body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error: expect.stringContaining(`${field}:`) });
  });

  test('what is not there is 404, and what is not JSON is not read', async () => {
    expect((await control('POST', '/play', { uid: '1' })).status).toBe(404);
    expect((await control('POST', '/terminals', { hallId: '1', uid: '2', password: 'p' })).status).toBe(404);
    const plain = await fetch(`${world.url}/control/play`, { method: 'POST', body: '{"uid":"345"}' });
    expect(plain.status).toBe(400);
    expect(world.terminal.logs.length).toBe(0);
  });
});
