import type { MessageInitShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  type CatalogueGame,
  CatalogueService,
  type SyncCatalogueProgress,
} from '../../../src/gen/jobs/v1/catalogue_pb.ts';
import { GameService } from '../../../src/gen/wallet/v1/games_pb.ts';
import { MoneyService, Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import type { NewGame, NewLobby } from '../../../src/simulator/platform/games.ts';
import { until } from '../until.ts';
import { createPlatformWorld, OPERATOR, OTHER_OPERATOR, type PlatformWorld } from './world.ts';

const { syncCatalogue, searchGames, listLobbies, listCatalogueChanges, getCatalogueStatus } = CatalogueService.method;

const GAMES: readonly NewGame[] = [
  { id: 1, title: 'Apocalypse Slot', vendor: 'test1', details: { description: { en: 'A dark knight.' } } },
  { id: 2, title: 'Book of Keys', vendor: 'netent', campaigns: 0, fun_mode: 0 },
  { id: 3, title: 'book of keys', vendor: 'netent', platform: 'mobile', enabled: 0 },
  { id: 4, title: '100% Wild_Card', vendor: 'slotsXX', type: 'table' },
];
const LOBBIES: readonly NewLobby[] = [
  { lobby_id: 'evolution_game_shows', vendor: 'evolution' },
  { lobby_id: 'live168', vendor: 'live168' },
];

let platform: PlatformWorld;
let players: Record<string, string>;
let bets = 0;

beforeAll(async () => {
  platform = await createPlatformWorld({ prepare: ({ platform: { state } }) => setLists(state) });
  players = {
    [OPERATOR]: await platform.addPlayer(),
    [OTHER_OPERATOR]: await platform.addPlayer({ operatorId: OTHER_OPERATOR }),
  };
  await until('both lists of both operators are read without being asked for', async () => {
    const { lists } = await platform.ask(getCatalogueStatus, {});
    return lists.length === 4 && lists.every((list) => list.syncedAtMs > 0n);
  });
});

afterAll(() => platform[Symbol.asyncDispose]());

/** Each test begins with the same lists, stored, and no changes told of. */
beforeEach(async () => {
  setLists(platform.simulator.platform.state);
  await sync('');
  await platform.rows('DELETE FROM catalogue_changes');
});

function setLists(state: PlatformWorld['simulator']['platform']['state']): void {
  for (const operatorId of [OPERATOR, OTHER_OPERATOR]) {
    state.setGames(operatorId, GAMES);
    state.setLobbies(operatorId, LOBBIES);
  }
}

const state = () => platform.simulator.platform.state;

const sync = (operatorId: string): Promise<SyncCatalogueProgress[]> => platform.stream(syncCatalogue, { operatorId });

/** The counts of the games list. */
async function synced(operatorId = OPERATOR) {
  const [games] = await sync(operatorId);
  if (games === undefined) throw new Error('nothing was said');
  const { listed, added, changed, missing, back, error } = games;
  return { listed, added, changed, missing, back, error };
}

const search = async (
  request: Omit<MessageInitShape<typeof searchGames.input>, '$typeName'>,
): Promise<CatalogueGame[]> => (await platform.ask(searchGames, { operatorId: OPERATOR, ...request })).games;

const changes = async (): Promise<string[]> => {
  const answer = await platform.ask(listCatalogueChanges, { pageSize: 1000 });
  return answer.changes
    .map(({ operatorId, kind, itemId, field, valueBefore, valueAfter }) =>
      [operatorId, kind, itemId, field, valueBefore, valueAfter].join(' ').trim(),
    )
    .reverse();
};

async function bet(gameId: string, operatorId = OPERATOR): Promise<Reason> {
  bets += 1;
  const place = { operatorId, userId: players[operatorId] ?? '', provider: 'platform', gameId, roundId: `r-${bets}` };
  return (await platform.world.call(MoneyService.method.bet, { ...place, transactionId: `b-${bets}`, amountUnits: 1n }))
    .reason;
}

describe('a sync', () => {
  test('of the same lists changes nothing', async () => {
    const before = await platform.rows('SELECT * FROM catalogue_games ORDER BY operator_id, game_id');
    for (const progress of await sync('')) {
      expect(progress).toMatchObject({ added: 0, changed: 0, missing: 0, back: 0, error: '' });
    }
    expect(await platform.rows('SELECT * FROM catalogue_games ORDER BY operator_id, game_id')).toEqual(before);
    expect(await changes()).toEqual([]);
  });

  test('tells what was added, changed, missing and back, and when', async () => {
    const [, second, third, fourth] = GAMES;
    if (second === undefined || third === undefined || fourth === undefined) throw new Error('no games');
    state().setGames(OPERATOR, [
      { ...second, title: 'Book of Locks', fun_mode: 1 },
      third,
      { id: 5 },
      { ...fourth, details: { rtp: 96.5 } },
    ]);
    expect(await synced()).toEqual({ listed: 4, added: 1, changed: 2, missing: 1, back: 0, error: '' });
    expect(await changes()).toEqual(
      expect.arrayContaining([
        'casino game 2 title Book of Keys Book of Locks',
        'casino game 2 fun_mode 0 1',
        'casino game 5 added',
        'casino game 4 details',
        'casino game 1 missing',
      ]),
    );
    expect(await changes()).toHaveLength(5);

    const missing = (await search({ includeMissing: true, query: 'apocalypse' }))[0];
    expect(missing).toMatchObject({ gameId: '1', title: 'Apocalypse Slot' });
    expect(missing?.missingSinceMs).toBeGreaterThan(0n);
    expect(await search({ query: 'apocalypse' })).toEqual([]);

    setLists(state());
    expect(await synced()).toEqual({ listed: 4, added: 0, changed: 2, missing: 1, back: 1, error: '' });
    expect(await changes()).toEqual(expect.arrayContaining(['casino game 1 back', 'casino game 5 missing']));
    expect((await search({ query: 'apocalypse' }))[0]).toMatchObject({ missingSinceMs: 0n });
  });

  test('keeps lobbies the same way', async () => {
    state().setLobbies(OPERATOR, [
      { lobby_id: 'live168', vendor: 'other' },
      { lobby_id: 'portomaso', vendor: 'portomaso' },
    ]);
    await sync(OPERATOR);
    expect((await changes()).sort()).toEqual([
      'casino lobby evolution_game_shows missing',
      'casino lobby live168 vendor live168 other',
      'casino lobby portomaso added',
    ]);
    const { lobbies } = await platform.ask(listLobbies, { operatorId: OPERATOR });
    expect(lobbies.map(({ lobbyId }) => lobbyId)).toEqual(['live168', 'portomaso']);
    const all = await platform.ask(listLobbies, { operatorId: OPERATOR, includeMissing: true });
    expect(all.lobbies.map(({ lobbyId }) => lobbyId)).toEqual(['evolution_game_shows', 'live168', 'portomaso']);
  });

  test('that fails leaves everything as it was, says why, and is tried again', async () => {
    for (const kind of ['status_500', 'html', 'truncated', 'status_403'] as const) {
      platform.simulator.platform.faults.add({ operation: 'games', kind, count: 1 });
      const [games, lobbies] = await sync(OPERATOR);
      expect(games?.error).not.toBe('');
      expect(lobbies?.error).toBe('');
      const { lists } = await platform.ask(getCatalogueStatus, {});
      const list = lists.find((each) => each.operatorId === OPERATOR && each.list === 'games');
      expect(list).toMatchObject({ error: games?.error, listed: 4, missing: expect.any(Number), disabled: 1 });
      expect(list?.failures).toBeGreaterThan(0);
    }
    expect(await changes()).toEqual([]);
    await platform.rows("UPDATE platform_pulls SET due_at_ms = 0 WHERE kind = 'games'");
    await until('it is done again', async () => {
      const { lists } = await platform.ask(getCatalogueStatus, {});
      return lists.every((list) => list.failures === 0 && list.error === '');
    });
  });

  test('still happens after Redis has lost everything', async () => {
    await platform.world.loseRedisData();
    state().setGames(OTHER_OPERATOR, [...GAMES, { id: 77 }]);
    await platform.rows('UPDATE platform_pulls SET due_at_ms = 0');
    await until('the new game is there', async () => (await changes()).includes('other game 77 added'));
    expect(await changes()).toEqual(['other game 77 added']);
  });

  test('takes odd entries as far as tables can hold them, and finds them unchanged the next time', async () => {
    state().setGames(OPERATOR, [
      ...GAMES,
      {
        id: 9,
        title: ' 😀|Odd\u0000 ',
        vendor: 'é'.repeat(64),
        type: 'x\ud800',
        details: { note: '\udfff 𝕏 ' },
      },
    ]);
    expect(await synced()).toMatchObject({ listed: 5, added: 1, changed: 0, error: '' });
    expect(await synced()).toMatchObject({ listed: 5, added: 0, changed: 0, error: '' });
    expect((await search({ query: 'odd' }))[0]).toMatchObject({ gameId: '9', title: '😀 Odd' });
  });

  test('that loses more than half of a long list is believed, and warned of', async () => {
    state().setGames(
      OPERATOR,
      Array.from({ length: 30 }, (_, index) => ({ id: index + 1 })),
    );
    await synced();
    state().setGames(OPERATOR, GAMES);
    expect(await synced()).toMatchObject({ missing: 26, error: '' });
    await platform.jobs().waitForLog((line) => line.msg === 'a list has lost more than half of its entries');
  });

  test('of an unknown operator is refused', async () => {
    await expect(sync('nobody')).rejects.toMatchObject({ code: status.NOT_FOUND });
    await expect(sync('a b')).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });

  test('is in the log and in the metrics', async () => {
    await synced();
    const text = await (await fetch(`${platform.jobs().opsUrl}/metrics`)).text();
    expect(text).toMatch(/croupier_catalogue_synced_timestamp_seconds{operator="casino",list="games"} \d/);
    expect(text).toMatch(/croupier_catalogue_changes_total{operator="casino",list="games",change="added"} \d/);
    const line = await platform
      .jobs()
      .waitForLog((each) => each.msg === 'catalogue synced' && each.list === 'games' && each.operatorId === OPERATOR);
    expect(line).toMatchObject({ listed: 4, leftOut: 0, added: 4, changed: 0, missing: 0, back: 0 });
  });
});

describe('enabled: 0', () => {
  test('refuses bets at that operator alone, and no longer once it is 1 again', async () => {
    state().updateGame(OPERATOR, { id: 1, enabled: 0 });
    await sync('');
    expect(await bet('1')).toBe(Reason.GAME_DISABLED);
    expect(await bet('1', OTHER_OPERATOR)).toBe(Reason.UNSPECIFIED);
    expect(await changes()).toEqual(['casino game 1 enabled 1 0']);
    state().updateGame(OPERATOR, { id: 1, enabled: 1 });
    await sync(OPERATOR);
    expect(await bet('1')).toBe(Reason.UNSPECIFIED);
  });

  test('leaves a game alone that a person has pinned', async () => {
    const setGame = (enabled: boolean, pinned: boolean) =>
      platform.world.call(GameService.method.setGame, { gameId: '2', enabled, pinned });
    await setGame(true, true);
    state().updateGame(OPERATOR, { id: 2, enabled: 0 });
    await sync(OPERATOR);
    expect(await bet('2')).toBe(Reason.UNSPECIFIED);
    await until('it is shown as they said', async () => (await search({ query: '2' })).some((game) => game.enabled));
    await setGame(true, false);
  });

  test('a game that a list no longer has is not disabled by that: games of promotions are in no list', async () => {
    state().setGames(OPERATOR, GAMES.slice(1));
    await sync(OPERATOR);
    expect(await bet('1')).toBe(Reason.UNSPECIFIED);
    expect(await bet('400')).toBe(Reason.UNSPECIFIED);
  });
});

describe('a search', () => {
  const ids = async (request: Parameters<typeof search>[0]) => (await search(request)).map(({ gameId }) => gameId);

  test('finds all words, in any of title, vendor, type and id, whatever their case', async () => {
    const all = { includeDisabled: true };
    expect(await ids({ ...all, query: 'KEYS netent' })).toEqual(['2', '3']);
    expect(await ids({ ...all, query: 'keys slotsxx' })).toEqual([]);
    expect(await ids({ query: '100% wild_' })).toEqual(['4']);
    expect(await ids({ query: '_____' })).toEqual([]);
    expect(await ids({ query: 'keys' })).toEqual(['2']);
    expect(await ids({ ...all, platform: 'mobile' })).toEqual(['3']);
    expect(await ids({ type: 'table' })).toEqual(['4']);
    expect(await ids({ vendor: 'test1' })).toEqual(['1']);
    expect(await ids({ ...all, vendor: 'netent', funMode: true })).toEqual(['3']);
    expect(await ids({ operatorId: 'nobody' })).toEqual([]);
  });

  test('comes in pages, each game once, in order of title and id', async () => {
    const found: string[] = [];
    let pageToken = '';
    do {
      const page = await platform.ask(searchGames, {
        operatorId: OPERATOR,
        includeDisabled: true,
        pageSize: 1,
        pageToken,
      });
      expect(page.games.length).toBeLessThanOrEqual(1);
      found.push(...page.games.map(({ gameId }) => gameId));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    expect(found).toEqual(['4', '1', '2', '3']);
  });

  test('gives the whole entry where it is asked for', async () => {
    expect((await search({ query: 'apocalypse' }))[0]?.body).toBe('');
    const [game] = await search({ query: 'apocalypse', withBody: true });
    expect(JSON.parse(game?.body ?? '')).toMatchObject({ id: 1, details: { description: { en: 'A dark knight.' } } });
  });

  test.each([
    [{ operatorId: '' }],
    [{ operatorId: OPERATOR, pageSize: 1001 }],
    [{ operatorId: OPERATOR, pageToken: 'x' }],
    [{ operatorId: OPERATOR, query: 'x'.repeat(201) }],
  ])('refuses %o', async (request) => {
    await expect(platform.ask(searchGames, request)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  });
});

test('changes come newest first, in pages, of one operator or item', async () => {
  state().updateGame(OPERATOR, { id: 1, title: 'A', vendor: 'B' });
  state().updateGame(OTHER_OPERATOR, { id: 1, title: 'C' });
  await sync('');
  const page = (request: object) => platform.ask(listCatalogueChanges, request);
  const first = await page({ pageSize: 2 });
  const second = await page({ pageSize: 2, pageToken: first.nextPageToken });
  expect([first.changes.length, second.changes.length, second.nextPageToken]).toEqual([2, 1, '']);
  expect(first.changes[0]).toMatchObject({ operatorId: OTHER_OPERATOR, field: 'title', valueAfter: 'C' });
  const item = { kind: 'game', itemId: '1' };
  expect((await page({ ...item, operatorId: OPERATOR })).changes.map(({ field }) => field).sort()).toEqual([
    'title',
    'vendor',
  ]);
  expect((await page(item)).changes).toHaveLength(3);
  for (const bad of [{ kind: 'game' }, { itemId: '1' }, { kind: 'x', itemId: '1' }, { pageToken: 'x' }]) {
    await expect(page(bad)).rejects.toMatchObject({ code: status.INVALID_ARGUMENT });
  }
});

test('where PLATFORM is not asked anything, what is stored can still be read', async () => {
  const second = await platform.secondJobs({ PLATFORM_API_URL: '' });
  await expect(second.stream(syncCatalogue, {})).rejects.toMatchObject({ code: status.FAILED_PRECONDITION });
  const { games } = await second.ask(searchGames, { operatorId: OPERATOR });
  expect(games.map(({ gameId }) => gameId)).toEqual(['4', '1', '2']);
  // Nothing is late that nobody asks for.
  const metrics = await (await fetch(`${second.process.opsUrl}/metrics`)).text();
  expect(metrics).not.toMatch(/^croupier_(catalogue_synced|platform_reports_overdue|platform_limit)\S* \d/m);
  second.close();
  await second.process.stop();
});
