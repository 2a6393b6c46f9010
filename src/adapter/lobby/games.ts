import type { CatalogueGame, CatalogueLobby } from '../../gen/jobs/v1/catalogue_pb.ts';
import type { StargameGame } from '../../gen/jobs/v1/stargame_pb.ts';
import { openAs } from '../platform/launch-url.ts';
import { inSteps, type Steps } from './turns.ts';
import type { CategoryView, Device, GamesView, GameView } from './view.ts';

/** What a lobby can open. */
export type LobbyGame = {
  provider: 'platform' | 'stargame';
  kind: 'game' | 'lobby';
  id: string;
  view: GameView;
  type: string;
  /** desktop, mobile, or empty: any. */
  platform: string;
  /** yyyy-mm-dd; empty: not said. */
  createdOn: string;
  isNew: boolean;
  isPopular: boolean;
  /** Where words are looked for, and what it is sorted by: lower case. */
  text: string;
};

/** In order of title. */
export type GameList = readonly LobbyGame[];

const PAGE_SIZE = 60;
const NEW_MAX = 60;
/** Types are buttons: more would be no choice any more. Vendors are a list. */
const TYPES_MAX = 20;
const VENDORS_MAX = 300;
const QUERY_MAX_CHARACTERS = 80;
const WORDS_MAX = 10;
const STARGAME = 'StarGame';

/** `tabs`: lobbies and vendors that only work in a tab of their own. */
export function platformGame(game: CatalogueGame, tabs: readonly string[]): LobbyGame {
  const { gameId, title, vendor, type, platform, pictureUrl, funMode, createdOn } = game;
  return lobbyGame('platform', 'game', gameId, {
    title: title === '' ? gameId : title,
    vendor,
    type,
    platform,
    picture: pictureUrl,
    fun: funMode,
    tab: openAs({ platform, device: '', lobbyId: '', vendor, newTabLobbies: tabs }) === 'new_tab',
    createdOn,
  });
}

export function platformLobby({ lobbyId, vendor, pictureUrl }: CatalogueLobby, tabs: readonly string[]): LobbyGame {
  return lobbyGame('platform', 'lobby', lobbyId, {
    title: lobbyTitle(lobbyId),
    vendor,
    type: 'lobby',
    platform: '',
    picture: pictureUrl,
    fun: false,
    tab: openAs({ platform: '', device: '', lobbyId, vendor, newTabLobbies: tabs }) === 'new_tab',
    createdOn: '',
  });
}

export function stargameGame(
  { gameId, name, family, icon }: StargameGame,
  lists: { new: ReadonlySet<string>; popular: ReadonlySet<string> },
): LobbyGame {
  const game = lobbyGame('stargame', 'game', gameId, {
    title: name === '' ? gameId : name,
    vendor: STARGAME,
    type: family,
    platform: '',
    picture: icon,
    fun: true,
    tab: false,
    createdOn: '',
  });
  return { ...game, isNew: lists.new.has(gameId), isPopular: lists.popular.has(gameId) };
}

type Said = Pick<LobbyGame, 'type' | 'platform' | 'createdOn'> & Omit<GameView, 'key' | 'real'>;

function lobbyGame(
  provider: LobbyGame['provider'],
  kind: LobbyGame['kind'],
  id: string,
  { type, platform, createdOn, ...view }: Said,
): LobbyGame {
  return {
    provider,
    kind,
    id,
    view: { key: `${provider}:${kind}:${id}`, ...view, picture: pictureUrl(view.picture), real: true },
    type,
    platform,
    createdOn,
    isNew: false,
    isPopular: false,
    text: `${view.title} ${view.vendor} ${type} ${id}`.toLowerCase(),
  };
}

/** Of a game that is listed once for each device: the one that is made for this device. */
export function* forDevice(games: GameList, device: Device): Steps<GameList> {
  const [own, other] = device === 'mobile' ? ['mobile', 'desktop'] : ['desktop', 'mobile'];
  const nameOf = ({ view }: LobbyGame): string => `${view.vendor}|${view.title}`;
  const names = new Set<string>();
  yield* inSteps(games, (game) => {
    if (game.platform === own) names.add(nameOf(game));
  });
  const fitting: LobbyGame[] = [];
  yield* inSteps(games, (game) => {
    if (game.platform !== other || !names.has(nameOf(game))) fitting.push(game);
  });
  return fitting;
}

