import { createCipheriv, createDecipheriv, hash, randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import { z } from 'zod';
import { RemoteError } from '../../outbound/remote-error.ts';
import type { WireFields } from './operation.ts';
import type { OperationName } from './operations/index.ts';
import { OPERATIONS } from './operations/index.ts';

/** What a request's answer is known by, and whose secret signs it. No secret is in it. */
const pendingCall = z.object({
  operation: z.enum(Object.keys(OPERATIONS) as [OperationName, ...OperationName[]]),
  hall_id: z.string().optional(),
  agent_id: z.string().optional(),
  user_id: z.string().optional(),
  log_id: z.string().optional(),
  user_ex: z.number().optional(),
  use_hash: z.number().optional(),
});

export type PendingCall = z.output<typeof pendingCall>;

/** The asking half of the asynchronous form. */
export type Callbacks = {
  /** A request that is about to be sent, and whose answer goes to `url`. Throws a RemoteError, kind not_sent, without Redis. */
  open: (operation: string, request: WireFields, timeoutMs: number) => Promise<Pending>;
};

export type Pending = {
  url: string;
  /** The body that came to the callback. Throws a RemoteError, kind unknown, where none comes in time. */
  wait: (timeoutMs: number, signal?: AbortSignal) => Promise<Buffer>;
  /** Takes no answer any more. */
  forget: () => Promise<void>;
};

/** The receiving half: the adapter's. */
export type CallbackInbox = {
  /** Null: nobody asked, it is too late, or the answer has come already. */
  find: (token: string) => Promise<PendingCall | null>;
  /** Hands an answer over; false where another one was first. */
  deliver: (token: string, body: Buffer) => Promise<boolean>;
};

const PREFIX = '{croupier}:callback:';
/** For what is under way when the asking half gives up, and for an answer that nobody fetched. */
const MARGIN_MS = 60_000;
const POLL_MS = { first: 20, most: 500 };
const TOKEN_BYTES = 16;

/** Whether a text may be a token. */
export const isToken = (text: string): boolean => /^[A-Za-z0-9_-]{22}$/.test(text);

export function createCallbacks(deps: { redis: Redis; callbackUrl: string }): Callbacks {
  const { redis } = deps;
  return {
    open: async (operation, request, timeoutMs) => {
      const token = randomBytes(TOKEN_BYTES).toString('base64url');
      const { pending, answer } = keysOf(token);
      const call = JSON.stringify(pendingCall.parse({ ...request, operation }));
      try {
        await redis.set(pending, call, 'PX', timeoutMs + MARGIN_MS);
      } catch (error) {
        throw new RemoteError('not_sent', operation, "can't keep the request: Redis is away", { cause: error });
      }
      return {
        url: `${deps.callbackUrl}/stargame/callback/${token}`,
        wait: (limitMs, signal) => waitFor(redis, { operation, token, key: answer, limitMs, signal }),
        forget: async () => {
          // It ends by itself; this only ends it sooner.
          await redis.del(pending, answer).catch(() => 0);
        },
      };
    },
  };
}

async function waitFor(
  redis: Redis,
  what: { operation: string; token: string; key: string; limitMs: number; signal: AbortSignal | undefined },
): Promise<Buffer> {
  const endsAtMs = performance.now() + what.limitMs;
  for (let pauseMs = POLL_MS.first; ; pauseMs = Math.min(pauseMs * 1.5, POLL_MS.most)) {
    const sealed = await redis.getdelBuffer(what.key).catch(() => null);
    if (sealed !== null) return open(what.token, sealed);
    if (what.signal?.aborted || performance.now() >= endsAtMs) {
      throw new RemoteError('unknown', what.operation, 'no answer has come to the callback in time');
    }
    await sleep(Math.min(pauseMs, endsAtMs - performance.now()), undefined, { signal: what.signal }).catch(() => {});
  }
}

export function createCallbackInbox(redis: Redis): CallbackInbox {
  return {
    find: async (token) => {
      const call = await redis.get(keysOf(token).pending);
      return call === null ? null : pendingCall.parse(JSON.parse(call));
    },
    deliver: async (token, body) => {
      const { pending, answer } = keysOf(token);
      // Together: whoever takes the request away leaves the answer. NX, because a second one must not replace the first.
      const results = await redis.multi().getdel(pending).set(answer, seal(token, body), 'PX', MARGIN_MS, 'NX').exec();
      const [error, call] = results?.[0] ?? [];
      if (error) throw error;
      return call !== null && call !== undefined;
    },
  };
}

/** Redis has neither the token, which opens answers, nor an answer in the clear: they may have passwords in them. */
function keysOf(token: string): { pending: string; answer: string } {
  const name = hash('sha256', `name:${token}`);
  return { pending: `${PREFIX}${name}`, answer: `${PREFIX}${name}:answer` };
}

const CIPHER = 'aes-256-gcm';
const IV_BYTES = 12;
const TAG_BYTES = 16;

const keyOf = (token: string): Buffer => hash('sha256', `key:${token}`, 'buffer');

function seal(token: string, body: Buffer): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv(CIPHER, keyOf(token), iv);
  const text = Buffer.concat([cipher.update(body), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), text]);
}

function open(token: string, sealed: Buffer): Buffer {
  const iv = sealed.subarray(0, IV_BYTES);
  const decipher = createDecipheriv(CIPHER, keyOf(token), iv, { authTagLength: TAG_BYTES });
  decipher.setAuthTag(sealed.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
  return Buffer.concat([decipher.update(sealed.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
}
