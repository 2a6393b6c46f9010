import express, { type NextFunction, type Request, type Response, Router } from 'express';
import type { Logger } from '../../common/log.ts';
import type { Random } from '../random.ts';
import type { AnswerForm } from './answer-forms.ts';
import { createCallbacks } from './callbacks.ts';
import { createControl } from './control.ts';
import { exchange } from './exchange.ts';
import { createFaults } from './faults.ts';
import { createGameLists, LIST_NAMES } from './game-lists.ts';
import { iconSvg } from './icon.ts';
import { createNotifier } from './notify.ts';
import { OPERATIONS } from './operations/index.ts';
import { createPlay } from './play.ts';
import { type PlayLoop, startPlayLoop } from './play-loop.ts';
import { createState, type Terminal } from './state.ts';
import { createWindows } from './windows.ts';

export type StargameDeps = {
  log: Logger;
  now: () => number;
  random: Random;
  answerForm?: AnswerForm;
  /** What a casino has for answering a notification: 50 unless set. */
  notifyTimeoutMs?: number;
};

export type StargameSimulator = ReturnType<typeof createStargameSimulator>;

const BODY_BYTES_MAX = 64 * 1024;
const NOTIFY_TIMEOUT_MS = 50;

/**
 * StarGame's server, as a casino sees it: its remote operations, its game lists, its game windows and the notifications that it sends. It
 * shares no code with our client, since it is the independent other side. Everything is in memory.
 */
export function createStargameSimulator(deps: StargameDeps) {
  const { log, now, random } = deps;
  let answerForm: AnswerForm = deps.answerForm ?? 'form';
  const setAnswerForm = (form: AnswerForm): void => {
    answerForm = form;
  };
  const state = createState({ now, random });
  const faults = createFaults();
  const callbacks = createCallbacks(log);
  const notifier = createNotifier(deps.notifyTimeoutMs ?? NOTIFY_TIMEOUT_MS);
  const play = createPlay({ state, faults, notifier, random, now });
  const lists = createGameLists({ now, random });
  const windows = createWindows({ state, play, random });

  const router = Router();
  router.use('/control', createControl({ state, faults, play, setAnswerForm }));
  const body = express.raw({ type: () => true, limit: BODY_BYTES_MAX });
  const exchangeDeps = { state, faults, callbacks, now, answerForm: () => answerForm };
  for (const operation of OPERATIONS) {
    router.post(`/${operation.name}`, body, (request, response) =>
      exchange(exchangeDeps, operation, request, response),
    );
  }
  for (const name of LIST_NAMES) router.get(`/${name}`, (request, response) => lists.send(name, request, response));
  router.get('/remote_games_web', lists.sendWeb);
  router.get('/showgame', windows.show);
  router.get('/tote_opbetting3', windows.showByPassword);
  router.post('/spin', express.json({ limit: '4kb' }), windows.spin);
  router.get('/api/game/icon/:id', (request: Request<{ id: string }>, response) => {
    response.type('svg').send(iconSvg(Number.parseInt(request.params.id, 10) || 0));
  });

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
    /** Resolves once each callback that is under way has been answered or has failed. */
    callbacksSettled: callbacks.settled,
    setAnswerForm,
    /** Plays at a terminal until it is stopped. */
    startPlaying: (terminal: Terminal, spinsPerMinute: number): PlayLoop =>
      startPlayLoop({ play, terminal, spinsPerMinute, random, log }),
    async close(): Promise<void> {
      await callbacks.close();
      notifier.close();
    },
  };
}

/** As express' body readers set it on their errors; all else is a fault. */
function statusOf(error: unknown): number {
  const isHttpError = typeof error === 'object' && error !== null && 'status' in error;
  return isHttpError && typeof error.status === 'number' ? error.status : 500;
}
