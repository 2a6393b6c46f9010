import type { Registry } from 'prom-client';
import type { z } from 'zod';
import type { Logger } from '../../../common/log.ts';
import { createHost } from '../../outbound/host.ts';
import { createCallMetrics } from '../../outbound/metrics.ts';
import { createObserver } from '../../outbound/observe.ts';
import { RemoteError } from '../../outbound/remote-error.ts';
import { type Asked, type Result, readEnvelope, readResult, type Verdict } from './answer.ts';
import type { Callbacks } from './callbacks.ts';
import type { CheckMode, StargameRemoteConfig } from './config.ts';
import type { Operation, WireFields } from './operation.ts';
import { withoutBase64, writePacket } from './packet.ts';
import { redact } from './redact.ts';
import { checkRequest, type Signer } from './request.ts';
import { sign } from './signature.ts';
import { writeXml } from './xml.ts';

export type { Result } from './answer.ts';
export type { Signer } from './request.ts';

/**
 * `timeoutMs`: of one request, and of waiting for its turn; for callAsync of waiting for the callback. `attempts`: instead of
 * STARGAME_ATTEMPTS; 1 for whoever has to know of each request whether it was answered. `hallId`: for callAsync of what a terminal
 * signs: by hall and terminal the callback finds the password.
 */
export type CallOptions = { signal?: AbortSignal; timeoutMs?: number; attempts?: number; hallId?: string };

type Call = <Req extends z.ZodType<WireFields>, Ans extends z.ZodType, Code extends string>(
  operation: Operation<Req, Ans, Code>,
  request: z.input<Req>,
  signer: Signer,
  options?: CallOptions,
) => Promise<Result<z.output<Ans>, Code>>;

/** StarGame's remote API. All of it throws a RemoteError where there is no answer. */
export type Remote = {
  /** Asks and gets the answer in the same exchange. */
  call: Call;
  /** Asks, and gets the answer at the adapter's callback. */
  callAsync: Call;
  /** A list as the server has it, of the document's name; see createGameLists. */
  fetchList: (name: string, query: string, signal?: AbortSignal) => Promise<Buffer>;
};

export type RemoteDeps = {
  config: StargameRemoteConfig;
  log: Logger;
  registry?: Registry;
  /** Needed for callAsync. */
  callbacks?: Callbacks;
};

/** A few hundred games. Larger ones are no lists, and JSON takes many times its size to be read. */
const LIST_MAX_BYTES = 4_000_000;

/** What a log line says of a call besides its outcome. */
type Notes = {
  attempts: number;
  /** Whether an attempt before the last one may have been done. */
  isMaybeDone: boolean;
  answerSignature: Verdict;
  md5: Verdict;
};

