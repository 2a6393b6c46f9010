import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { status } from '@grpc/grpc-js';
import { callUnary, type UnaryMethod } from '../common/grpc.ts';
import type { WalletChannel } from '../common/wallet-client.ts';

/** What reads from whichever wallet process answers, first from the one that did so last; rejects with the last one's error. */
export type WalletCalls = {
  call: <I extends DescMessage, O extends DescMessage>(
    method: UnaryMethod<I, O>,
    request: MessageInitShape<I>,
  ) => Promise<MessageShape<O>>;
};

/** `deadlineMs` is how long each process is waited for. */
export function createWalletCalls(channels: readonly WalletChannel[], deadlineMs: number): WalletCalls {
  let inOrder = channels;
  // So that not each call waits for a process that hangs.
  const prefer = (channel: WalletChannel): void => {
    if (inOrder[0] !== channel) inOrder = [channel, ...channels.filter((other) => other !== channel)];
  };
  return {
    call: async (method, request) => {
      let failure: unknown;
      for (const channel of inOrder) {
        const { client, metadata } = channel;
        try {
          const answer = await callUnary(client, method, request, { deadlineMs, metadata });
          prefer(channel);
          return answer;
        } catch (error) {
          failure = error;
          if (!isNotFound(error)) continue;
          prefer(channel);
          break;
        }
      }
      throw failure;
    },
  };
}

/** The wallet's own word, which another of its processes would only repeat. */
export function isNotFound(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === status.NOT_FOUND;
}
