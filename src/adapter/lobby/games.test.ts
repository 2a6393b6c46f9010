import { create } from '@bufbuild/protobuf';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CatalogueGameSchema, CatalogueLobbySchema } from '../../gen/jobs/v1/catalogue_pb.ts';
import {
  categoriesOf,
  forDevice,
  type GameList,
  type LobbyGame,
  markNew,
  merge,
  pageOf,
  platformGame,
  platformLobby,
} from './games.ts';
import type { Steps } from './turns.ts';
import type { GamesView, GameView } from './view.ts';

type Said = {
  title: string;
  vendor?: string;
  type?: string;
  platform?: string;
  createdOn?: string;
  pictureUrl?: string;
};

/** All steps at once. */
function done<T>(work: Steps<T>): T {
  for (;;) {
    const step = work.next();
    if (step.done === true) return step.value;
  }
}

let nextId = 1;
const game = (said: Said): LobbyGame =>
  platformGame(create(CatalogueGameSchema, { gameId: String(nextId++), funMode: true, ...said }), ['live168']);

const games = fc.array(
  fc
    .record({
      title: fc.string({ maxLength: 8 }),
      vendor: fc.constantFrom('netent', 'evolution', 'vivo'),
      type: fc.constantFrom('slots', 'table', ''),
    })
    .map(game),
  { maxLength: 200 },
);

function allPages(list: GameList, query: string, category: string): GameView[] {
  const found: GameView[] = [];
  for (let page: number | null = 0; page !== null; ) {
    const view: Omit<GamesView, 'categories'> = done(pageOf(list, { query, category, page }));
    found.push(...view.games);
    page = view.nextPage;
  }
  return found;
}

test('all pages together are all games, each once and in order', () => {
  fc.assert(
    fc.property(games, (list) => {
      expect(allPages(list, '', '')).toEqual(list.map(({ view }) => view));
    }),
  );
});

test('each category has as many games as it says', () => {
  fc.assert(
    fc.property(games, (list) => {
      for (const { id, count } of done(categoriesOf(list))) expect(allPages(list, '', id).length).toBe(count);
    }),
  );
});

test('what is found has every word, and nothing that has is left out', () => {
  fc.assert(
    fc.property(games, fc.string({ maxLength: 4 }), (list, query) => {
      const words = query.toLowerCase().split(/\s+/);
      const expected = list.filter(({ text }) => words.every((word) => text.includes(word)));
      expect(allPages(list, query, '')).toEqual(expected.map(({ view }) => view));
    }),
  );
});

test('two lists in order make one in order, with all of both', () => {
  const ordered = games.map((list) => [...list].sort((one, other) => (one.text < other.text ? -1 : 1)));
  fc.assert(
    fc.property(ordered, ordered, (some, others) => {
      const merged = done(merge(some, others));
      expect(new Set(merged)).toEqual(new Set([...some, ...others]));
      expect(merged.length).toBe(some.length + others.length);
      const texts = merged.map(({ text }) => text);
      expect(texts).toEqual([...texts].sort((one, other) => (one < other ? -1 : one > other ? 1 : 0)));
    }),
  );
});

test('a game that is there for both devices is shown in the one for this device', () => {
  const [desktop, mobile, alone] = [
    game({ title: 'Lynx', vendor: 'netent', platform: 'desktop' }),
    game({ title: 'Lynx', vendor: 'netent', platform: 'mobile' }),
    game({ title: 'Garden', vendor: 'netent', platform: 'desktop' }),
  ];
  const others = [game({ title: 'Lynx', vendor: 'vivo', platform: 'mobile' }), game({ title: 'Any' })];
  const all = [desktop, mobile, alone, ...others];
  expect(done(forDevice(all, ''))).toEqual([desktop, alone, ...others]);
  expect(done(forDevice(all, 'mobile'))).toEqual([mobile, alone, ...others]);
});

test('new is what came last, in whole days, and never most of the games', () => {
  const days = ['2026-11-01', '2026-10-01', '2026-09-01', ''].flatMap((createdOn, index) =>
    Array.from({ length: [2, 3, 10, 25][index] ?? 0 }, () => game({ title: 'x', createdOn })),
  );
  const marked = done(markNew(days)).filter(({ isNew }) => isNew);
  expect(marked.map(({ createdOn }) => createdOn)).toEqual([
    '2026-11-01',
    '2026-11-01',
    ...Array(3).fill('2026-10-01'),
  ]);
  expect(done(markNew([game({ title: 'x', createdOn: '2026-11-01' })])).some(({ isNew }) => isNew)).toBe(false);
});

test('what needs a tab of its own is known before it is launched', () => {
  const lobby = (lobbyId: string, vendor: string) =>
    platformLobby(create(CatalogueLobbySchema, { lobbyId, vendor }), ['live168']);
  expect(lobby('live168', '').view).toMatchObject({ key: 'platform:lobby:live168', title: 'Live168 lobby', tab: true });
  expect(lobby('evolution_lobby', 'evolution').view).toMatchObject({
    title: 'Evolution lobby',
    tab: false,
    fun: false,
  });
  expect(game({ title: 'Dragon Tiger', vendor: 'live168' }).view.tab).toBe(true);
});

test.each(['javascript:alert(1)', 'data:image/svg+xml,x', 'no address', ''])('%j is no picture', (pictureUrl) => {
  expect(game({ title: 'x', pictureUrl }).view.picture).toBe('');
});
