import { createHash } from 'node:crypto';
import type { ListedGame, ListedLobby } from '../../../adapter/platform/client/types.ts';

export type GameFields = {
  title: string;
  vendor: string;
  type: string;
  platform: string;
  enabled: boolean;
  funMode: boolean;
  campaigns: boolean;
  createdOn: string;
  pictureUrl: string;
};

export type LobbyFields = { vendor: string; pictureUrl: string };

/** What a list says of a game or lobby. `digest`: SHA-256 of the body, hexadecimal: tells whether anything else differs. */
export type Entry<F> = { fields: F; digest: string };

/** An entry as it is stored. */
export type ListedEntry<F> = Entry<F> & { body: string };

/** Entries by id, and how many were left out: with an id that nothing can have, or one that came before. */
export type Listing<F> = { entries: ReadonlyMap<string, ListedEntry<F>>; leftOut: number };

/** As the wallet has them: fields.ts. */
const GAME_ID = /^[!-{}~]{1,32}$/;
const LOBBY_ID = /^(?!\s)[^|\p{Cc}]{1,64}(?<!\s)$/u;
const TITLE_LENGTH = 255;
const NAME_LENGTH = 64;
const DATE_LENGTH = 10;
const URL_LENGTH = 500;

/** A list of games, as far as tables can hold it: one odd entry must not hold up the others. Of two with one id the first counts. */
export function gamesOf(listed: readonly ListedGame[]): Listing<GameFields> {
  return listingOf(
    listed,
    GAME_ID,
    (game) => game.gameId,
    (game) => ({
      title: name(game.title, TITLE_LENGTH),
      vendor: name(game.vendor, NAME_LENGTH),
      type: name(game.type, NAME_LENGTH),
      platform: name(game.platform, NAME_LENGTH),
      enabled: game.enabled,
      funMode: game.funMode,
      campaigns: game.campaigns,
      createdOn: game.createdOn.length === DATE_LENGTH ? game.createdOn : '',
      pictureUrl: url(game.pictureUrl),
    }),
  );
}

export function lobbiesOf(listed: readonly ListedLobby[]): Listing<LobbyFields> {
  return listingOf(
    listed,
    LOBBY_ID,
    (lobby) => lobby.lobbyId,
    (lobby) => ({ vendor: name(lobby.vendor, NAME_LENGTH), pictureUrl: url(lobby.pictureUrl) }),
  );
}

function listingOf<L extends { body: string }, F>(
  listed: readonly L[],
  ids: RegExp,
  idOf: (entry: L) => string,
  fieldsOf: (entry: L) => F,
): Listing<F> {
  const entries = new Map<string, ListedEntry<F>>();
  for (const entry of listed) {
    const id = idOf(entry);
    if (!ids.test(id) || entries.has(id)) continue;
    const body = entry.body.toWellFormed();
    entries.set(id, { fields: fieldsOf(entry), body, digest: digestOf(body) });
  }
  return { entries, leftOut: listed.length - entries.size };
}

export const digestOf = (body: string): string => createHash('sha256').update(body).digest('hex');

/**
 * Without control characters, | and surrounding space, which the wallet takes in no name, and cut to what fits. Half a character pair
 * would come back from the database as another one.
 */
function name(text: string, length: number): string {
  const clean = text
    .toWellFormed()
    .replace(/[\p{Cc}|]/gu, ' ')
    .trim();
  return [...clean].slice(0, length).join('').trim();
}

const url = (text: string): string => (text.length > URL_LENGTH ? '' : text.toWellFormed());
