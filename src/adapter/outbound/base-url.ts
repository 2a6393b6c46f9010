import { z } from 'zod';
import { isLoopback } from '../../common/loopback.ts';

/** Whether `text` is what paths can be appended to, and what goes there can't be read on its way. */
export function isBaseUrl(text: string): boolean {
  const url = URL.parse(text);
  // Also a ? or # with nothing after it: what is appended would become a query.
  if (url === null || url.username !== '' || url.password !== '' || /[?#]/.test(text)) return false;
  return isHttpsOrLoopback(url);
}

export function isHttpsOrLoopback(url: URL): boolean {
  return url.protocol === 'https:' || (url.protocol === 'http:' && isLoopback(url.hostname));
}

export const withoutTrailingSlash = (text: string): string => text.replace(/\/+$/, '');

export const BASE_URL_RULE = 'must be an https:// URL, or http:// on loopback, without user, query and fragment';

/** A counterparty's API in a table of configuration; empty: not set. */
export const baseUrl = z
  .string()
  .refine((text) => text === '' || isBaseUrl(text), { error: BASE_URL_RULE })
  .transform(withoutTrailingSlash);
