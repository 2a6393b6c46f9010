import { createBullBoard } from '@bull-board/api';
import { BullMQAdapter } from '@bull-board/api/bullMQAdapter';
import { ExpressAdapter } from '@bull-board/express';
import { type Request, type RequestHandler, Router } from 'express';
import { QUEUES } from '../../common/queues.ts';
import type { Queues } from '../queues.ts';
import type { Audit } from './audit.ts';
import { answerFault } from './faults.ts';
import { refuse, sessionOf } from './guards.ts';

/** bull-board, at /queues. Behind the guards: who comes here is logged in, and what changes something carries the token. */
export function queueRoutes(queues: Queues, audit: Audit): Router {
  const serverAdapter = new ExpressAdapter();
  serverAdapter.setBasePath('/queues');
  createBullBoard({
    queues: QUEUES.map((name) => new BullMQAdapter(queues[name])),
    serverAdapter,
    options: {
      uiConfig: {
        boardTitle: 'croupier',
        hideDocsLink: true,
        hideRedisDetails: true,
        miscLinks: [{ text: 'Overview', url: '/' }],
      },
    },
  });
  const router = Router();
  router.use(withoutOutsideLinks, onlyRecorded(audit), serverAdapter.getRouter());
  return router;
}

/** Its page asks for a font of another host. The Content-Security-Policy would stop that too, with an error in the console. */
const withoutOutsideLinks: RequestHandler = (_request, response, next) => {
  const send = response.send.bind(response);
  response.send = (body: unknown) =>
    send(typeof body === 'string' ? body.replaceAll(/<link [^>]*href="https?:[^>]*>/g, '') : body);
  next();
};

/** What people may do to jobs, by the last part of bull-board's path. */
const VERBS = ['retry', 'clean', 'promote', 'pause', 'resume', 'empty'] as const;

/**
 * Writes down who does what before it is done. A job is what a process of ours asked for: making one, or changing its data, would
 * move money on somebody's word, so that is refused.
 */
function onlyRecorded(audit: Audit): RequestHandler {
  return async (request, response, next) => {
    if (request.method === 'GET' || request.method === 'HEAD') return next();
    const action = actionOf(request);
    if (action === null) return refuse(request, response, 403, 'The dashboard does not make or change jobs.');
    try {
      const record = { actor: sessionOf(response).user, detail: '', ...action };
      await audit.record(record, response.locals.requestId as string);
    } catch (error) {
      return answerFault(request, response, error, 'the record');
    }
    next();
  };
}

/**
 * Paths are /api/queues/{verb}, /api/queues/{queue}/{verb}, /api/queues/{queue}/{verb}/{state} and
 * /api/queues/{queue}/{job}/{verb}. A job's id is text that somebody chose: it may be called as a verb is.
 */
function actionOf(request: Request): { action: string; target: string } | null {
  const match = /^\/api\/queues\/(.+)$/.exec(request.path);
  const parts = match?.[1]?.split('/') ?? [];
  const [first = '', second = '', third] = parts.map(decoded);
  if (request.method !== 'PUT' || parts.length > 3) return null;
  if (parts.length === 1) return isVerb(first) ? { action: `queue.${first}`, target: 'all queues' } : null;
  if (parts.length === 2) return isVerb(second) ? { action: `queue.${second}`, target: first } : null;
  if (third !== undefined && isVerb(third)) return { action: `job.${third}`, target: `${first}/${second}` };
  return isVerb(second) ? { action: `queue.${second}`, target: `${first} (${third})` } : null;
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

const isVerb = (text: string): boolean => (VERBS as readonly string[]).includes(text);
