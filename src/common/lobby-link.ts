import { errors, jwtVerify, SignJWT } from 'jose';
import { z } from 'zod';
import type { ConfigTable } from './config.ts';

/** What the lobby's own links are made and checked with; in the tables of the adapter and the command line. */
export const lobbyLinkConfig = {
  LOBBY_SECRET: z
    .string()
    .min(32, 'must have at least 32 characters')
    .max(255)
    .default('')
    .describe(
      "signs the tokens with which the casino's site sends players to the lobby; empty: nobody plays for money there",
    ),
  LOBBY_URL: z
    .string()
    .regex(/^https?:\/\/[^/?#@\s]{1,150}\/lobby$/, 'must be an http or https URL with the path /lobby')
    .or(z.literal(''))
    .default('')
    .describe(
      'where players find the lobby, as https://play.example.com/lobby; games lead back there. Empty: where it is asked for',
    ),
} satisfies ConfigTable;

/** A player whom the casino's own site has logged in. */
export type LobbyPlayer = {
  operatorId: string;
  userId: string;
  /** Of the casino's site; '' where it gave none, as the others. */
  homeUrl: string;
  depositUrl: string;
  language: string;
};

export const LOBBY_TTL_MAX_SECONDS = 86_400;
/** How far the clock of the casino's site may be ahead. */
const SKEW_SECONDS = 60;

const pageUrl = z
  .url({ protocol: /^https?$/ })
  // A cookie has 4 kB for all of them.
  .regex(/^[!-~]{0,500}$/)
  .default('');

const claims = z.object({
  sub: z.string().regex(/^(?! )[^|\p{Cc}]{1,70}(?<! )$/u),
  operator: z.string().regex(/^[A-Za-z0-9_.-]{1,20}$/),
  exp: z.int(),
  stay_until: z.int().optional(),
  home_url: pageUrl,
  deposit_url: pageUrl,
  language: z
    .string()
    .regex(/^[A-Za-z0-9-]{0,35}$/)
    .default(''),
});

/**
 * A token for the lobby's URL, as the casino's site makes it: a JWT, HS256. The link lets somebody in until `expiresAtSeconds`; whom it has let
 * in may stay until `stayUntilSeconds`. Both since 1970.
 */
export function signLobbyToken(
  secret: string,
  player: LobbyPlayer,
  expiresAtSeconds: number,
  stayUntilSeconds = expiresAtSeconds,
): Promise<string> {
  const { operatorId, userId, homeUrl, depositUrl, language } = player;
  const optional = { home_url: homeUrl, deposit_url: depositUrl, language };
  const given = Object.fromEntries(Object.entries(optional).filter(([, value]) => value !== ''));
  return new SignJWT({ operator: operatorId, stay_until: stayUntilSeconds, ...given })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(userId)
    .setExpirationTime(expiresAtSeconds)
    .sign(new TextEncoder().encode(secret));
}

/** Whose token it is, and until when they may stay; null for one that is forged, expired, for more than a day, or not as agreed. */
export async function verifyLobbyToken(
  secret: string,
  token: string,
  nowMs: number,
): Promise<{ player: LobbyPlayer; stayUntilMs: number } | null> {
  const payload = await verifiedPayload(new TextEncoder().encode(secret), token, nowMs);
  const read = claims.safeParse(payload);
  if (!read.success) return null;
  const { sub, operator, exp, stay_until: stayUntil = exp, home_url, deposit_url, language } = read.data;
  if (Math.max(exp, stayUntil) * 1000 > nowMs + (LOBBY_TTL_MAX_SECONDS + SKEW_SECONDS) * 1000) return null;
  if (stayUntil * 1000 <= nowMs) return null;
  const player = { operatorId: operator, userId: sub, homeUrl: home_url, depositUrl: deposit_url, language };
  return { player, stayUntilMs: stayUntil * 1000 };
}

/** Of a JWT that this key has signed with HS256, and that has not expired; else null. */
export async function verifiedPayload(key: Uint8Array, token: string, nowMs: number): Promise<unknown> {
  try {
    const options = { algorithms: ['HS256'], requiredClaims: ['exp', 'sub'], currentDate: new Date(nowMs) };
    return (await jwtVerify(token, key, options)).payload;
  } catch (error) {
    if (error instanceof errors.JOSEError) return null;
    throw error;
  }
}
