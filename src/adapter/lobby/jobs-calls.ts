import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { callUnary, type UnaryMethod } from '../../common/grpc.ts';
import type { GrpcChannel } from '../../common/grpc-channel.ts';
import { withRequestId } from '../../common/wallet-client.ts';

/** What the lobby asks of the jobs; rejects with grpc-js's ServiceError. */
export type JobsCalls = {
  call: <I extends DescMessage, O extends DescMessage>(
    method: UnaryMethod<I, O>,
    request: MessageInitShape<I>,
    requestId?: string,
  ) => Promise<MessageShape<O>>;
};

export function createJobsCalls({ client, metadata }: GrpcChannel, deadlineMs: number): JobsCalls {
  return {
    call: (method, request, requestId = 'lobby') =>
      callUnary(client, method, request, { deadlineMs, metadata: withRequestId(metadata, requestId) }),
  };
}
