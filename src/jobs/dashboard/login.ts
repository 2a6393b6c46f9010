import express, { type Request, type Response, Router } from 'express';
import type { Logger } from '../../common/log.ts';
import type { Assets } from './assets.ts';
import type { Audit } from './audit.ts';
import { CSRF_COOKIE, clearCookie, readCookie, SESSION_COOKIE, setCookie } from './cookies.ts';
import { requireCsrfToken, requireSession, sessionOf } from './guards.ts';
import { isSameToken, randomToken, type Sessions } from './sessions.ts';
import type { Throttle } from './throttle.ts';
import type { Users } from './users.ts';

type Deps = { users: Users; sessions: Sessions; throttle: Throttle; audit: Audit; assets: Assets; log: Logger };

const FORM_MAX_BYTES = 8_192;
const NAME_MAX_CHARACTERS = 64;
const TOKEN = /^[\w-]{43}$/;

const WRONG = 'Name or password is wrong.';
const BUSY = 'Too many people log in at once. Try again in a moment.';
const STALE = 'The form was too old. Try again.';
const NOBODY = 'Nobody can log in: set OPS_USERS (croupier ops hash-password makes the entry).';
const UNKNOWN = "The wallet can't be reached, so the demo login can't be checked. Try again.";

/** /login, /logout and what the login page shows: all that is there for people who are not logged in. */
export function loginRoutes(deps: Deps): Router {
  const { sessions, audit } = deps;
  const router = Router();
  const form = express.urlencoded({ extended: false, limit: FORM_MAX_BYTES, parameterLimit: 10 });

  router.get('/login', async (request, response) => {
    if (sessions.find(readCookie(request, SESSION_COOKIE)) !== null) {
      response.redirect(303, '/');
      return;
    }
    const exist = await deps.users.exist().catch(() => null);
    const note = exist === null ? UNKNOWN : exist ? '' : NOBODY;
    showForm(deps, request, response, note === '' ? 200 : 503, note);
  });
  router.post('/login', form, (request, response) => logIn(deps, request, response));
  router.post('/logout', form, requireSession(sessions), requireCsrfToken, (request, response) => {
    audit.recordLater({ actor: sessionOf(response).user, action: 'logout', target: '', detail: from(request) });
    sessions.close(readCookie(request, SESSION_COOKIE));
    clearCookie(request, response, SESSION_COOKIE);
    clearCookie(request, response, CSRF_COOKIE);
    response.redirect(303, '/login');
  });
  return router;
}

async function logIn(deps: Deps, request: Request, response: Response): Promise<void> {
  const { throttle, log } = deps;
  const { name, password, csrf } = fieldsOf(request.body);
  const address = request.ip ?? '';
  // There is no session yet to bind a token to: the cookie that came with the form stands in for it.
  if (!isSameToken(csrf, readCookie(request, CSRF_COOKIE))) return showForm(deps, request, response, 403, STALE, name);
  const waitMs = throttle.attempt(name, address);
  if (waitMs > 0) {
    log.warn({ user: name, address }, 'login attempts are throttled');
    response.set('Retry-After', String(Math.ceil(waitMs / 1000)));
    return showForm(deps, request, response, 429, `Too many attempts. Wait ${Math.ceil(waitMs / 1000)} s.`, name);
  }
  const verdict = await deps.users.check(name, password).catch(() => 'unknown' as const);
  switch (verdict) {
    case 'right':
      throttle.forgive(name, address);
      return welcome(deps, request, response, name);
    case 'wrong':
      // Bounded by the throttle, and by what the trail owes at most.
      deps.audit.recordLater({ actor: name, action: 'login.failed', target: '', detail: from(request) });
      return showForm(deps, request, response, 401, WRONG, name);
    case 'busy':
      return showForm(deps, request, response, 503, BUSY, name);
    case 'unknown':
      return showForm(deps, request, response, 503, UNKNOWN, name);
  }
}

/** A new id and a new token with each login: what was there before is worth nothing. */
function welcome({ sessions, audit }: Deps, request: Request, response: Response, user: string): void {
  sessions.close(readCookie(request, SESSION_COOKIE));
  const { id, session } = sessions.open(user);
  setCookie(request, response, SESSION_COOKIE, id);
  setCookie(request, response, CSRF_COOKIE, session.csrfToken);
  audit.recordLater({ actor: user, action: 'login', target: '', detail: from(request) });
  response.redirect(303, '/');
}

function showForm(deps: Deps, request: Request, response: Response, status: number, note: string, name = ''): void {
  const before = readCookie(request, CSRF_COOKIE);
  const csrf = before !== undefined && TOKEN.test(before) ? before : randomToken();
  setCookie(request, response, CSRF_COOKIE, csrf);
  response.status(status).type('html').send(deps.assets.page('login.html', { csrf, note, name }));
}

function fieldsOf(body: unknown): { name: string; password: string; csrf: string } {
  const fields = typeof body === 'object' && body !== null ? (body as Record<string, unknown>) : {};
  const text = (field: string): string => (typeof fields[field] === 'string' ? fields[field] : '');
  // What is no name can't get into a log line or the trail as something else.
  const name = text('name')
    .replaceAll(/\P{ASCII}|\p{Cc}/gu, '?')
    .slice(0, NAME_MAX_CHARACTERS);
  return { name, password: text('password'), csrf: text('csrf') };
}

const from = (request: Request): string => `from ${request.ip ?? 'unknown'}`;
