import { hash, timingSafeEqual } from 'node:crypto';
import { printDateTime } from './timestamps.ts';

export type Status = 'OK' | 'ERROR';

/** What signs an answer: the time and the hash that was made of that very time. */
export type Signature = { timestamp: string; hash: string };

/** SHA1 in hex. */
const DIGEST_LENGTH = 40;
const scratch = Buffer.alloc(DIGEST_LENGTH);

/** One operator's secret, put to use. PLATFORM v2.49, X-Authorization header; Request and response signing. */
export class Signer {
  readonly #secret: string;
  readonly #authorizations = new Map<string, Buffer>();
  #second = -1;
  #ok: Signature = { timestamp: '', hash: '' };
  #error: Signature = { timestamp: '', hash: '' };

  constructor(secret: string, commands: Iterable<string>) {
    this.#secret = secret;
    for (const command of commands) this.#authorizations.set(command, Buffer.from(sha1(command + secret)));
  }

  /** Whether `given` is this operator's X-Authorization for the command. */
  authorizes(command: string, given: unknown): boolean {
    return equals(given, this.#authorizations.get(command) ?? Buffer.from(sha1(command + this.#secret)));
  }

  /** Whether `given` is the hash of a request. */
  verifies(command: string, requestTimestamp: string, given: unknown): boolean {
    return equals(given, Buffer.from(sha1(command + requestTimestamp + this.#secret)));
  }

  /** Signs an answer with the time `nowMs`. */
  sign(status: Status, nowMs: number): Signature {
    const second = Math.floor(nowMs / 1000);
    if (second !== this.#second) this.#turn(second);
    return status === 'OK' ? this.#ok : this.#error;
  }

  /** The answers of one second have one hash a status. */
  #turn(second: number): void {
    const timestamp = printDateTime(second * 1000);
    this.#ok = { timestamp, hash: sha1(`OK${timestamp}${this.#secret}`) };
    this.#error = { timestamp, hash: sha1(`ERROR${timestamp}${this.#secret}`) };
    this.#second = second;
  }
}

export function sha1(text: string): string {
  return hash('sha1', text);
}

/** In a time that does not tell where the two differ. */
function equals(given: unknown, expected: Buffer): boolean {
  if (typeof given !== 'string' || given.length !== DIGEST_LENGTH) return false;
  return scratch.write(given) === DIGEST_LENGTH && timingSafeEqual(scratch, expected);
}
