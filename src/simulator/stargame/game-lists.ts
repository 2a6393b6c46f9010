import type { Request, Response } from 'express';
import { integer, type Random } from '../random.ts';
import { FAMILIES, type Family, GAMES, type Game } from './games.ts';
import { wallText } from './times.ts';
import { buildXml, type XmlFields } from './xml.ts';

type ListName = 'remote_games_list' | 'remote_games_list_new' | 'remote_games_list_pop';
const COLLECTED = 16;

/** StarGame, Receiving a list of games. New and popular games are one category each; the list of all has every other category. */
const LISTS = {
  remote_games_list: FAMILIES,
  remote_games_list_new: [{ id: 99, name: 'new', games: GAMES.slice(0, COLLECTED) }],
  remote_games_list_pop: [{ id: 77, name: 'popular', games: GAMES.slice(-COLLECTED) }],
} satisfies Record<ListName, readonly Family[]>;

export const LIST_NAMES = Object.keys(LISTS) as ListName[];

const CACHED_MS = 60 * 60 * 1000;

export type GameLists = ReturnType<typeof createGameLists>;

/** Lists are made anew every 60 minutes, as on the real server: what changes is their date and the links' random numbers. */
export function createGameLists({ now, random }: { now: () => number; random: Random }) {
  let madeAtMs = Number.NEGATIVE_INFINITY;
  let x = 0;

  function refresh(): string {
    if (now() - madeAtMs >= CACHED_MS) {
      madeAtMs = now();
      x = integer(random, 1, 2_147_483_647);
    }
    return wallText(Math.floor(madeAtMs / 1000));
  }

  const link = (base: string, game: Game): string => `${base}/tote_opbetting3?gameid=${game.id}&x=${x}`;

  /** `?format=`: xml unless it says json or javascript. */
  function send(name: ListName, request: Request, response: Response): void {
    const actualDate = refresh();
    const families: readonly Family[] = LISTS[name];
    const base = baseUrl(request);
    const { format } = request.query;
    if (format === 'json') response.json(asJson(name, families, base));
    else if (format === 'javascript') {
      response.type('text/javascript').send(`var casinoData = ${JSON.stringify(asJson(name, families, base))};`);
    } else response.type('text/xml').send(asXml(name, families, base, actualDate));
  }

  function asJson(name: ListName, families: readonly Family[], base: string): object {
    const entries = families.map((family) => ({
      family: {
        id: family.id,
        name: family.name,
        games: family.games.map((game) => ({
          id: game.id,
          name: game.name,
          icon: iconUrl(base, game),
          isaristocrat: game.isAristocrat ? 1 : 0,
          gametype: 11,
          url: link(base, game),
          width: game.width,
          height: game.height,
        })),
      },
    }));
    // The sample of the new games has the one category itself, and the integration example reads a list of categories.
    return { gamelist: name === 'remote_games_list' ? entries : entries[0] };
  }

  function asXml(name: ListName, families: readonly Family[], base: string, actualDate: string): string {
    const describe = (game: Game): XmlFields => ({
      id: game.id,
      name: game.name,
      icon: iconUrl(base, game),
      width: game.width,
      height: game.height,
      url: link(base, game),
      ...(name === 'remote_games_list' ? {} : { isaristocrat: game.isAristocrat ? 1 : 0 }),
    });
    const gamescount = families.flatMap(({ games }) => games).length;
    const family = families.map(({ id, name: familyName, games }) => ({
      '@_id': String(id),
      '@_name': familyName,
      game: games.map(describe),
    }));
    const data = { actualdate: actualDate, gamescount, config: `${base}/flashconfig.php` };
    return `<?xml version = "1.0" encoding = "utf-8" ?>\n${buildXml({ root: { data, gamelist: { family } } })}`;
  }

  /** StarGame, API for working with HTML5 games, step 1: JSON. */
  function sendWeb(request: Request, response: Response): void {
    const base = baseUrl(request);
    const gamelist = FAMILIES.map(({ id, name, games }) => ({
      id,
      name,
      games: games.map((game) => ({
        id: game.id,
        name: game.name,
        icon: iconUrl(base, game),
        width: game.width,
        height: game.height,
      })),
    }));
    response.json({ actualdate: refresh(), gamescount: GAMES.length, gamelist });
  }

  return { send, sendWeb };
}

/** Where the caller found us. */
const baseUrl = (request: Request): string =>
  `${request.protocol}://${request.headers.host ?? 'localhost'}${request.baseUrl}`;

const iconUrl = (base: string, game: Game): string => `${base}/api/game/icon/${game.id}`;
