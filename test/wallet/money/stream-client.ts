import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, type StatusObject, status } from '@grpc/grpc-js';
import { openBidi } from '../../../src/common/grpc.ts';
import {
  MoneyService,
  type OperationFrame,
  OperationFrameSchema,
  type OperationSchema,
  type Outcome,
} from '../../../src/gen/wallet/v1/money_pb.ts';

export type OperationInit = Omit<MessageInitShape<typeof OperationSchema>, '$typeName'> & { id: number };

/** One Operate stream, as another service would hold it: it never asks again by itself. */
export type StreamClient = {
  /** In one frame; the outcomes, in the order of the operations. Rejects where the stream ends before all are there. */
  send: (...operations: OperationInit[]) => Promise<Outcome[]>;
  frame: (frame: OperationFrame) => void;
  /** What has come, in order of arrival. */
  arrived: readonly Outcome[];
  /** No more is sent. */
  end: () => void;
  cancel: () => void;
  /** How it ended: the gRPC status by name. */
  ended: Promise<string>;
  close: () => void;
};

export function openStream(address: string): StreamClient {
  const client = new Client(address, credentials.createInsecure());
  const call = openBidi(client, MoneyService.method.operate, new Metadata());
  const waiting = new Map<number, (outcome: Outcome) => void>();
  const arrived: Outcome[] = [];
  call.on('data', ({ outcomes }: { outcomes: Outcome[] }) => {
    for (const outcome of outcomes) {
      arrived.push(outcome);
      waiting.get(outcome.id)?.(outcome);
      waiting.delete(outcome.id);
    }
  });
  call.on('error', () => {});
  const ended = new Promise<string>((resolve) => {
    call.on('status', ({ code }: StatusObject) => resolve(status[code]));
  });
  const frame = (operations: OperationFrame): void => void call.write(operations);
  return {
    frame,
    send: (...operations) => {
      const outcomes = operations.map(({ id }) => new Promise<Outcome>((resolve) => waiting.set(id, resolve)));
      frame(create(OperationFrameSchema, { operations }));
      const broken = ended.then((how) => Promise.reject(new Error(`the stream ended: ${how}`)));
      return Promise.race([Promise.all(outcomes), broken]);
    },
    arrived,
    end: () => call.end(),
    cancel: () => call.cancel(),
    ended,
    close: () => {
      call.cancel();
      client.close();
    },
  };
}
