import type { Request, RequestHandler, Response } from 'express';
import { CSRF_COOKIE, CSRF_HEADER, readCookie, SESSION_COOKIE } from './cookies.ts';
import { isSameToken, type Session, type Sessions } from './sessions.ts';

const CSP = [
  "default-src 'self'",
  "base-uri 'self'",
  "form-action 'self'",
  "frame-ancestors 'none'",
  "object-src 'none'",
];
/** The queues' page has styles in its markup. Its scripts are files, and stay held to that. */
const CSP_OF_QUEUES = [...CSP, "style-src 'self' 'unsafe-inline'", "img-src 'self' data:"];

export const securityHeaders: RequestHandler = (request, response, next) => {
  response.set({
    'Content-Security-Policy': (request.path.startsWith('/queues') ? CSP_OF_QUEUES : CSP).join('; '),
    'X-Content-Type-Options': 'nosniff',
    'X-Frame-Options': 'DENY',
    'Referrer-Policy': 'no-referrer',
    'Cross-Origin-Opener-Policy': 'same-origin',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
    // Its files carry the hash of their content in their names.
    'Cache-Control': request.path.startsWith('/queues/static/') ? 'private, max-age=86400' : 'no-store',
    'X-Robots-Tag': 'noindex',
  });
  if (request.secure) response.set('Strict-Transport-Security', 'max-age=31536000');
  next();
};

/** In production off loopback: what came in plain text, past the proxy that ends HTTPS. */
export const refusePlainText: RequestHandler = (request, response, next) => {
  if (request.secure) next();
  else response.status(403).type('text/plain').send('HTTPS only\n');
};

const FORMS = ['/login', '/logout'];
const SAFE_METHODS = ['GET', 'HEAD', 'OPTIONS'];

/** What changes something must come from a page of ours. Browsers say where it comes from, and no page can make them lie. */
export const sameOriginOnly: RequestHandler = (request, response, next) => {
  if (SAFE_METHODS.includes(request.method) || isFromHere(request)) next();
  else refuse(request, response, 403, 'This request did not come from a page of the dashboard.');
};

function isFromHere(request: Request): boolean {
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined) return site === 'same-origin';
  // Browsers leave Sec-Fetch-Site out over plain HTTP to other hosts than localhost.
  const { origin } = request.headers;
  // What sends neither is no browser: nobody's cookies are abused, and the session's token decides. The same page that may send no
  // referrer sends no origin with a form either: there the form's token does.
  if (origin === undefined) return true;
  if (origin === 'null') return FORMS.includes(request.path);
  return URL.parse(origin)?.host === request.host;
}

/** Who is logged in, for the handlers after `requireSession`. */
export const sessionOf = (response: Response): Session => response.locals.session as Session;

/** People are led to the login; whatever asks for data is told. */
export function requireSession(sessions: Sessions): RequestHandler {
  return (request, response, next) => {
    const session = sessions.find(readCookie(request, SESSION_COOKIE));
    if (session === null) {
      if (isForPeople(request)) response.redirect(303, '/login');
      else refuse(request, response, 401, 'The session has ended: log in again.');
      return;
    }
    response.locals.session = session;
    next();
  };
}

/** The session's own token, as a header, or as a field of a form. */
export const requireCsrfToken: RequestHandler = (request, response, next) => {
  const body: unknown = request.body;
  const field = typeof body === 'object' && body !== null && 'csrf' in body ? body.csrf : undefined;
  const given = request.headers[CSRF_HEADER] ?? field;
  if (SAFE_METHODS.includes(request.method) || isSameToken(given, sessionOf(response).csrfToken)) next();
  else
    refuse(
      request,
      response,
      403,
      `The token of the session is missing or wrong (${CSRF_COOKIE}): load the page anew.`,
    );
};

const isForPeople = (request: Request): boolean =>
  request.method === 'GET' && !/^\/(queues\/)?api\//.test(request.path) && request.accepts('html', 'json') === 'html';

/** As the queues' page shows it, and ours. */
export function refuse(request: Request, response: Response, status: number, message: string): void {
  if (isForPeople(request)) response.status(status).type('text/plain').send(`${message}\n`);
  else response.status(status).json({ error: { key: 'ERRORS.FORBIDDEN' }, message });
}
