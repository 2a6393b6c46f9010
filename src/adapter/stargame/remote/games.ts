import { z } from 'zod';
import { RemoteError } from '../../outbound/remote-error.ts';
import { maybe, wireFlag, wireId, wireInt, wireText } from './fields.ts';
import { redact } from './redact.ts';
import type { Remote } from './remote.ts';
import { readXml, type XmlElement, XmlError, type XmlValue } from './xml.ts';

/** StarGame, API for working with HTML5 games; Receiving a list of games. */
export const GAME_LISTS = [
  'remote_games_web',
  'remote_games_list',
  'remote_games_list_new',
  'remote_games_list_pop',
] as const;

export type GameListName = (typeof GAME_LISTS)[number];
export type GameListFormat = 'xml' | 'json' | 'javascript';

/** What a browser may be given: anything but http(s), such as a script, is left out. */
const webUrl = wireText.transform((text) => (/^https?:\/\//i.test(text.trim()) ? text.trim() : undefined));

/** `icon` and `url` are for players' browsers; they come from outside and are never called from here. */
const game = z.looseObject({
  id: wireId,
  name: wireText,
  icon: maybe(webUrl),
  url: maybe(webUrl),
  width: maybe(wireInt),
  height: maybe(wireInt),
  /** 1: a game of aristocrat. */
  isaristocrat: maybe(wireFlag),
});

/** A category. 99 is "new" and 77 "popular"; games of these are in another one as well. */
const family = z.object({ id: wireId, name: wireText, games: z.array(game) });

const gameList = z.object({
  /** When the server made the list, in its zone. */
  actualdate: maybe(wireText),
  gamescount: maybe(wireInt),
  /** For the flash loader. */
  config: maybe(wireText),
  families: z.array(family),
});

export type GameList = z.output<typeof gameList>;

export type GameLists = {
  /** Throws a RemoteError. The formats differ on the wire only. */
  get: (name: GameListName, format?: GameListFormat) => Promise<GameList>;
};

/** As long as the server keeps its own. */
const KEEP_MS = 60 * 60 * 1000;

/** Lists are kept for 60 minutes; all who ask while one is on its way share it. */
export function createGameLists(deps: { remote: Pick<Remote, 'fetchList'>; now?: () => number }): GameLists {
  const now = deps.now ?? Date.now;
  const kept = new Map<string, { list: Promise<GameList>; freshUntilMs: number }>();
  return {
    get: (name, format = 'xml') => {
      const key = `${name} ${format}`;
      const known = kept.get(key);
      if (known !== undefined && now() < known.freshUntilMs) return known.list;
      // The web list has one format.
      const query = name === 'remote_games_web' || format === 'xml' ? '' : `?format=${format}`;
      const list = deps.remote.fetchList(name, query).then((body) => readGameList(name, body));
      const entry = { list, freshUntilMs: now() + KEEP_MS };
      kept.set(key, entry);
      list.catch(() => {
        if (kept.get(key) === entry) kept.delete(key);
      });
      return list;
    },
  };
}

/** Reads a list in any of the three formats. Throws a RemoteError, kind malformed. */
export function readGameList(name: GameListName, body: Buffer): GameList {
  const text = body
    .toString('utf8')
    .replace(/^\ufeff/, '')
    .trim();
  const fail = (reason: string) =>
    new RemoteError('malformed', name, `the answer is not what the document says: ${reason}`, { raw: redact(text) });
  try {
    const parsed = gameList.safeParse(text.startsWith('<') ? fromXml(text) : fromJson(text));
    if (parsed.success) return parsed.data;
    throw fail(parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`).join('; '));
  } catch (error) {
    if (error instanceof XmlError || error instanceof SyntaxError) throw fail(`it ${error.message}`);
    throw error;
  }
}

function fromXml(text: string): object {
  // The document's own URLs have "&x=" as it is.
  const { root, value } = readXml(text, { attributes: true, bareAmpersands: true });
  if (root !== 'root' || !isElement(value)) throw new XmlError('is no list of games');
  const list = value.gamelist;
  if (list === undefined || Array.isArray(list)) throw new XmlError('has no gamelist');
  const families = isElement(list) ? many(list.family).filter(isElement) : [];
  return {
    ...(isElement(value.data) ? value.data : {}),
    families: families.map((element) => ({
      id: element['@id'],
      name: element['@name'],
      games: many(element.game),
    })),
  };
}

/** JSON, or JavaScript that gives it to a variable. */
function fromJson(text: string): object {
  const json = text.replace(/^var\s+\w+\s*=\s*/, '').replace(/;$/, '');
  const value = parse(json);
  if (!isElement(value) || value.gamelist === undefined) throw new XmlError('has no gamelist');
  return { ...value, ...(isElement(value.data) ? value.data : {}), families: familiesOf(value.gamelist) };
}

/** The sample has an object with a family, the document's PHP reads an array of such, and the web list is an array of families. */
function familiesOf(list: XmlValue): XmlValue[] {
  return many(list).flatMap((entry) => (isElement(entry) && entry.family !== undefined ? many(entry.family) : [entry]));
}

/** JSON's values as XML has them: all text. */
function parse(json: string): XmlValue {
  try {
    return textsOf(JSON.parse(json));
  } catch {
    throw new XmlError('is neither XML nor JSON');
  }
}

function textsOf(value: unknown): XmlValue {
  if (Array.isArray(value)) return value.map(textsOf);
  if (typeof value !== 'object' || value === null) return value === null ? '' : String(value);
  return Object.fromEntries(Object.entries(value).map(([name, child]) => [name, textsOf(child)]));
}

function many(value: XmlValue | undefined): readonly XmlValue[] {
  if (value === undefined) return [];
  return Array.isArray(value) ? value : [value as XmlValue];
}

function isElement(value: XmlValue | undefined): value is XmlElement {
  return typeof value === 'object' && !Array.isArray(value);
}
