import { randomBytes, type ScryptOptions, scrypt, timingSafeEqual } from 'node:crypto';

/** OWASP's parameters for scrypt: 64 MiB and about 0.2 s of a core. */
const COST = { n: 65_536, r: 8, p: 1 } as const;
const SALT_BYTES = 16;
const HASH_BYTES = 32;
/** What a hash in the configuration may ask for: 256 MiB at most. */
const MEMORY_MAX_BYTES = 256 * 1024 * 1024;

export type PasswordHash = { n: number; r: number; p: number; salt: Buffer; hash: Buffer };

/** Gives `scrypt$N$r$p$salt$hash`, salt and hash as base64url. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(SALT_BYTES);
  const hash = await derive(password, { ...COST, salt, length: HASH_BYTES });
  return `scrypt$${COST.n}$${COST.r}$${COST.p}$${salt.toString('base64url')}$${hash.toString('base64url')}`;
}

/** Null for what hashPassword doesn't give, or what would take more than 256 MiB to check. */
export function parsePasswordHash(text: string): PasswordHash | null {
  const parts = /^scrypt\$(\d{1,7})\$(\d{1,2})\$(\d{1,2})\$([\w-]{16,})\$([\w-]{22,})$/.exec(text);
  if (parts === null) return null;
  const [n, r, p] = parts.slice(1, 4).map(Number) as [number, number, number];
  const isPowerOfTwo = n >= 2 && (n & (n - 1)) === 0;
  if (!isPowerOfTwo || r < 1 || p < 1 || memoryBytes({ n, r }) > MEMORY_MAX_BYTES) return null;
  const [salt, hash] = parts.slice(4).map((part) => Buffer.from(part, 'base64url')) as [Buffer, Buffer];
  return { n, r, p, salt, hash };
}

/** Whose password no text is; checking against it takes what checking against a real one takes. */
export function unmatchableHash(): PasswordHash {
  return { ...COST, salt: randomBytes(SALT_BYTES), hash: randomBytes(HASH_BYTES) };
}

export async function verifyPassword(password: string, expected: PasswordHash): Promise<boolean> {
  const hash = await derive(password, { ...expected, length: expected.hash.length });
  return timingSafeEqual(hash, expected.hash);
}

type Cost = { n: number; r: number; p: number; salt: Buffer; length: number };

function derive(password: string, { n, r, p, salt, length }: Cost): Promise<Buffer> {
  const options: ScryptOptions = { N: n, r, p, maxmem: 2 * memoryBytes({ n, r }) };
  return new Promise((resolve, reject) => {
    scrypt(password.normalize('NFC'), salt, length, options, (error, key) => (error ? reject(error) : resolve(key)));
  });
}

const memoryBytes = ({ n, r }: { n: number; r: number }): number => 128 * n * r;
