import { isHttpsOrLoopback } from '../../outbound/base-url.ts';
import { isObject } from './json.ts';

const MAX_CHARS = 500;
/** Where other vendors than those of the document's samples may have it. */
const NAMES = ['thumbnail', 'image', 'icon'] as const;

/**
 * The picture of a game or lobby: the largest of `details.thumbnails`, else another member that names one. Players' browsers are
 * given it: https, or http on loopback, without credentials; else the next largest, and empty where there is none.
 */
export function pictureUrl(entry: Readonly<Record<string, unknown>>): string {
  const details = isObject(entry.details) ? entry.details : {};
  const candidates = [...thumbnails(details.thumbnails), ...NAMES.flatMap((name) => [details[name], entry[name]])];
  for (const candidate of candidates) {
    const url = safeUrl(candidate);
    if (url !== '') return url;
  }
  return '';
}

/** Largest first. */
function thumbnails(value: unknown): unknown[] {
  if (!isObject(value)) return [value];
  const sized = Object.entries(value).map(([size, url]) => ({ pixels: pixelsOf(size), url }));
  return sized.sort((one, other) => other.pixels - one.pixels).map(({ url }) => url);
}

/** Of a size as 300x300. */
function pixelsOf(size: string): number {
  const [, width = '0', height = '0'] = /^(\d{1,5})x(\d{1,5})$/i.exec(size.trim()) ?? [];
  return Number(width) * Number(height);
}

function safeUrl(value: unknown): string {
  if (typeof value !== 'string' || value.length > MAX_CHARS) return '';
  const url = URL.parse(value.trim());
  if (url === null || url.username !== '' || url.password !== '' || !isHttpsOrLoopback(url)) return '';
  return url.href.length > MAX_CHARS ? '' : url.href;
}
