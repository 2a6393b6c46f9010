/** A value that is read again when it is asked for and has grown old. */
export type Kept<T> = {
  /** Rejects where it has to be read, and can't be. */
  get: () => Promise<T>;
  /** The next `get` reads it. */
  expire: () => void;
};

/**
 * Up to `freshMs` old the value is given as it is; up to `staleMs` old, too, but it is read again behind that; an older one is waited for.
 * It is read once at a time, for all who wait.
 */
export function createKept<T>(options: {
  read: () => Promise<T>;
  freshMs: number;
  staleMs: number;
  now: () => number;
}): Kept<T> {
  const { read, freshMs, staleMs, now } = options;
  let kept: { value: T; atMs: number } | null = null;
  let reading: Promise<T> | null = null;

  const refresh = (): Promise<T> => {
    if (reading !== null) return reading;
    const atMs = now();
    const mine: Promise<T> = read()
      .then((value) => {
        // Expired meanwhile: what was read may be from before.
        if (reading === mine) kept = { value, atMs };
        return value;
      })
      .finally(() => {
        if (reading === mine) reading = null;
      });
    reading = mine;
    return mine;
  };

  return {
    get: async () => {
      const ageMs = kept === null ? Number.POSITIVE_INFINITY : now() - kept.atMs;
      if (kept !== null && ageMs <= freshMs) return kept.value;
      const next = refresh();
      if (kept === null || ageMs > staleMs) return next;
      next.catch(() => undefined);
      return kept.value;
    },
    expire: () => {
      kept = null;
      reading = null;
    },
  };
}
