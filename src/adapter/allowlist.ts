import ipaddr from 'ipaddr.js';

type Address = ReturnType<typeof ipaddr.process>;
type Range = [Address, number];

/** How many callers' verdicts are remembered; an operator's platform has a handful of servers. */
const MAX_REMEMBERED = 1000;

/** Which addresses may call; an empty list lets all. Entries are addresses and CIDR ranges, IPv4 and IPv6. */
export class Allowlist {
  readonly #ranges: Range[];
  readonly #isOpen: boolean;
  readonly #verdicts = new Map<string, boolean>();

  /** Throws a RangeError that names an entry which is neither address nor range: to skip it might open the list. */
  constructor(entries: readonly string[]) {
    this.#ranges = entries.map(parseRange);
    this.#isOpen = entries.length === 0;
  }

  get isOpen(): boolean {
    return this.#isOpen;
  }

  /** An IPv4 address mapped into IPv6 (`::ffff:10.0.0.1`) is the IPv4 address. What is no address at all is not allowed. */
  allows(address: string): boolean {
    if (this.#isOpen) return true;
    const known = this.#verdicts.get(address);
    if (known !== undefined) return known;
    const verdict = this.#judge(address);
    if (this.#verdicts.size < MAX_REMEMBERED) this.#verdicts.set(address, verdict);
    return verdict;
  }

  #judge(text: string): boolean {
    if (!ipaddr.isValid(text)) return false;
    const address = ipaddr.process(text);
    return this.#ranges.some(([base, bits]) => address.kind() === base.kind() && address.match(base, bits));
  }
}

function parseRange(entry: string): Range {
  try {
    if (!entry.includes('/')) {
      const address = ipaddr.process(entry);
      return [address, address.kind() === 'ipv4' ? 32 : 128];
    }
    const [base, bits] = ipaddr.parseCIDR(entry);
    return base instanceof ipaddr.IPv6 && base.isIPv4MappedAddress() && bits >= 96
      ? [base.toIPv4Address(), bits - 96]
      : [base, bits];
  } catch {
    throw new RangeError(`allowlist entry ${JSON.stringify(entry)} is neither an address nor a CIDR range`);
  }
}
