import type { DescMessage, DescMethod, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import type { GenService, GenServiceMethods } from '@bufbuild/protobuf/codegenv2';
import {
  type Client,
  type ClientDuplexStream,
  Metadata,
  type ServiceDefinition,
  type ServiceError,
} from '@grpc/grpc-js';

/** A protobuf-es service as grpc-js wants it: paths, and how messages become bytes. */
export function serviceDefinition<M extends GenServiceMethods>(service: GenService<M>): ServiceDefinition {
  return Object.fromEntries(
    service.methods.map((method) => [
      method.localName,
      {
        path: methodPath(method),
        requestStream: method.methodKind === 'client_streaming' || method.methodKind === 'bidi_streaming',
        responseStream: method.methodKind === 'server_streaming' || method.methodKind === 'bidi_streaming',
        requestSerialize: encoder(method.input),
        requestDeserialize: decoder(method.input),
        responseSerialize: encoder(method.output),
        responseDeserialize: decoder(method.output),
      },
    ]),
  );
}

export function methodPath(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

export function encoder<D extends DescMessage>(schema: D): (message: MessageShape<D>) => Buffer {
  return (message) => {
    const bytes = toBinary(schema, message);
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

export function decoder<D extends DescMessage>(schema: D): (bytes: Buffer) => MessageShape<D> {
  return (bytes) => fromBinary(schema, bytes);
}

export type CallOptions = { deadlineMs: number; metadata?: Metadata };

export type UnaryMethod<I extends DescMessage, O extends DescMessage> = DescMethod & {
  methodKind: 'unary';
  input: I;
  output: O;
};

/** One unary call; rejects with grpc-js's ServiceError. `deadlineMs` is how long to wait, from now. */
export function callUnary<I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: UnaryMethod<I, O>,
  request: MessageInitShape<I>,
  options: CallOptions,
): Promise<MessageShape<O>> {
  return new Promise((resolve, reject) => {
    client.makeUnaryRequest(
      methodPath(method),
      encoder(method.input),
      decoder(method.output),
      create(method.input, request),
      options.metadata ?? new Metadata(),
      { deadline: Date.now() + options.deadlineMs },
      (error: ServiceError | null, answer?: MessageShape<O>) =>
        error || answer === undefined ? reject(error ?? new Error('no answer')) : resolve(answer),
    );
  });
}

type BidiMethod<I extends DescMessage, O extends DescMessage> = DescMethod & {
  methodKind: 'bidi_streaming';
  input: I;
  output: O;
};

export function openBidi<I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: BidiMethod<I, O>,
  metadata: Metadata,
): ClientDuplexStream<MessageShape<I>, MessageShape<O>> {
  return client.makeBidiStreamRequest(methodPath(method), encoder(method.input), decoder(method.output), metadata);
}

export type ServerStreamMethod<I extends DescMessage, O extends DescMessage> = DescMethod & {
  methodKind: 'server_streaming';
  input: I;
  output: O;
};

/**
 * One call that is answered by many messages, to be iterated over: an early end of the loop cancels the call, and a failed call
 * throws grpc-js's ServiceError. `deadlineMs` is for the whole stream.
 */
export function openServerStream<I extends DescMessage, O extends DescMessage>(
  client: Client,
  method: ServerStreamMethod<I, O>,
  request: MessageInitShape<I>,
  options: CallOptions,
): AsyncIterable<MessageShape<O>> {
  return client.makeServerStreamRequest(
    methodPath(method),
    encoder(method.input),
    decoder(method.output),
    create(method.input, request),
    options.metadata ?? new Metadata(),
    { deadline: Date.now() + options.deadlineMs },
  );
}
