import type { MessageInitShape } from '@bufbuild/protobuf';
import type { GameListName, GameLists } from '../../adapter/stargame/remote/games.ts';
import type { Remote } from '../../adapter/stargame/remote/remote.ts';
import { invalidArgument } from '../../common/fault.ts';
import * as fields from '../../common/fields.ts';
import type { ServiceHandlers } from '../../common/grpc-handler.ts';
import type { StargameGameSchema, StargameService } from '../../gen/jobs/v1/stargame_pb.ts';
import { answerJson, callByHand } from './call.ts';
import type { Credentials } from './credentials.ts';
import { callerFault } from './faults.ts';
import type { Launch, LaunchForm, LaunchLanguage } from './launch.ts';
import type { RegisterTerminal } from './registration.ts';
import type { Sessions } from './sessions.ts';

export type StargameServiceDeps = {
  register: RegisterTerminal;
  launch: Launch;
  sessions: Sessions;
  remote: Remote;
  credentials: Credentials;
  gameLists: GameLists;
};

/** The wallet's own bound of a session. */
const TTL_MAX_SECONDS = 31_536_000;

export function createStargameService(deps: StargameServiceDeps): ServiceHandlers<typeof StargameService> {
  const { register, launch, sessions, gameLists } = deps;
  return {
    registerTerminal: (request, context) =>
      told(() => {
        const hallId = fields.stargameId('hall_id', request.hallId);
        return register({ hallId, userId: fields.userId(request.userId), phone: request.phone }, context);
      }),

    launch: (request, context) =>
      told(async () => {
        const gameId = fields.gameId(request.gameId);
        const opening = { gameId, language: languageOf(request.language), form: formOf(request.form) };
        if (request.demo) return launch.demo(opening);
        const hallId = fields.stargameId('hall_id', request.hallId);
        const ttlSeconds = fields.numberOr(0, 'ttl_seconds', request.ttlSeconds, { min: 1, max: TTL_MAX_SECONDS });
        return launch.play({ ...opening, hallId, userId: fields.userId(request.userId), ttlSeconds }, context);
      }),

    closeSession: (request, { requestId }) =>
      told(async () => ({ confirmed: await sessions.close(fields.sessionToken(request.token), requestId) })),

    call: (request) =>
      told(async () => {
        const result = await callByHand(deps, request);
        return result.status === 'success'
          ? { status: result.status, answerJson: answerJson(result.answer) }
          : { status: result.status, code: result.code, answerJson: answerJson({ message: result.message }) };
      }),

    listStargameGames: ({ list }) =>
      told(async () => {
        const name = LISTS.get(list === '' ? 'all' : list);
        if (name === undefined) throw invalidArgument('list', `must be one of ${[...LISTS.keys()].join(', ')}`);
        const { families } = await gameLists.get(name);
        return { games: families.flatMap((family) => family.games.map((game) => toGame(family.name, game))) };
      }),
  };
}

const LISTS: ReadonlyMap<string, GameListName> = new Map([
  ['all', 'remote_games_list'],
  ['new', 'remote_games_list_new'],
  ['popular', 'remote_games_list_pop'],
  ['web', 'remote_games_web'],
]);

const FORMS: readonly LaunchForm[] = ['showgame', 'starconfig', 'flash'];
const LANGUAGES: readonly LaunchLanguage[] = ['en', 'ru'];

function formOf(value: string): LaunchForm {
  const form = value === '' ? 'showgame' : FORMS.find((each) => each === value);
  if (form === undefined) throw invalidArgument('form', `must be one of ${FORMS.join(', ')}`);
  return form;
}

function languageOf(value: string): LaunchLanguage | null {
  if (value === '') return null;
  const language = LANGUAGES.find((each) => each === value);
  if (language === undefined) throw invalidArgument('language', `must be one of ${LANGUAGES.join(', ')}`);
  return language;
}

type ListedGame = Awaited<ReturnType<GameLists['get']>>['families'][number]['games'][number];

const toGame = (family: string, game: ListedGame): MessageInitShape<typeof StargameGameSchema> => ({
  gameId: game.id,
  name: game.name,
  family,
  icon: game.icon ?? '',
  width: game.width ?? 0,
  height: game.height ?? 0,
});

/** What fails is told in words of ours. */
async function told<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw callerFault(error);
  }
}
