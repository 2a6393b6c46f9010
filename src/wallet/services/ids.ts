import { randomInt } from 'node:crypto';

const RANDOM_BITS = 20;
const TOKEN_ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const TOKEN_LENGTH = 32;

/**
 * A player's id: ms since 1970, then 20 random bits. Positive and under 2^63 until the year 2248; in order of time, so that new rows
 * go to the end of the key. Two players of the same millisecond may collide: the primary key says so, and another is made.
 */
export function newPlayerId(nowMs: number): bigint {
  return (BigInt(nowMs) << BigInt(RANDOM_BITS)) | BigInt(randomInt(2 ** RANDOM_BITS));
}

/** A session token, 190 random bits. PLATFORM v2.49, Player game session token: 20 to 50 of A-Z a-z 0-9. */
export function newSessionToken(): string {
  return Array.from({ length: TOKEN_LENGTH }, () => TOKEN_ALPHABET[randomInt(TOKEN_ALPHABET.length)]).join('');
}
