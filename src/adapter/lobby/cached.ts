import { setTimeout } from 'node:timers/promises';

/** Something that is asked of another process and kept for a while; whoever asks meanwhile shares one question. */
export type Cached<T> = () => Promise<T>;

/** Whoever has something already does not wait longer for something newer. */
const PATIENCE_MS = 1_000;
/** After a failure it is not asked again for so long: what is known serves on, or the failure does. */
const PAUSE_MS = 3_000;

type Options = { freshMs: number; now: () => number };

/** `load` is told what it gave last, and must end by itself. What it gave last serves on, however old, while it fails or is slow. */
export function createCached<T>(options: Options & { load: (last: T | null) => Promise<T> }): Cached<T> {
  const { load, freshMs, now } = options;
  let known: { value: T } | null = null;
  let failure: unknown;
  let loading: Promise<T> | null = null;
  let askAgainAtMs = Number.NEGATIVE_INFINITY;

  const ask = async (): Promise<T> => {
    try {
      known = { value: await load(known?.value ?? null) };
      askAgainAtMs = now() + freshMs;
      return known.value;
    } catch (error) {
      failure = error;
      askAgainAtMs = now() + PAUSE_MS;
      if (known === null) throw error;
      return known.value;
    } finally {
      loading = null;
    }
  };

  return async () => {
    if (now() < askAgainAtMs) {
      if (known === null) throw failure;
      return known.value;
    }
    loading ??= known === null ? ask() : Promise.race([ask(), setTimeout(PATIENCE_MS, known.value, { ref: false })]);
    return loading;
  };
}

/** One for each key; of more than `max`, the one that was asked for longest ago is forgotten. */
export function createCachedByKey<T>(
  options: Options & { load: (key: string, last: T | null) => Promise<T>; max: number },
): (key: string) => Promise<T> {
  const { load, max, ...rest } = options;
  const entries = new Map<string, Cached<T>>();
  return (key) => {
    const entry = entries.get(key) ?? createCached({ ...rest, load: (last: T | null) => load(key, last) });
    entries.delete(key);
    entries.set(key, entry);
    const oldest = entries.keys().next().value;
    if (entries.size > max && oldest !== undefined) entries.delete(oldest);
    return entry();
  };
}
