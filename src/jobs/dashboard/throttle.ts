/** Attempts to log in with one name from one address: five at once, then one a minute. */
const BURST = 5;
const REFILL_MS = 60_000;
/** Passwords are also not to be tried over many names: what an address has for all of them. */
const BURST_OF_ADDRESS = 30;
const REMEMBERED_MAX = 10_000;

type Bucket = { tokens: number; atMs: number };

export type Throttle = {
  /** Counts an attempt. 0: go on; else how long to wait. */
  attempt: (name: string, address: string) => number;
  /** A login that succeeded was no guess. */
  forgive: (name: string, address: string) => void;
};

/** Remembers a bounded number of names and addresses; the longest untouched go first. */
export function createThrottle(now: () => number): Throttle {
  const buckets = new Map<string, Bucket>();
  const keyOf = (name: string, address: string): string => `${address} ${name.slice(0, 64)}`;

  const refilled = (key: string, burst: number): Bucket => {
    const bucket = buckets.get(key) ?? { tokens: burst, atMs: now() };
    buckets.delete(key);
    buckets.set(key, bucket);
    const oldest = buckets.keys().next().value;
    if (buckets.size > REMEMBERED_MAX && oldest !== undefined) buckets.delete(oldest);
    bucket.tokens = Math.min(burst, bucket.tokens + (now() - bucket.atMs) / REFILL_MS);
    bucket.atMs = now();
    return bucket;
  };

  return {
    attempt: (name, address) => {
      const ofAddress = refilled(address, BURST_OF_ADDRESS);
      const ofBoth = refilled(keyOf(name, address), BURST);
      const fewest = Math.min(ofAddress.tokens, ofBoth.tokens);
      if (fewest < 1) return Math.ceil((1 - fewest) * REFILL_MS);
      ofAddress.tokens -= 1;
      ofBoth.tokens -= 1;
      return 0;
    },
    forgive: (name, address) => void buckets.delete(keyOf(name, address)),
  };
}
