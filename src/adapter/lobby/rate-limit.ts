import { isIPv6 } from 'node:net';

const REMEMBERED_MAX = 20_000;

type Bucket = { tokens: number; atMs: number };

/** How long somebody has to wait, in ms; 0: go on. Counts what goes on. */
export type RateLimit = (who: string) => number;

/** `burst` at once, then one each `refillMs`. Remembers a bounded number; whoever was quiet for longest is forgotten first. */
export function createRateLimit(options: { burst: number; refillMs: number; now: () => number }): RateLimit {
  const { burst, refillMs, now } = options;
  const buckets = new Map<string, Bucket>();
  return (who) => {
    const atMs = now();
    const before = buckets.get(who) ?? { tokens: burst, atMs };
    const tokens = Math.min(burst, before.tokens + (atMs - before.atMs) / refillMs);
    buckets.delete(who);
    buckets.set(who, { tokens: tokens < 1 ? tokens : tokens - 1, atMs });
    const oldest = buckets.keys().next().value;
    if (buckets.size > REMEMBERED_MAX && oldest !== undefined) buckets.delete(oldest);
    return tokens < 1 ? Math.ceil((1 - tokens) * refillMs) : 0;
  };
}

/** Whom a limit by address holds for: the address; of IPv6 its /64, for whoever has one of them has them all. */
export function addressGroup(address: string): string {
  const mapped = /^::ffff:([\d.]+)$/i.exec(address)?.[1];
  if (mapped !== undefined || !isIPv6(address)) return mapped ?? address;
  const [head, tail] = address.split('::').map((part) => part.split(':').filter((group) => group !== ''));
  const zeros = Array<string>(Math.max(0, 8 - (head?.length ?? 0) - (tail?.length ?? 0))).fill('0');
  const network = [...(head ?? []), ...zeros, ...(tail ?? [])].slice(0, 4);
  return `${network.map((group) => Number.parseInt(group, 16).toString(16)).join(':')}::/64`;
}
