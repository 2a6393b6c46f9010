import { randomUUID } from 'node:crypto';
import {
  create,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';
import type { GenService, GenServiceMethods } from '@bufbuild/protobuf/codegenv2';
import {
  type handleUnaryCall,
  type Metadata,
  type ServerDuplexStream,
  type ServerWritableStream,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { loggable } from './db.ts';
import { Fault } from './fault.ts';
import type { Logger } from './log.ts';

/** Who calls. */
export type CallContext = {
  /** The calling service's name, from its token or certificate. */
  service: string;
  /** From metadata `x-request-id`, or made here: 1 to 64 visible ASCII characters. */
  requestId: string;
};

export type UnaryContext = CallContext & {
  /** When the caller gives up, in ms since 1970; `MAX_UNARY_MS` from now where the caller waits longer, or for ever. */
  deadlineAtMs: number;
};

/** One unary method: answers, or throws a Fault. */
export type UnaryHandler<I extends DescMessage, O extends DescMessage> = (
  request: MessageShape<I>,
  context: UnaryContext,
) => Promise<MessageInitShape<O>>;

/** One streaming method, as grpc-js has it; it ends its own call, and writes its own log lines. */
export type BidiHandler<I extends DescMessage, O extends DescMessage> = (
  call: ServerDuplexStream<MessageShape<I>, MessageShape<O>>,
  context: CallContext,
) => void;

export type ServerStreamHandler<I extends DescMessage, O extends DescMessage> = (
  call: ServerWritableStream<MessageShape<I>, MessageShape<O>>,
  context: CallContext,
) => void;

type Methods<S> = S extends GenService<infer M> ? M : never;

type HandlerOf<M extends Pick<DescMethod, 'input' | 'output' | 'methodKind'>> = M['methodKind'] extends 'unary'
  ? UnaryHandler<M['input'], M['output']>
  : M['methodKind'] extends 'bidi_streaming'
    ? BidiHandler<M['input'], M['output']>
    : ServerStreamHandler<M['input'], M['output']>;

/** A handler for each method of a service, none left out: `ServiceHandlers<typeof PlayerService>`. */
export type ServiceHandlers<S> = { [K in keyof Methods<S>]: HandlerOf<Methods<S>[K]> };

/** A call as the guard sees it; all four kinds of grpc-js calls have these. */
export type IncomingCall = Pick<
  ServerDuplexStream<unknown, unknown>,
  'metadata' | 'getPeer' | 'getDeadline' | 'getAuthContext'
>;

export type HandlerDeps = {
  log: Logger;
  /** Gives the caller's service name, or throws UNAUTHENTICATED or PERMISSION_DENIED. */
  authorize: (call: IncomingCall, method: DescMethod) => string;
  /** Methods whose calls are only told of where they fail. */
  polled: ReadonlySet<string>;
  /** Counts one finished unary call, and one refused stream. */
  observe: (method: DescMethod, code: status, durationMs: number) => void;
};

const MAX_UNARY_MS = 30_000;
const REQUEST_ID = /^[!-~]{1,64}$/;

/** A service's handlers as grpc-js wants them, each behind authorization; unary ones with their log line and metrics. */
export function implementService<M extends GenServiceMethods>(
  service: GenService<M>,
  handlers: ServiceHandlers<GenService<M>>,
  deps: HandlerDeps,
): UntypedServiceImplementation {
  return Object.fromEntries(
    service.methods.map((method) => {
      // The types of `handlers` hold each method's handler to its own messages; grpc-js gives the right ones at run time.
      const handler = handlers[method.localName as keyof typeof handlers] as AnyUnary & AnyStream;
      return [
        method.localName,
        method.methodKind === 'unary' ? unary(method, handler, deps) : stream(method, handler, deps),
      ];
    }),
  );
}

type AnyUnary = UnaryHandler<DescMessage, DescMessage>;
type AnyStream = (call: ServerDuplexStream<unknown, unknown>, context: CallContext) => void;

function unary(
  method: DescMethod,
  handler: AnyUnary,
  deps: HandlerDeps,
): handleUnaryCall<MessageShape<DescMessage>, MessageShape<DescMessage>> {
  return async (call, callback) => {
    const startedAtMs = performance.now();
    const requestId = requestIdOf(call.metadata);
    let service = '';
    const finish = (code: status, error: unknown): void => {
      const durationMs = performance.now() - startedAtMs;
      deps.observe(method, code, durationMs);
      logOutcome(deps, { service, method: nameOf(method), code, durationMs, requestId, error });
    };
    try {
      service = deps.authorize(call, method);
      const deadlineAtMs = deadlineOf(call.getDeadline());
      if (deadlineAtMs <= Date.now()) throw new Fault(status.DEADLINE_EXCEEDED, 'nothing was done');
      const answer = create(method.output, await handler(call.request, { service, requestId, deadlineAtMs }));
      finish(status.OK, null);
      callback(null, answer);
    } catch (error) {
      const fault = toFault(error);
      finish(fault.code, error);
      callback({ code: fault.code, details: fault.message });
    }
  };
}

function stream(method: DescMethod, handler: AnyStream, deps: HandlerDeps) {
  return (call: ServerDuplexStream<unknown, unknown>): void => {
    const requestId = requestIdOf(call.metadata);
    try {
      handler(call, { service: deps.authorize(call, method), requestId });
    } catch (error) {
      const fault = toFault(error);
      deps.observe(method, fault.code, 0);
      logOutcome(deps, { service: '', method: nameOf(method), code: fault.code, durationMs: 0, requestId, error });
      call.emit('error', { code: fault.code, details: fault.message });
    }
  };
}

/** What a caller is told of an exception: a Fault's own words, and nothing of anything else. */
export function toFault(error: unknown): Fault {
  return error instanceof Fault ? error : new Fault(status.INTERNAL, 'internal error', { cause: error });
}

type OutcomeLine = {
  service: string;
  method: string;
  code: status;
  durationMs: number;
  requestId: string;
  error: unknown;
};

/** Statuses that are our own trouble, not the caller's. */
const TROUBLE: ReadonlySet<status> = new Set([status.INTERNAL, status.UNKNOWN, status.UNAVAILABLE]);

function logOutcome({ log, polled }: HandlerDeps, line: OutcomeLine): void {
  const { error, ...fields } = line;
  const entry = { ...fields, code: status[line.code], durationMs: Math.round(line.durationMs * 1000) / 1000 };
  if (TROUBLE.has(line.code)) {
    log.error({ ...entry, err: loggable(error) }, 'call');
    return;
  }
  const level = line.code === status.OK && polled.has(line.method) ? 'debug' : 'info';
  log[level](error instanceof Fault ? { ...entry, reason: error.message } : entry, 'call');
}

function requestIdOf(metadata: Metadata): string {
  const given = metadata.get('x-request-id')[0];
  return typeof given === 'string' && REQUEST_ID.test(given) ? given : randomUUID();
}

function deadlineOf(deadline: Date | number): number {
  const longestAtMs = Date.now() + MAX_UNARY_MS;
  return Math.min(deadline instanceof Date ? deadline.getTime() : deadline, longestAtMs);
}

/** As "PlayerService.GetPlayer". */
export function nameOf(method: DescMethod): string {
  return `${method.parent.name}.${method.name}`;
}
