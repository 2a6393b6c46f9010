import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { createGameLists, type GameListName, readGameList } from '../../src/adapter/stargame/remote/games.ts';
import { createClient } from './client.ts';
import { answering, startCounterparty } from './counterparty.ts';

const golden = (file: string): Promise<Buffer> => readFile(join(import.meta.dirname, 'golden-lists', file));

const flightsoffancy = {
  id: '245',
  name: 'flightsoffancy',
  icon: 'http://content.stargame.solutions/api/game/icon/245',
  isaristocrat: 1,
  gametype: '11',
  url: expect.stringMatching(/^http:\/\/admin\.stargamecasino\.com\/tote_opbetting3\?gameid=245&x=\d+$/),
  width: 1280,
  height: 1024,
};

test('the XML sample of the document, whose URLs make it no XML', async () => {
  expect(readGameList('remote_games_list', await golden('remote_games_list.xml'))).toEqual({
    actualdate: '2014-12-12 06:15:17',
    gamescount: 84,
    config: 'https://apiserver.solutions/flashconfig.php',
    families: [
      {
        id: '6',
        name: 'coolfire 2',
        games: [
          {
            id: '211',
            name: 'dragonemperor',
            icon: 'https://apiserver.solutions/img/tote/games/cf_all/211.jpg',
            width: 1024,
            height: 768,
            url: 'https://apiserver.solutions/tote_opbetting3?gameid=211&x=353750879',
          },
          expect.objectContaining({ id: '210', name: 'diamonddestiny' }),
        ],
      },
    ],
  });
});

test('the JSON and JavaScript samples of the document', async () => {
  const json = readGameList('remote_games_list_new', await golden('remote_games_list_new.json.txt'));
  expect(json.families).toEqual([
    { id: '99', name: 'new', games: [flightsoffancy, expect.objectContaining({ id: '244', width: 1400 })] },
  ]);
  const script = readGameList('remote_games_list_new', await golden('remote_games_list_new.javascript.txt'));
  expect(script.families).toEqual([{ id: '99', name: 'new', games: [flightsoffancy] }]);
});

test('the web list, and an array of families as the PHP sample of the document reads it', async () => {
  const web = readGameList('remote_games_web', await golden('remote_games_web.json.txt'));
  expect(web).toMatchObject({ actualdate: '2017-06-30 06:15:17', gamescount: 2 });
  expect(web.families.map(({ id, games }) => [id, games.map((game) => game.name)])).toEqual([
    ['6', ['dragonemperor']],
    ['7', ['Deuces Wild']],
  ]);
  const nested = { gamelist: web.families.map((family) => ({ family })) };
  expect(readGameList('remote_games_list', Buffer.from(JSON.stringify(nested))).families).toHaveLength(2);
});

test.each([
  ['an HTML page', '<!DOCTYPE html><html></html>'],
  ['another XML', '<request><status>failure</status></request>'],
  ['a list without families', '{"actualdate":"x"}'],
  ['a word', 'Sorry'],
  ['code', 'var casinoData = fetch("http://evil");'],
  ['a game without an id', '{"gamelist":{"family":{"id":1,"name":"x","games":[{"name":"y"}]}}}'],
  ['an entity', '<!DOCTYPE root [<!ENTITY x SYSTEM "file:///etc/passwd">]><root><gamelist>&x;</gamelist></root>'],
])('%s is no list', (_, body) => {
  expect(() => readGameList('remote_games_list', Buffer.from(body))).toThrow('not what the document says');
});

test('a list is fetched once in 60 minutes, and once for all who ask meanwhile', async () => {
  await using server = await startCounterparty(answering(await golden('remote_games_list.xml')));
  let nowMs = 0;
  const lists = createGameLists({ remote: createClient(server.url).remote, now: () => nowMs });
  const answers = await Promise.all(Array.from({ length: 20 }, () => lists.get('remote_games_list')));
  expect(new Set(answers).size).toBe(1);
  expect(server.came).toHaveLength(1);
  expect(server.came[0]).toMatchObject({ method: 'GET', path: '/remote_games_list' });
  nowMs = 60 * 60 * 1000 - 1;
  await lists.get('remote_games_list');
  expect(server.came).toHaveLength(1);
  nowMs += 1;
  await lists.get('remote_games_list');
  expect(server.came).toHaveLength(2);
});

test('each list and format has its own address', async () => {
  await using server = await startCounterparty(answering(await golden('remote_games_list_new.javascript.txt')));
  const lists = createGameLists({ remote: createClient(server.url).remote });
  const names: GameListName[] = [
    'remote_games_list',
    'remote_games_list_new',
    'remote_games_list_pop',
    'remote_games_web',
  ];
  for (const name of names) {
    for (const format of ['xml', 'json', 'javascript'] as const) await lists.get(name, format);
  }
  expect(new Set(server.came.map(({ path }) => path))).toEqual(
    new Set([
      ...names.slice(0, 3).flatMap((name) => [`/${name}`, `/${name}?format=json`, `/${name}?format=javascript`]),
      '/remote_games_web',
    ]),
  );
});

test('a failure is not kept', async () => {
  await using server = await startCounterparty(answering('Sorry'));
  const lists = createGameLists({ remote: createClient(server.url).remote });
  await expect(lists.get('remote_games_list')).rejects.toMatchObject({ kind: 'malformed' });
  server.reply(answering(await golden('remote_games_list.xml')));
  expect(await lists.get('remote_games_list')).toMatchObject({ gamescount: 84 });
});

test('no address in a list is ever called', async () => {
  await using other = await startCounterparty(answering('x'));
  const game = `<game><id>1</id><name>n</name><icon>${other.url}/icon</icon><url>${other.url}/url</url></game>`;
  const xml = `<root><data><config>${other.url}/config</config></data><gamelist><family id="1" name="f">${game}</family></gamelist></root>`;
  await using server = await startCounterparty(answering(xml));
  const list = await createGameLists({ remote: createClient(server.url).remote }).get('remote_games_list');
  expect(list.families[0]?.games[0]).toMatchObject({ icon: `${other.url}/icon` });
  expect(other.came).toEqual([]);
});
