import { type NextFunction, type Request, type Response, Router } from 'express';
import type { Logger } from '../../common/log.ts';
import type { Random } from '../random.ts';
import { createApi } from './api.ts';
import { createControl } from './control.ts';
import { createFaults } from './faults.ts';
import { createLaunchHost } from './launch.ts';
import { pictureSvg } from './pictures.ts';
import { createPlay } from './play.ts';
import { createState, type State } from './state.ts';

export type PlatformDeps = {
  log: Logger;
  now: () => number;
  random: Random;
  /** How long PLATFORM waits for the operator's answer: 5,000 unless set. */
  commandTimeoutMs?: number;
  /** How long whoever plays a round waits for it: 10,000 unless set. */
  roundPatienceMs?: number;
};

const COMMAND_TIMEOUT_MS = 5_000;
const ROUND_PATIENCE_MS = 10_000;

export type PlatformSimulator = ReturnType<typeof createPlatformSimulator>;

/**
 * PLATFORM, as a casino sees it: its own APIs, its launch host with games to play, and the commands that it sends. It shares no code
 * with our client and adapter, since it is the independent other side. Everything is in memory.
 */
export function createPlatformSimulator(deps: PlatformDeps) {
  const { log, now, random } = deps;
  const state = createState();
  const faults = createFaults();
  const play = createPlay({
    state,
    faults,
    random,
    now,
    timeoutMs: deps.commandTimeoutMs ?? COMMAND_TIMEOUT_MS,
    patienceMs: deps.roundPatienceMs ?? ROUND_PATIENCE_MS,
  });

  const router = Router();
  router.use('/api/generic', createApi({ state, faults }));
  router.use('/control', createControl({ state, faults, play, random }));
  router.use('/launch', createLaunchHost({ state, play, random }));
  router.get('/pictures/:kind/:size/:name', (request, response) => sendPicture(state, request, response));

  router.use((error: unknown, _request: Request, response: Response, next: NextFunction) => {
    if (response.headersSent) return void next(error);
    const status = statusOf(error);
    if (status >= 500) log.error({ err: error }, 'a request failed');
    return void response.status(status).type('text').send('The request could not be read or answered.');
  });

  return {
    router,
    state,
    faults,
    play,
    close: play.close,
  };
}

type PictureRequest = Request<{ kind: string; name: string }>;

function sendPicture(state: State, { params: { kind, name } }: PictureRequest, response: Response): void {
  const id = name.replace(/\.svg$/, '');
  const operators = [...state.operators.values()];
  const game = kind === 'games' ? operators.flatMap(({ games }) => games.get(Number(id)) ?? [])[0] : undefined;
  const lobby = operators.flatMap(({ lobbies }) => lobbies.filter(({ lobby_id }) => lobby_id === id))[0];
  response.set('cache-control', 'public, max-age=3600').type('svg');
  if (game !== undefined) response.send(pictureSvg(game));
  else response.send(pictureSvg({ title: id.replaceAll('_', ' '), type: 'live', vendor: lobby?.vendor ?? '' }));
}

/** As express' body readers set it on their errors; all else is a fault. */
function statusOf(error: unknown): number {
  const isHttpError = typeof error === 'object' && error !== null && 'status' in error;
  return isHttpError && typeof error.status === 'number' ? error.status : 500;
}
