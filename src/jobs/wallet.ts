import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { type ServiceError, status } from '@grpc/grpc-js';
import { callUnary, type UnaryMethod } from '../common/grpc.ts';
import { type WalletChannel, withRequestId } from '../common/wallet-client.ts';

/** The wallet's processes as one. Only for calls that may be made twice: one that fails here is made again there. */
export type Wallet = {
  /** Rejects with grpc-js's ServiceError. */
  call<I extends DescMessage, O extends DescMessage>(
    method: UnaryMethod<I, O>,
    request: MessageInitShape<I>,
    requestId: string,
    /** Instead of the usual one. */
    deadlineMs?: number,
  ): Promise<MessageShape<O>>;
  /** Whether any of them can be reached. */
  isReachable(timeoutMs: number): Promise<boolean>;
  close(): void;
};

export function createWallet(channels: readonly WalletChannel[], deadlineMs: number): Wallet {
  let next = 0;

  /** All channels, another one first each time. */
  const inTurn = (): WalletChannel[] => {
    const first = next;
    next = (next + 1) % channels.length;
    return [...channels.slice(first), ...channels.slice(0, first)];
  };

  return {
    call: async (method, request, requestId, ownDeadlineMs = deadlineMs) => {
      let failure: unknown;
      for (const { client, metadata } of inTurn()) {
        try {
          return await callUnary(client, method, request, {
            deadlineMs: ownDeadlineMs,
            metadata: withRequestId(metadata, requestId),
          });
        } catch (error) {
          failure = error;
          if (codeOf(error) !== status.UNAVAILABLE) {
            break;
          }
        }
      }
      throw failure;
    },
    isReachable: (timeoutMs) =>
      Promise.any(channels.map((channel) => ready(channel, timeoutMs))).then(
        () => true,
        () => false,
      ),
    close: () => {
      for (const channel of channels) {
        channel.close();
      }
    },
  };
}

/** The gRPC status of a failed call; undefined for any other error. */
export function codeOf(error: unknown): status | undefined {
  return error instanceof Error && 'code' in error && 'details' in error ? (error as ServiceError).code : undefined;
}

function ready(channel: WalletChannel, timeoutMs: number): Promise<void> {
  return new Promise((resolve, reject) => {
    channel.client.waitForReady(Date.now() + timeoutMs, (error) => (error === undefined ? resolve() : reject(error)));
  });
}
