import { invalidArgument } from '../../../common/fault.ts';
import { byTitle, type Decision, type SortedBy, type StoredCatalogue, type StoredGame } from './cache.ts';

export type GameSearch = {
  query: string;
  vendor: string;
  type: string;
  platform: string;
  includeDisabled: boolean;
  includeMissing: boolean;
  funMode: boolean;
};

const QUERY_LENGTH = 200;

/**
 * The first `limit` games after `after` that match, in order of title and id. All words of the query must be in title, vendor, type or
 * id, whatever their case.
 */
export function searchGames(
  catalogue: StoredCatalogue,
  decisions: ReadonlyMap<string, Decision>,
  search: GameSearch,
  page: { after: SortedBy | null; limit: number },
): StoredGame[] {
  if (search.query.length > QUERY_LENGTH) {
    throw invalidArgument('query', `must have at most ${QUERY_LENGTH} characters`);
  }
  const words = search.query.toLowerCase().split(/\s+/).filter(Boolean);
  const found: StoredGame[] = [];
  for (const game of catalogue.sorted) {
    if (found.length === page.limit) break;
    if (page.after !== null && byTitle(game, page.after) <= 0) continue;
    if (matches(game, isEnabled(game, decisions), search, words)) found.push(game);
  }
  return found;
}

/** As a person said, where one did; else as the list says. */
export const isEnabled = (game: StoredGame, decisions: ReadonlyMap<string, Decision>): boolean =>
  decisions.get(game.gameId)?.enabled ?? game.enabled;

function matches(game: StoredGame, enabled: boolean, search: GameSearch, words: readonly string[]): boolean {
  return (
    (search.includeDisabled || enabled) &&
    (search.includeMissing || game.missingSinceMs === null) &&
    (!search.funMode || game.funMode) &&
    (search.vendor === '' || search.vendor === game.vendor) &&
    (search.type === '' || search.type === game.type) &&
    (search.platform === '' || search.platform === game.platform) &&
    words.every((word) => game.words.includes(word))
  );
}