/** Marks the newest of those that say when they were made: whole days, until there are enough, and few of all. */
export function* markNew(games: GameList): Steps<GameList> {
  const byDay = new Map<string, number>();
  yield* inSteps(games, ({ createdOn }) => {
    if (createdOn !== '') byDay.set(createdOn, (byDay.get(createdOn) ?? 0) + 1);
  });
  const newest = new Set<string>();
  let marked = 0;
  for (const [day, count] of [...byDay].sort(([one], [other]) => (one < other ? 1 : -1))) {
    // What all came on one day says nothing of what is new.
    if (marked + count > Math.min(NEW_MAX, games.length / 4)) break;
    newest.add(day);
    marked += count;
  }
  const all: LobbyGame[] = [];
  yield* inSteps(games, (game) => {
    const isNew = newest.has(game.createdOn);
    all.push(game.isNew === isNew ? game : { ...game, isNew });
  });
  return all;
}

/** Both are in order; the result is, too. */
export function* merge(some: GameList, others: GameList): Steps<GameList> {
  const merged: LobbyGame[] = [];
  let next = 0;
  yield* inSteps(some, (game) => {
    for (let other = others[next]; other !== undefined && other.text < game.text; other = others[next]) {
      merged.push(other);
      next += 1;
    }
    merged.push(game);
  });
  yield* inSteps(others.slice(next), (other) => {
    merged.push(other);
  });
  return merged;
}

export function* categoriesOf(games: GameList): Steps<CategoryView[]> {
  const counts = { popular: 0, new: 0, lobbies: 0 };
  const types = new Map<string, number>();
  const vendors = new Map<string, number>();
  yield* inSteps(games, ({ isPopular, isNew, kind, type, view }) => {
    if (isPopular) counts.popular += 1;
    if (isNew) counts.new += 1;
    if (kind === 'lobby') counts.lobbies += 1;
    else types.set(type, (types.get(type) ?? 0) + 1);
    vendors.set(view.vendor, (vendors.get(view.vendor) ?? 0) + 1);
  });
  const lists: CategoryView[] = [
    { id: 'popular', label: 'Popular', kind: 'list', count: counts.popular },
    { id: 'new', label: 'New', kind: 'list', count: counts.new },
    { id: 'lobbies', label: 'Live lobbies', kind: 'list', count: counts.lobbies },
  ];
  const named = (kind: 'type' | 'vendor', most: [string, number][]): CategoryView[] =>
    most.map(([name, count]) => ({ id: `${kind}:${name}`, label: spoken(name), kind, count }));
  return [
    { id: '', label: 'All games', kind: 'all', count: games.length },
    ...lists.filter(({ count }) => count > 0),
    ...named('type', mostFrequent(types, TYPES_MAX)),
    ...named('vendor', mostFrequent(vendors, VENDORS_MAX)),
  ];
}

/** One page of what has every word of the query and is of the category; an unknown category has nothing. */
export function* pageOf(
  games: GameList,
  { query, category, page }: { query: string; category: string; page: number },
): Steps<Omit<GamesView, 'categories'>> {
  const found = query === '' && category === '' ? games : yield* search(games, query, inCategory(category));
  const from = page * PAGE_SIZE;
  return {
    games: found.slice(from, from + PAGE_SIZE).map(({ view }) => view),
    total: found.length,
    nextPage: from + PAGE_SIZE < found.length ? page + 1 : null,
  };
}

function* search(games: GameList, query: string, isOf: (game: LobbyGame) => boolean): Steps<GameList> {
  const all = new Set(query.slice(0, QUERY_MAX_CHARACTERS).toLowerCase().split(/\s+/));
  const words = [...all].slice(0, WORDS_MAX);
  const found: LobbyGame[] = [];
  yield* inSteps(games, (game) => {
    if (isOf(game) && words.every((word) => game.text.includes(word))) found.push(game);
  });
  return found;
}

function inCategory(category: string): (game: LobbyGame) => boolean {
  const [, kind = '', name = ''] = /^(type|vendor):(.*)$/su.exec(category) ?? [];
  if (kind === 'type') return (game) => game.type === name && game.kind === 'game';
  if (kind === 'vendor') return (game) => game.view.vendor === name;
  switch (category) {
    case '':
      return () => true;
    case 'new':
      return ({ isNew }) => isNew;
    case 'popular':
      return ({ isPopular }) => isPopular;
    case 'lobbies':
      return (game) => game.kind === 'lobby';
    default:
      return () => false;
  }
}

/** Most frequent first. */
const mostFrequent = (counts: ReadonlyMap<string, number>, max: number): [string, number][] =>
  [...counts]
    .filter(([name]) => name !== '')
    .sort((one, other) => other[1] - one[1])
    .slice(0, max);

/** A page with TLS can't show what comes without; and nothing else is a picture's address. */
function pictureUrl(text: string): string {
  const url = URL.parse(text);
  return url !== null && /^https?:$/.test(url.protocol) ? url.href : '';
}

/** `video_slots` as people write it. */
const spoken = (name: string): string => capitalized(name.replaceAll(/[_-]+/g, ' '));

const lobbyTitle = (lobbyId: string): string => `${spoken(lobbyId)} lobby`.replace(/\blobby lobby$/i, 'lobby');

const capitalized = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
