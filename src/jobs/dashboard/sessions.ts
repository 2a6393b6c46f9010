import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** An open page asks every other second, so only one that was closed, hidden or forgotten is idle. */
const IDLE_MAX_MS = 30 * 60_000;
const AGE_MAX_MS = 12 * 3_600_000;
const SESSIONS_MAX = 1_000;

export type Session = {
  user: string;
  /** What a request that changes something must carry. */
  csrfToken: string;
};

/**
 * Who is logged in. In memory: a restart logs everybody out, and so does another process behind the same name; nothing that is
 * stored or stolen later opens a session.
 */
export type Sessions = {
  /** Gives the id for the cookie. */
  open: (user: string) => { id: string; session: Session };
  find: (id: string | undefined) => Session | null;
  close: (id: string | undefined) => void;
};

type Entry = Session & { openedAtMs: number; usedAtMs: number };

export function createSessions(now: () => number): Sessions {
  /** By the hash of the id, so that how long a look-up takes says nothing about ids. */
  const entries = new Map<string, Entry>();
  const keyOf = (id: string): string => createHash('sha256').update(id).digest('base64url');
  const isOver = (entry: Entry): boolean =>
    now() - entry.usedAtMs > IDLE_MAX_MS || now() - entry.openedAtMs > AGE_MAX_MS;

  const makeRoom = (): void => {
    for (const [key, entry] of entries) if (isOver(entry)) entries.delete(key);
    const oldest = entries.keys().next().value;
    if (entries.size >= SESSIONS_MAX && oldest !== undefined) entries.delete(oldest);
  };

  return {
    open: (user) => {
      makeRoom();
      const id = randomToken();
      const entry = { user, csrfToken: randomToken(), openedAtMs: now(), usedAtMs: now() };
      entries.set(keyOf(id), entry);
      return { id, session: entry };
    },
    find: (id) => {
      const key = id === undefined ? '' : keyOf(id);
      const entry = entries.get(key);
      if (entry === undefined) return null;
      if (isOver(entry)) {
        entries.delete(key);
        return null;
      }
      entry.usedAtMs = now();
      return entry;
    },
    close: (id) => {
      if (id !== undefined) entries.delete(keyOf(id));
    },
  };
}

export const randomToken = (): string => randomBytes(32).toString('base64url');

/** In constant time; false where one of them is missing. */
export function isSameToken(given: unknown, expected: unknown): boolean {
  if (typeof given !== 'string' || typeof expected !== 'string' || expected === '') return false;
  const [a, b] = [Buffer.from(given), Buffer.from(expected)];
  return a.length === b.length && timingSafeEqual(a, b);
}
