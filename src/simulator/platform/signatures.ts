import { hash, timingSafeEqual } from 'node:crypto';

const sha1 = (text: string): string => hash('sha1', text);

/** PLATFORM v2.49, Games and Lobbies list API, Authorization: what an operator sends for one of PLATFORM's own APIs. */
export const apiAuthorization = (api: string, operatorId: string, secret: string): string =>
  sha1(api + operatorId + secret);

/** PLATFORM v2.49, X-Authorization header: what PLATFORM sends with a command. */
export const commandAuthorization = (command: string, secret: string): string => sha1(command + secret);

/** PLATFORM v2.49, Request and response signing. `word`: a request's command, or an answer's status. */
export const signatureOf = (word: string, timestamp: string, secret: string): string => sha1(word + timestamp + secret);

/** In a time that does not tell where the two differ. */
export function isSame(given: unknown, expected: string): boolean {
  if (typeof given !== 'string' || given.length !== expected.length) return false;
  const bytes = Buffer.from(given);
  return bytes.length === expected.length && timingSafeEqual(bytes, Buffer.from(expected));
}
