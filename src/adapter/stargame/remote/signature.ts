import { hash, timingSafeEqual } from 'node:crypto';
import type { SignatureType } from './operation.ts';

/**
 * StarGame, General API workflow: the signature of a packet. Types 1 (hall) and 3 (user): md5(secret + XML + secret) in hex; type 2
 * (agent): base64 of the password, whatever the packet. `xml` is text, or the very bytes that came.
 */
export function sign(type: SignatureType, secret: string, xml: string | Buffer): string {
  if (type === 'agent') return Buffer.from(secret).toString('base64');
  if (typeof xml === 'string') return md5(secret + xml + secret);
  const bytes = Buffer.from(secret);
  return md5(Buffer.concat([bytes, xml, bytes]));
}

/** In a time that doesn't tell where the two differ. Digests may come in capitals. */
export function verify(type: SignatureType, secret: string, xml: string | Buffer, given: string): boolean {
  return equals(sign(type, secret, xml), type === 'agent' ? given : given.toLowerCase());
}

/** StarGame, Receiving a list of game logs: the md5 field of an answer. `password` is what the request had as user_password. */
export function logDigest(password: string, timestamp: bigint, userId: string): string {
  return md5(`${password}${timestamp}${userId}${password}`);
}

export function md5(value: string | Buffer): string {
  return hash('md5', value);
}

/** Digests of the two are compared, so that not even the lengths tell. */
export function equals(one: string, other: string): boolean {
  return timingSafeEqual(hash('sha256', one, 'buffer'), hash('sha256', other, 'buffer'));
}
