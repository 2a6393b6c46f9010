import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { type ServiceError, status } from '@grpc/grpc-js';
import { callUnary, openServerStream, type ServerStreamMethod, type UnaryMethod } from '../common/grpc.ts';
import type { GrpcChannel } from '../common/grpc-channel.ts';

/** A process of ours, connected. Calls reject with grpc-js's ServiceError. */
export type Peer = {
  call<I extends DescMessage, O extends DescMessage>(
    method: UnaryMethod<I, O>,
    request: MessageInitShape<I>,
  ): Promise<MessageShape<O>>;
  stream<I extends DescMessage, O extends DescMessage>(
    method: ServerStreamMethod<I, O>,
    request: MessageInitShape<I>,
    timeoutMs: number,
  ): AsyncIterable<MessageShape<O>>;
  close(): void;
};

/** How its faults are told. */
export type PeerWords = { name: string; tokenVariable: string; timeoutVariable: string };

const CONNECT_TIMEOUT_MS = 3000;

/** Connects to the first channel that answers; null, and all are closed, where none does. */
export async function connectPeer(channels: readonly GrpcChannel[], deadlineMs: number): Promise<Peer | null> {
  try {
    const { client, metadata } = await Promise.any(channels.map(connected));
    return {
      call: (method, request) => callUnary(client, method, request, { deadlineMs, metadata }),
      stream: (method, request, timeoutMs) =>
        openServerStream(client, method, request, { deadlineMs: timeoutMs, metadata }),
      close: () => closeAll(channels),
    };
  } catch {
    closeAll(channels);
    return null;
  }
}

function connected(channel: GrpcChannel): Promise<GrpcChannel> {
  return new Promise((resolve, reject) => {
    channel.client.waitForReady(Date.now() + CONNECT_TIMEOUT_MS, (error) =>
      error === undefined ? resolve(channel) : reject(error),
    );
  });
}

const closeAll = (channels: readonly GrpcChannel[]): void => {
  for (const channel of channels) {
    channel.close();
  }
};

export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && typeof error.code === 'number';
}

const UNKNOWN_OUTCOMES: readonly status[] = [
  status.UNKNOWN,
  status.UNAVAILABLE,
  status.DEADLINE_EXCEEDED,
  status.CANCELLED,
  status.INTERNAL,
];

/**
 * Whether a failed call may have taken effect. Our processes say UNAVAILABLE and DEADLINE_EXCEEDED only where nothing was done; but this
 * side's own channel says them too, of a connection lost or a deadline passed while the other side may have gone on.
 */
export const isUnknownOutcome = (code: status): boolean => UNKNOWN_OUTCOMES.includes(code);

/** One line about a failed call, for people. */
export function describePeerFault(error: ServiceError, { name, tokenVariable, timeoutVariable }: PeerWords): string {
  switch (error.code) {
    case status.UNAUTHENTICATED:
      return `${name} does not know this service: ${error.details}; ${tokenVariable} says who calls`;
    case status.PERMISSION_DENIED:
      return `not allowed: ${error.details}`;
    case status.DEADLINE_EXCEEDED:
      return `${name} did not answer in time (${timeoutVariable}): ${error.details}`;
    case status.UNAVAILABLE:
      return `${name} can't do this now: ${error.details}`;
    case status.UNIMPLEMENTED:
      return `${name} does not know this call: it is older than this command`;
    case status.NOT_FOUND:
    case status.ALREADY_EXISTS:
      // The field's name says less than the rest of the line.
      return error.details.replace(/^[a-z_.]+: /, '');
    default:
      return error.details;
  }
}
