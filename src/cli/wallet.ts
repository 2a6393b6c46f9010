import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { type ServiceError, status } from '@grpc/grpc-js';
import { readConfig } from '../common/config.ts';
import { callUnary, openServerStream, type ServerStreamMethod, type UnaryMethod } from '../common/grpc.ts';
import { type WalletChannel, walletChannels } from '../common/wallet-client.ts';
import { CliError } from './cli.ts';
import { cliConfig } from './config.ts';

/** The wallet, connected. Calls reject with grpc-js's ServiceError. */
export type Wallet = {
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

const CONNECT_TIMEOUT_MS = 3000;

/** Connects to the first of WALLET_URLS that answers. */
export async function connectWallet(env: Record<string, string | undefined>): Promise<Wallet> {
  const config = readConfig(cliConfig, env);
  const channels = walletChannels(config);
  const deadlineMs = config.CLI_TIMEOUT_MS;
  try {
    const { client, metadata } = await Promise.any(channels.map(connected));
    return {
      call: (method, request) =>
        callUnary(client, method, request, { deadlineMs, metadata }).catch((error: unknown) => {
          throw noSuchPlayer(error, request) ?? error;
        }),
      stream: (method, request, timeoutMs) =>
        openServerStream(client, method, request, { deadlineMs: timeoutMs, metadata }),
      close: () => closeAll(channels),
    };
  } catch {
    closeAll(channels);
    throw new CliError(
      `no wallet answers at ${config.WALLET_URLS.join(' or ')}: start it with \`npm start\`, or say with WALLET_URLS where it is`,
    );
  }
}

function connected(channel: WalletChannel): Promise<WalletChannel> {
  return new Promise((resolve, reject) => {
    channel.client.waitForReady(Date.now() + CONNECT_TIMEOUT_MS, (error) =>
      error === undefined ? resolve(channel) : reject(error),
    );
  });
}

const closeAll = (channels: readonly WalletChannel[]): void => {
  for (const channel of channels) {
    channel.close();
  }
};

export function isServiceError(error: unknown): error is ServiceError {
  return error instanceof Error && 'code' in error && 'details' in error && typeof error.code === 'number';
}

/** The same words for an unknown player, whichever call met it. */
function noSuchPlayer(error: unknown, request: object): CliError | undefined {
  if (!isServiceError(error) || error.code !== status.NOT_FOUND || !error.details.includes('player')) {
    return undefined;
  }
  const { operatorId, userId } = request as { operatorId?: string; userId?: string };
  return userId === undefined ? undefined : new CliError(`player ${userId} not found at operator ${operatorId}`);
}

/** One line about a failed call, for people. */
export function describeFault(error: ServiceError): string {
  switch (error.code) {
    case status.UNAUTHENTICATED:
      return `the wallet does not know this service: ${error.details}; WALLET_TOKEN says who calls`;
    case status.PERMISSION_DENIED:
      return `not allowed: ${error.details}`;
    case status.DEADLINE_EXCEEDED:
      return `the wallet did not answer in time (CLI_TIMEOUT_MS): ${error.details}`;
    case status.UNAVAILABLE:
      return `the wallet can't do this now: ${error.details}`;
    case status.UNIMPLEMENTED:
      return 'the wallet does not know this call: it is older than this command';
    case status.NOT_FOUND:
    case status.ALREADY_EXISTS:
      // The field's name says less than the rest of the line.
      return error.details.replace(/^[a-z_.]+: /, '');
    default:
      return error.details;
  }
}
