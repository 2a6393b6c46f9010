import { z } from 'zod';
import { readEntries } from '../entries.ts';
import { anyObject, name } from '../fields.ts';
import { checkAnswer, type Operation } from '../operation.ts';
import { pictureUrl } from '../picture.ts';
import type { ListedLobby } from '../types.ts';

const MAX_LOBBIES = 10_000;

const answer = z.object({ lobbies: z.array(z.unknown()).max(MAX_LOBBIES) });
const lobby = anyObject.pipe(z.object({ lobby_id: name(1, 64), vendor: name(1, 64) }));

/** PLATFORM v2.49, API endpoint: Lobbies List. */
export const listLobbies: Operation<null, ListedLobby[]> = {
  name: 'lobbies',
  maxBytes: Number.POSITIVE_INFINITY,
  isPrivate: false,
  ask: () => ({ path: 'api/generic/lobbies/list/all' }),
  read: (value, _, notes) =>
    readEntries<ListedLobby, typeof lobby>({
      list: checkAnswer(answer, value).lobbies,
      where: 'lobbies',
      schema: lobby,
      make: ({ lobby_id, vendor }, body, raw) => ({
        lobbyId: lobby_id,
        vendor,
        pictureUrl: pictureUrl(raw as Record<string, unknown>),
        body,
      }),
      idOf: ({ lobbyId }) => lobbyId,
      isBetter: (one, other) => one.body < other.body,
      notes,
    }),
};
