import type { Express, Request, Response } from 'express';
import type { Logger } from '../../common/log.ts';
import { answerUnread, readBody } from '../body.ts';
import { RemoteError } from '../outbound/remote-error.ts';
import { readEnvelope } from './remote/answer.ts';
import { type CallbackInbox, isToken, type PendingCall } from './remote/callbacks.ts';
import { OPERATIONS } from './remote/operations/index.ts';
import { md5 } from './remote/signature.ts';

export type CallbackDeps = {
  inbox: CallbackInbox;
  /** What signed the request: the hall's secret, or the agent's or terminal's password; null where it is not known here. */
  secretFor: (pending: PendingCall) => Promise<string | null>;
  maxBytes: number;
  isDraining: () => boolean;
  log: Logger;
};

type Outcome = 'delivered' | '400' | '404' | '413' | '503';

/**
 * StarGame, General API workflow, response_url: `POST /stargame/callback/{token}` takes the answer to a request that waits for it.
 * 404 where none does (any more), 400 for what isn't a signed answer to it, 503 while that can't be told.
 */
export function addCallbackRoute(app: Express, deps: CallbackDeps): void {
  app.post('/stargame/callback/:token', async (request: Request<{ token: string }>, response) => {
    const { token } = request.params;
    let pending: PendingCall | null = null;
    let outcome: Outcome;
    let reason: string | undefined;
    try {
      pending = isToken(token) ? await deps.inbox.find(token) : null;
      if (pending === null) {
        outcome = '404';
      } else {
        const body = await bodyOf(request, deps.maxBytes);
        outcome = body === null ? '413' : await take(deps, token, pending, body);
      }
    } catch (error) {
      outcome = error instanceof RemoteError ? '400' : '503';
      reason = error instanceof Error ? error.message : String(error);
    }
    const { operation, hall_id: hall, agent_id: agent, user_id: terminal } = pending ?? {};
    deps.log.info({ provider: 'stargame', outcome, operation, hall, agent, terminal, reason }, 'callback');
    answer(request, response, outcome, deps.isDraining());
  });
}

/** Throws a RemoteError for what is no signed answer to the pending request. */
async function take(deps: CallbackDeps, token: string, pending: PendingCall, body: Buffer): Promise<Outcome> {
  const secret = await deps.secretFor(pending);
  if (secret === null) return '503';
  const { operation: name, ...request } = pending;
  const signing = pending.use_hash === 1 ? md5(secret) : secret;
  readEnvelope(OPERATIONS[name], { request, secret: signing, secrets: [secret] }, body, 'strict');
  return (await deps.inbox.deliver(token, body)) ? 'delivered' : '404';
}

/** Null where it is too large. */
const bodyOf = (request: Request, maxBytes: number): Promise<Buffer | null> =>
  new Promise((resolve, reject) => {
    request.once('close', () => reject(new Error('the caller went away')));
    readBody(request, maxBytes, resolve, () => resolve(null));
  });

function answer(request: Request, response: Response, outcome: Outcome, close: boolean): void {
  if (outcome === '404' || outcome === '413') {
    answerUnread(request, response, Number(outcome) as 404 | 413, close);
    return;
  }
  response.writeHead(outcome === 'delivered' ? 200 : Number(outcome), { 'Content-Length': '0' }).end();
}
