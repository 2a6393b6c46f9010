import { createHmac } from 'node:crypto';
import { SignJWT } from 'jose';
import { z } from 'zod';
import { type LobbyPlayer, verifiedPayload } from '../../common/lobby-link.ts';

/** Who is at the lobby, as a cookie carries it: nothing of it is kept here. */
export type LobbySession = LobbyPlayer & {
  /** Until when the casino's site vouches for the player. */
  untilMs: number;
  /** Until when this cookie is good; a page that is in use gets a new one. */
  expiresAtMs: number;
};

export type LobbySessions = {
  /** Gives the cookie's value, and for how long it is good. */
  seal: (player: LobbyPlayer, untilMs: number) => Promise<{ value: string; maxAgeMs: number }>;
  /** Null for one that is forged or has ended. */
  open: (value: string | undefined) => Promise<LobbySession | null>;
  /** Whether it is time for a new cookie, and one may be had. */
  isWorn: (session: LobbySession) => boolean;
};

/** A page that is looked at asks every few seconds: only one that was left behind is idle for so long. */
const IDLE_MAX_MS = 30 * 60_000;

const claims = z.object({
  sub: z.string(),
  operator: z.string(),
  home: z.string(),
  deposit: z.string(),
  language: z.string(),
  until: z.number(),
  exp: z.number(),
});

export function createLobbySessions(secret: string, now: () => number): LobbySessions {
  // Of its own: a token from a URL is no cookie, and a cookie no token.
  const key = createHmac('sha256', secret).update('croupier lobby session').digest();
  return {
    seal: async ({ operatorId, userId, homeUrl, depositUrl, language }, untilMs) => {
      const expiresAtMs = Math.min(now() + IDLE_MAX_MS, untilMs);
      const value = await new SignJWT({
        operator: operatorId,
        home: homeUrl,
        deposit: depositUrl,
        language,
        until: untilMs,
      })
        .setProtectedHeader({ alg: 'HS256' })
        .setSubject(userId)
        .setExpirationTime(Math.floor(expiresAtMs / 1000))
        .sign(key);
      return { value, maxAgeMs: Math.max(0, expiresAtMs - now()) };
    },
    open: async (value) => {
      if (value === undefined) return null;
      const read = claims.safeParse(await verifiedPayload(key, value, now()));
      if (!read.success) return null;
      const { sub, operator, home, deposit, language, until, exp } = read.data;
      return {
        operatorId: operator,
        userId: sub,
        homeUrl: home,
        depositUrl: deposit,
        language,
        untilMs: until,
        expiresAtMs: exp * 1000,
      };
    },
    isWorn: ({ expiresAtMs, untilMs }) => {
      const isHalfGone = expiresAtMs - now() < IDLE_MAX_MS / 2;
      return isHalfGone && untilMs - expiresAtMs > 1_000;
    },
  };
}
