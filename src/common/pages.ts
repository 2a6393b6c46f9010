import { invalidArgument } from './fault.ts';

/**
 * Paging by keyset: a page token carries the key of the last row given, so that rows that come and go never shift a page. Opaque to
 * callers; it grants nothing, because every page is read under the caller's own request.
 */
export function pageToken(key: readonly string[]): string {
  return Buffer.from(JSON.stringify(key)).toString('base64url');
}

/** The key in a page token, `length` strings; null for the first page. */
export function pageKey(token: string, length: number): string[] | null {
  if (token === '') return null;
  const key = parseJson(Buffer.from(token, 'base64url').toString());
  const isKey = Array.isArray(key) && key.length === length && key.every((part) => typeof part === 'string');
  if (!isKey) throw invalidArgument('page_token', 'is not one of this list');
  return key;
}

/** A bigint of a page token's key. */
export function keyNumber(part: string | undefined): bigint {
  if (part === undefined || !/^[0-9]{1,18}$/.test(part)) throw invalidArgument('page_token', 'is not one of this list');
  return BigInt(part);
}

/** The first `size` of the rows, and the token of the next page where there are more: read one row more than the page has. */
export function cutPage<R>(
  found: readonly R[],
  size: number,
  keyOf: (row: R) => readonly string[],
): { page: R[]; nextPageToken: string } {
  const page = found.slice(0, size);
  const last = page.at(-1);
  const nextPageToken = found.length > size && last !== undefined ? pageToken(keyOf(last)) : '';
  return { page, nextPageToken };
}

function parseJson(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return null;
  }
}
