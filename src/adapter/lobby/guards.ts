import type { Request, RequestHandler, Response } from 'express';
import type { LobbyConfig } from './config.ts';

export const LOBBY_COOKIE = 'croupier_lobby';
/** No form, and no page of another origin without asking first, can send it. */
const OWN_HEADER = 'x-croupier-lobby';

/** For every answer below /lobby. What the page may load and frame is said here and nowhere else. */
export function securityHeaders(config: LobbyConfig): RequestHandler {
  const { LOBBY_PICTURE_ORIGINS, LOBBY_FRAME_ORIGINS, LOBBY_FRAME_ANCESTORS } = config;
  const isFramed = LOBBY_FRAME_ANCESTORS.length > 0;
  const shared = ["default-src 'none'", "script-src 'self'", "base-uri 'none'", "form-action 'none'"];
  const ofPage = [
    ...shared,
    "style-src 'self'",
    "connect-src 'self'",
    `img-src ${["'self'", 'https:', ...LOBBY_PICTURE_ORIGINS].join(' ')}`,
    `frame-src ${["'self'", 'https:', ...LOBBY_FRAME_ORIGINS].join(' ')}`,
    `frame-ancestors ${isFramed ? LOBBY_FRAME_ANCESTORS.join(' ') : "'none'"}`,
  ].join('; ');
  const ofWayHome = [...shared, `frame-ancestors ${["'self'", ...LOBBY_FRAME_ANCESTORS].join(' ')}`].join('; ');
  return (request, response, next) => {
    response.set({
      'Content-Security-Policy': request.path === '/home' ? ofWayHome : ofPage,
      'X-Content-Type-Options': 'nosniff',
      'Referrer-Policy': 'no-referrer',
      'Cross-Origin-Opener-Policy': 'same-origin',
      'Cross-Origin-Resource-Policy': 'same-origin',
      'Permissions-Policy': 'camera=(), geolocation=(), microphone=()',
      'Cache-Control': 'no-store',
      'X-Robots-Tag': 'noindex',
    });
    if (!isFramed && request.path !== '/home') response.set('X-Frame-Options', 'DENY');
    if (isOverTls(config, request)) response.set('Strict-Transport-Security', 'max-age=31536000');
    next();
  };
}

/** Whether a page of ours asks. Browsers say where a request comes from, and no page can make them lie. */
export function isFromLobby({ LOBBY_URL }: Pick<LobbyConfig, 'LOBBY_URL'>, request: Request): boolean {
  if (request.headers[OWN_HEADER] !== '1') return false;
  const { origin } = request.headers;
  const site = request.headers['sec-fetch-site'];
  if (site !== undefined && site !== 'same-origin') return false;
  // Without it, as over plain HTTP to other hosts than localhost, the origin has to be there.
  if (origin === undefined) return site !== undefined;
  // A proxy may have given the request a host of its own.
  const host = URL.parse(origin)?.host;
  return host !== undefined && (host === request.host || host === URL.parse(LOBBY_URL)?.host);
}

export function readCookie(request: Request): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).trim() === LOBBY_COOKIE) return part.slice(equals + 1).trim();
  }
  return undefined;
}

/** `secure`: sent over HTTPS alone. */
export function setCookie(response: Response, value: string, maxAgeMs: number, secure: boolean): void {
  response.cookie(LOBBY_COOKIE, value, { ...ATTRIBUTES, secure, maxAge: maxAgeMs });
}

export function clearCookie(response: Response, secure: boolean): void {
  response.clearCookie(LOBBY_COOKIE, { ...ATTRIBUTES, secure });
}

const ATTRIBUTES = { httpOnly: true, sameSite: 'lax', path: '/lobby' } as const;

/** Whether players reach the lobby over HTTPS, be it through a proxy, which need not say so. */
export const isOverTls = ({ LOBBY_URL }: Pick<LobbyConfig, 'LOBBY_URL'>, request: Request): boolean =>
  request.secure || LOBBY_URL.startsWith('https:');
