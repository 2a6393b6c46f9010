import {
  Server,
  ServerCredentials,
  type ServerDuplexStream,
  status,
  type UntypedServiceImplementation,
} from '@grpc/grpc-js';
import { pino } from 'pino';
import { afterEach } from 'vitest';
import { blankOperation } from '../../src/adapter/operation.ts';
import { createWalletStream, type WalletStream } from '../../src/adapter/wallet-stream.ts';
import { serviceDefinition } from '../../src/common/grpc.ts';
import { walletChannels } from '../../src/common/wallet-client.ts';
import {
  MoneyService,
  type Operation,
  type OperationFrame,
  OperationKind,
  type Outcome,
  type OutcomeFrame,
  Reason,
  TransactionStatus,
} from '../../src/gen/wallet/v1/money_pb.ts';

/** Wallets whose every word is the test's, and an adapter's stream to them. All of it ends with the test. */

export type Call = ServerDuplexStream<OperationFrame, OutcomeFrame>;
export type Counterparty = {
  port: number;
  address: string;
  frames: Operation[][];
  calls: Call[];
  /** A stream has arrived. */
  opened: Promise<void>;
  /** Ends the process as a kill does: streams break, the port is closed. */
  kill: () => void;
};

const cleanups: (() => void)[] = [];
afterEach(() => {
  for (const cleanup of cleanups.splice(0).reverse()) cleanup();
});

/** A wallet as the stream sees it: what it does with a frame is the test's. */
export async function startCounterparty(
  onFrame: (call: Call, operations: Operation[], counterparty: Counterparty) => void,
  port = 0,
): Promise<Counterparty> {
  const server = new Server({ 'grpc.max_receive_message_length': 4 * 1024 * 1024 });
  const { promise: opened, resolve: open } = Promise.withResolvers<void>();
  const counterparty: Counterparty = {
    port: 0,
    opened,
    address: '',
    frames: [],
    calls: [],
    kill: () => server.forceShutdown(),
  };
  const operate = (call: Call): void => {
    counterparty.calls.push(call);
    open();
    call.on('data', (frame: OperationFrame) => {
      counterparty.frames.push(frame.operations);
      onFrame(call, frame.operations, counterparty);
    });
    call.on('end', () => call.end());
    call.on('error', () => undefined);
  };
  const implementation: UntypedServiceImplementation = { operate };
  server.addService(serviceDefinition(MoneyService), implementation);
  counterparty.port = await new Promise((resolve, reject) =>
    server.bindAsync(`127.0.0.1:${port}`, ServerCredentials.createInsecure(), (error, bound) =>
      error ? reject(error) : resolve(bound),
    ),
  );
  counterparty.address = `127.0.0.1:${counterparty.port}`;
  cleanups.push(counterparty.kill);
  return counterparty;
}

/** Done, with the operation's transaction id as its message, so that a mix-up shows. */
function outcomeOf(operation: Operation, reason: Reason = Reason.UNSPECIFIED): Outcome {
  return {
    $typeName: 'wallet.v1.Outcome',
    id: operation.id,
    reason,
    replayed: false,
    balanceUnits: 1n,
    currencyCode: 'EUR',
    transactionStatus: TransactionStatus.OK,
    message: operation.transactionId,
  };
}

export function answer(call: Call, operations: Operation[], reason?: Reason): void {
  const outcomes = operations.map((operation) => outcomeOf(operation, reason));
  call.write({ $typeName: 'wallet.v1.OutcomeFrame', outcomes });
}

/** Ends one stream with an error status; the process lives on. */
export function breakStream(call: Call): void {
  call.emit('error', Object.assign(new Error('broken'), { code: status.INTERNAL }));
}

export const answerAll = (call: Call, operations: Operation[]): void => answer(call, operations);

export function startStream(addresses: string[], maxInFlight = 10_000): WalletStream {
  const channels = walletChannels({
    WALLET_URLS: addresses,
    WALLET_TOKEN: 'token',
    WALLET_TLS_CA: '',
    WALLET_TLS_CERT: '',
    WALLET_TLS_KEY: '',
  });
  const stream = createWalletStream({
    channels,
    maxInFlight,
    log: pino({ level: 'silent' }),
    onConnect: () => undefined,
  });
  cleanups.push(() => {
    stream.close();
    for (const channel of channels) channel.close();
  });
  return stream;
}

let lastTransaction = 0;
export function bet(overrides: Partial<Operation> = {}): Operation {
  const operation = blankOperation('examplecasino', 'platform');
  return Object.assign(operation, {
    kind: OperationKind.BET,
    userId: '611',
    transactionId: String(++lastTransaction),
    ...overrides,
  });
}

export function ask(stream: WalletStream, operation: Operation, deadlineMs = 10_000): Promise<Outcome> {
  return new Promise((resolve) => stream.ask(operation, performance.now() + deadlineMs, { settle: resolve }));
}
