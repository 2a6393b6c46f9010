import { z } from 'zod';
import { readEntries } from '../entries.ts';
import { anyObject, asciiId, display, displayDay, flag, name, optionalFlag } from '../fields.ts';
import { checkAnswer, type Operation } from '../operation.ts';
import { pictureUrl } from '../picture.ts';
import type { ListedGame } from '../types.ts';

const MAX_GAMES = 100_000;

const answer = z.object({ games: z.array(z.unknown()).max(MAX_GAMES) });

/** `campaigns` and `created_at` are in no sample of the document, or not in all. */
const game = anyObject.pipe(
  z.object({
    id: asciiId(32),
    title: display(255),
    platform: display(64),
    type: display(64),
    vendor: name(1, 64),
    enabled: flag,
    fun_mode: optionalFlag,
    campaigns: optionalFlag,
    created_at: displayDay,
  }),
);

/** PLATFORM v2.49, API endpoint: Games List. */
export const listGames: Operation<null, ListedGame[]> = {
  name: 'games',
  maxBytes: Number.POSITIVE_INFINITY,
  isPrivate: false,
  ask: () => ({ path: 'api/generic/games/list/all' }),
  read: (value, _, notes) =>
    readEntries<ListedGame, typeof game>({
      list: checkAnswer(answer, value).games,
      where: 'games',
      schema: game,
      make: ({ id, fun_mode, created_at, ...rest }, body, raw) => ({
        ...rest,
        gameId: id,
        funMode: fun_mode,
        createdOn: created_at,
        pictureUrl: pictureUrl(raw as Record<string, unknown>),
        body,
      }),
      idOf: ({ gameId }) => gameId,
      // PLATFORM itself launches nothing that is disabled: whoever believes the other entry loses players for nothing.
      isBetter: (one, other) => (one.enabled === other.enabled ? one.body < other.body : one.enabled),
      notes,
    }),
};