export function createRemote(deps: RemoteDeps): Remote {
  const { config, log } = deps;
  const host = createHost({
    provider: 'StarGame',
    baseUrl: config.STARGAME_API_URL,
    baseUrlName: 'STARGAME_API_URL',
    ratePerSecond: config.STARGAME_RATE_PER_SECOND,
    concurrency: config.STARGAME_CONCURRENCY,
    queueMax: config.STARGAME_QUEUE_MAX,
    breakerFailures: config.STARGAME_BREAKER_FAILURES,
    breakerOpenMs: config.STARGAME_BREAKER_OPEN_MS,
    retryAfterMaxMs: 0,
  });
  const metrics = createCallMetrics(deps.registry, {
    provider: 'stargame',
    api: "StarGame's remote API",
    isBreakerOpen: host.isBreakerOpen,
  });

  const observe = createObserver({ provider: 'stargame', log, metrics });

  const observed = <T>(
    operation: string,
    request: object,
    run: (notes: Notes) => Promise<{ outcome: string; value: T }>,
  ): Promise<T> => {
    const notes: Notes = { attempts: 0, isMaybeDone: false, answerSignature: 'off', md5: 'off' };
    const describe = () => ({ ...namesOf(request), ...notes });
    const isDoubtful = () => notes.answerSignature === 'wrong' || notes.md5 === 'wrong';
    return observe({ operation, describe, isDoubtful }, () => run(notes));
  };

  /** Sends a checked request. */
  const send = (
    operation: Operation,
    asked: Asked<WireFields>,
    delivery: { show_packet: 0 | 1; response_url: string },
    notes: Notes,
    { signal, timeoutMs = config.STARGAME_TIMEOUT_MS, attempts = config.STARGAME_ATTEMPTS }: CallOptions,
  ): Promise<Buffer> => {
    const xml = writeXml('request', { version: operation.version, ...asked.request, ...delivery });
    return host.deliver(
      {
        operation: operation.name,
        path: operation.name,
        form: writePacket(xml, sign(operation.signature, asked.secret, xml)),
        attempts: operation.isIdempotent(asked.request) ? attempts : 1,
        timeoutMs,
        maxBytes: config.STARGAME_ANSWER_MAX_BYTES,
        signal,
        censor: censoring(asked.secrets),
      },
      (isMaybeDone) => {
        notes.attempts += 1;
        notes.isMaybeDone = isMaybeDone;
      },
    );
  };

  const read = <Req extends z.ZodType<WireFields>, Ans extends z.ZodType, Code extends string>(
    operation: Operation<Req, Ans, Code>,
    asked: Asked<z.output<Req>>,
    body: Buffer,
    notes: Notes,
    signatureMode: CheckMode = config.STARGAME_ANSWER_SIGNATURE,
  ) => {
    const envelope = readEnvelope(operation, asked, body, signatureMode);
    notes.answerSignature = envelope.signature;
    const { result, md5 } = readResult(operation, asked, envelope, config.STARGAME_LOG_MD5);
    notes.md5 = md5;
    const fields: WireFields = asked.request;
    // What an operation_id makes safe to send again is still a movement: that the repetition was refused doesn't undo the first.
    if (result.status === 'failure' && notes.isMaybeDone && fields.operation_id !== undefined) {
      const reason = `an attempt was not answered, and the next one was refused: ${result.code}`;
      throw new RemoteError('unknown', operation.name, reason);
    }
    return { outcome: result.status === 'success' ? 'success' : result.code, value: result };
  };

  const call: Call = (operation, request, signer, options = {}) =>
    observed(operation.name, request as object, async (notes) => {
      const asked = checkRequest(operation, request, signer);
      const body = await send(operation, asked, { show_packet: 1, response_url: '' }, notes, options);
      return read(operation, asked, body, notes);
    });

  const callAsync: Call = (operation, request, signer, options = {}) =>
    observed(operation.name, request as object, async (notes) => {
      const asked = checkRequest(operation, request, signer);
      const { callbacks } = deps;
      if (callbacks === undefined) {
        throw new RemoteError('not_sent', operation.name, 'no callback is set up: STARGAME_CALLBACK_URL');
      }
      const { signal, timeoutMs = config.STARGAME_CALLBACK_TIMEOUT_MS } = options;
      const fields: WireFields = asked.request;
      // Where the hall signs it names itself; what an agent asks may be about a hall that nobody knows yet.
      const hall_id = fields.hall_id ?? (operation.signature === 'user' ? options.hallId : undefined);
      const pending = await callbacks.open(operation.name, { ...fields, hall_id }, timeoutMs);
      try {
        const delivery = { show_packet: 0, response_url: pending.url } as const;
        const direct = await send(operation, asked, delivery, notes, signal === undefined ? {} : { signal });
        // The document doesn't say what comes at once: nothing, or the answer itself where it is a failure.
        if (isPacket(direct)) return read(operation, asked, direct, notes);
        const body = await pending.wait(timeoutMs, signal);
        return read(operation, asked, body, notes, 'strict');
      } finally {
        await pending.forget();
      }
    });

  return {
    call,
    callAsync,
    fetchList: (name, query, signal) =>
      observed(name, {}, async (notes) => {
        const value = await host.deliver(
          {
            operation: name,
            path: `${name}${query}`,
            form: null,
            attempts: config.STARGAME_ATTEMPTS,
            timeoutMs: config.STARGAME_TIMEOUT_MS,
            maxBytes: Math.min(LIST_MAX_BYTES, config.STARGAME_ANSWER_MAX_BYTES),
            signal,
            censor: censoring([]),
          },
          () => {
            notes.attempts += 1;
          },
        );
        return { outcome: 'success', value };
      }),
  };
}

/** Whether an answer that nothing is known of is a packet, also bare base64 of XML, and not a word of some kind. */
function isPacket(body: Buffer): boolean {
  const head = body.subarray(0, 200).toString('latin1');
  if (/^\s*[<{]|reg_xml=/.test(head)) return true;
  return /^[A-Za-z0-9+/=\s]+$/.test(head) && Buffer.from(head, 'base64').toString('latin1').startsWith('<');
}

/** Nothing is read of what a packet would hide. */
const censoring =
  (secrets: readonly string[]) =>
  (body: Buffer): string =>
    withoutBase64(redact(body.toString('latin1'), secrets));

/** Whom a call is about, for its log line. */
function namesOf(request: object): Record<string, unknown> {
  const { hall_id: hall, agent_id: agent, user_id: terminal } = request as Record<string, unknown>;
  return { hall, agent, terminal };
}
