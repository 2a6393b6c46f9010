/** Of all halls together; what is oldest goes first. */
const PASSWORDS_MAX = 50_000;
const FRESH_MS = 600_000;

type Entry = { password: string; untilMs: number };

export type PasswordCache = ReturnType<typeof createPasswordCache>;

/** Terminals' passwords for a while, in memory only. */
export function createPasswordCache(now: () => number, max = PASSWORDS_MAX) {
  const entries = new Map<string, Entry>();
  const distrusted = new Map<string, Set<string>>();
  const keyOf = (hallId: string, uid: string): string => `${hallId}/${uid}`;

  return {
    keep(hallId: string, uid: string, password: string): void {
      const key = keyOf(hallId, uid);
      entries.delete(key);
      entries.set(key, { password, untilMs: now() + FRESH_MS });
      const oldest = entries.keys().next();
      if (entries.size > max && !oldest.done) entries.delete(oldest.value);
    },
    find(hallId: string, uid: string): string | undefined {
      const entry = entries.get(keyOf(hallId, uid));
      return entry === undefined || entry.untilMs <= now() ? undefined : entry.password;
    },
    /** Forgets it, and remembers that what the wallet says of it is not to be believed. */
    distrust(hallId: string, uid: string): void {
      entries.delete(keyOf(hallId, uid));
      const uids = distrusted.get(hallId) ?? new Set();
      if (uids.size < max) distrusted.set(hallId, uids.add(uid));
    },
    isDistrusted: (hallId: string, uid: string): boolean => distrusted.get(hallId)?.has(uid) === true,
    /** The wallet has heard anew of all of the hall's passwords. */
    trust: (hallId: string): boolean => distrusted.delete(hallId),
  };
}
