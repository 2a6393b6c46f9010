import { isDeepStrictEqual } from 'node:util';
import { CatalogueService } from '../../gen/jobs/v1/catalogue_pb.ts';
import { StargameService } from '../../gen/jobs/v1/stargame_pb.ts';
import { createCached, createCachedByKey } from './cached.ts';
import {
  categoriesOf,
  forDevice,
  type GameList,
  type LobbyGame,
  markNew,
  merge,
  platformGame,
  platformLobby,
  stargameGame,
} from './games.ts';
import type { JobsCalls } from './jobs-calls.ts';
import { createTurns, inSteps, type Steps } from './turns.ts';
import type { CategoryView, Device } from './view.ts';

/** What one source has. */
type Stock = { games: GameList; byKey: ReadonlyMap<string, LobbyGame> };

/** What a device is shown. */
export type Shown = { games: GameList; categories: CategoryView[] };

export type Shelf = {
  byKey: ReadonlyMap<string, LobbyGame>;
  on: Readonly<Record<Device, Shown>>;
};

/** What there is to play at an operator, no older than a minute; older while the jobs are away. */
export type LobbyCatalogue = (operatorId: string, withStargame: boolean) => Promise<Shelf>;

const FRESH_MS = 50_000;
/** What is read at once is decoded at once. */
const PAGE_SIZE = 200;
/** A lobby of more than 20,000 games shows the first of them. */
const PAGES_MAX = 100;
/** For all pages together; what was known before serves on after it. */
const LOAD_MAX_MS = 60_000;
const OPERATORS_MAX = 200;

/** Lists are read in pages, and worked on in turns: the loop that carries the bets is never held up for long. */
export function createLobbyCatalogue(deps: {
  jobs: JobsCalls;
  /** Lobbies and vendors. */
  tabs: readonly string[];
  now: () => number;
}): LobbyCatalogue {
  const { jobs, tabs, now } = deps;
  const turns = createTurns();
  const common = { freshMs: FRESH_MS, max: OPERATORS_MAX, now };

  const platform = createCachedByKey<Stock>({
    ...common,
    load: async (operatorId, last) => {
      const games: LobbyGame[] = [];
      const giveUpAtMs = now() + LOAD_MAX_MS;
      let pageToken = '';
      for (let page = 0; page < PAGES_MAX && (page === 0 || pageToken !== ''); page += 1) {
        if (now() > giveUpAtMs) throw new Error(`the games could not be read within ${LOAD_MAX_MS} ms`);
        const answer = await jobs.call(CatalogueService.method.searchGames, {
          operatorId,
          pageSize: PAGE_SIZE,
          pageToken,
        });
        await turns(inSteps(answer.games, (game) => void games.push(unlessSame(last, platformGame(game, tabs)))));
        pageToken = answer.nextPageToken;
      }
      const { lobbies } = await jobs.call(CatalogueService.method.listLobbies, { operatorId });
      const listed = lobbies.map((lobby) => unlessSame(last, platformLobby(lobby, tabs)));
      return turns(stockOf([...(await turns(markNew(games))), ...listed], last));
    },
  });

  const stargame = createCached<Stock>({
    ...common,
    load: async (last) => {
      const ask = async (list: string) => (await jobs.call(StargameService.method.listStargameGames, { list })).games;
      const ids = async (list: string) => new Set((await ask(list)).map(({ gameId }) => gameId));
      const all = await ask('all');
      // Marks of a few games are not worth the list.
      const none: ReadonlySet<string> = new Set();
      const lists = { new: await ids('new').catch(() => none), popular: await ids('popular').catch(() => none) };
      const games: LobbyGame[] = [];
      await turns(inSteps(all, (game) => void games.push(unlessSame(last, stargameGame(game, lists)))));
      return turns(
        stockOf(
          games.sort((one, other) => (one.text < other.text ? -1 : 1)),
          last,
        ),
      );
    },
  });

  const shelves = new WeakMap<GameList, WeakMap<GameList, Promise<Shelf>>>();
  const shelfOf = (ours: GameList, theirs: GameList): Promise<Shelf> => {
    const ofOurs = shelves.get(ours) ?? new WeakMap<GameList, Promise<Shelf>>();
    shelves.set(ours, ofOurs);
    const kept = ofOurs.get(theirs);
    if (kept !== undefined) return kept;
    const made = turns(makeShelf(ours, theirs));
    ofOurs.set(theirs, made);
    made.catch(() => ofOurs.delete(theirs));
    return made;
  };

  return async (operatorId, withStargame) => {
    const [ours, theirs] = await Promise.allSettled([platform(operatorId), withStargame ? stargame() : NONE]);
    // One provider's games are shown also where the other's can't be had.
    if (ours.status === 'rejected' && (theirs.status === 'rejected' || !withStargame)) throw ours.reason;
    return shelfOf(
      (ours.status === 'fulfilled' ? ours.value : NONE).games,
      (theirs.status === 'fulfilled' ? theirs.value : NONE).games,
    );
  };
}

const NONE: Stock = { games: [], byKey: new Map() };

/** What is known already, where nothing of it changed: thousands of new objects a minute would make garbage collection slow. */
function unlessSame(last: Stock | null, game: LobbyGame): LobbyGame {
  const known = last?.byKey.get(game.view.key);
  if (known === undefined) return game;
  // Which of PLATFORM's are new is found out later, of all.
  const isNew = game.provider === 'platform' ? known.isNew : game.isNew;
  return isDeepStrictEqual(known, { ...game, isNew }) ? known : game;
}

/** The last one, where it has the very same. */
function* stockOf(games: GameList, last: Stock | null): Steps<Stock> {
  if (last !== null && last.games.length === games.length && games.every((game, at) => game === last.games[at])) {
    return last;
  }
  return { games, byKey: yield* keyed(games) };
}

function* keyed(games: GameList): Steps<ReadonlyMap<string, LobbyGame>> {
  const byKey = new Map<string, LobbyGame>();
  yield* inSteps(games, (game) => void byKey.set(game.view.key, game));
  return byKey;
}

function* makeShelf(ours: GameList, theirs: GameList): Steps<Shelf> {
  // Lobbies come after the games: they are another kind of thing.
  const single: LobbyGame[] = [];
  const lobbies: LobbyGame[] = [];
  yield* inSteps(ours, (game) => void (game.kind === 'game' ? single : lobbies).push(game));
  const games = [...(yield* merge(single, theirs)), ...lobbies];
  return { byKey: yield* keyed(games), on: { '': yield* showOn(games, ''), mobile: yield* showOn(games, 'mobile') } };
}

function* showOn(all: GameList, device: Device): Steps<Shown> {
  const games = yield* forDevice(all, device);
  return { games, categories: yield* categoriesOf(games) };
}
