import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';

/**
 * Providers' secrets at rest: AES-256-GCM, bound to their owner, so that one operator's row copied over another's can't be read.
 *
 * Sealed form: version (1 byte, 1), key id (4 bytes), nonce (12 bytes, random), ciphertext, tag (16 bytes). The first five bytes
 * and the owner are authenticated too.
 */
export type SecretBox = {
  seal: (secret: string, owner: string) => Buffer;
  /** Throws a SecretError where the key isn't known or the bytes aren't what was sealed for this owner. */
  open: (sealed: Buffer, owner: string) => string;
  /** Whether it is sealed under the current key, not a previous one. */
  isCurrent: (sealed: Buffer) => boolean;
};

export class SecretError extends Error {
  constructor(problem: string) {
    super(problem);
    this.name = 'SecretError';
  }
}

const VERSION = 1;
const KEY_ID_BYTES = 4;
const HEADER_BYTES = 1 + KEY_ID_BYTES;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;

/** `key` seals and opens; `previousKey` only opens what was sealed before a change of keys. 32 bytes each. */
export function createSecretBox(key: Buffer, previousKey: Buffer | null = null): SecretBox {
  const header = headerOf(key);
  const keys = [key, ...(previousKey === null ? [] : [previousKey])].map((known) => ({
    known,
    header: headerOf(known),
  }));

  return {
    seal(secret, owner) {
      const nonce = randomBytes(NONCE_BYTES);
      const cipher = createCipheriv('aes-256-gcm', key, nonce, { authTagLength: TAG_BYTES });
      cipher.setAAD(authenticated(header, owner));
      const ciphertext = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
      return Buffer.concat([header, nonce, ciphertext, cipher.getAuthTag()]);
    },

    open(sealed, owner) {
      if (sealed.length < HEADER_BYTES + NONCE_BYTES + TAG_BYTES) throw new SecretError('not a sealed secret');
      const sealedHeader = sealed.subarray(0, HEADER_BYTES);
      const fitting = keys.find((candidate) => candidate.header.equals(sealedHeader));
      if (fitting === undefined) throw new SecretError('sealed under a key that is not configured');
      const nonce = sealed.subarray(HEADER_BYTES, HEADER_BYTES + NONCE_BYTES);
      const decipher = createDecipheriv('aes-256-gcm', fitting.known, nonce, { authTagLength: TAG_BYTES });
      decipher.setAAD(authenticated(sealedHeader, owner));
      decipher.setAuthTag(sealed.subarray(-TAG_BYTES));
      try {
        const ciphertext = sealed.subarray(HEADER_BYTES + NONCE_BYTES, -TAG_BYTES);
        return Buffer.concat([decipher.update(ciphertext), decipher.final()]).toString('utf8');
      } catch {
        throw new SecretError('altered, or sealed for another owner');
      }
    },

    isCurrent: (sealed) => sealed.subarray(0, HEADER_BYTES).equals(header),
  };
}

/** The secret; null where it can't be read. */
export function openOrNull(secrets: SecretBox, sealed: Buffer, owner: string): string | null {
  try {
    return secrets.open(sealed, owner);
  } catch (error) {
    if (error instanceof SecretError) return null;
    throw error;
  }
}

/** 32 bytes as 64 hex digits or as base64; null for anything else. */
export function parseKey(text: string): Buffer | null {
  if (/^[0-9a-fA-F]{64}$/.test(text)) return Buffer.from(text, 'hex');
  if (!/^[A-Za-z0-9+/]{43}=?$/.test(text)) return null;
  const bytes = Buffer.from(text, 'base64');
  return bytes.length === 32 ? bytes : null;
}

/** The key id is a hash of the key, so that nobody has to number keys. */
function headerOf(key: Buffer): Buffer {
  const keyId = createHash('sha256').update('croupier secrets key id').update(key).digest().subarray(0, KEY_ID_BYTES);
  return Buffer.concat([Buffer.from([VERSION]), keyId]);
}

function authenticated(header: Buffer, owner: string): Buffer {
  return Buffer.concat([header, Buffer.from(owner, 'utf8')]);
}
