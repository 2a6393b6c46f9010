import type { Request, Response } from 'express';

export const SESSION_COOKIE = 'croupier_session';
/** By this name the queues' page, which uses axios, sends it back as X-XSRF-TOKEN by itself. */
export const CSRF_COOKIE = 'XSRF-TOKEN';
export const CSRF_HEADER = 'x-xsrf-token';

export function readCookie(request: Request, name: string): string | undefined {
  for (const part of (request.headers.cookie ?? '').split(';')) {
    const equals = part.indexOf('=');
    if (equals > 0 && part.slice(0, equals).trim() === name) return part.slice(equals + 1).trim();
  }
  return undefined;
}

/** Sent back to this site alone, and over HTTPS alone where it was set over HTTPS. */
export function setCookie(request: Request, response: Response, name: string, value: string): void {
  response.cookie(name, value, { ...attributes(request), httpOnly: name !== CSRF_COOKIE });
}

export function clearCookie(request: Request, response: Response, name: string): void {
  response.clearCookie(name, { ...attributes(request), httpOnly: name !== CSRF_COOKIE });
}

const attributes = (request: Request) => ({ sameSite: 'strict', secure: request.secure, path: '/' }) as const;
