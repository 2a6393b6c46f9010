import { readFileSync } from 'node:fs';
import { type ChannelCredentials, type ChannelOptions, Client, credentials, Metadata } from '@grpc/grpc-js';
import { z } from 'zod';
import { ConfigError, type ConfigTable, list } from './config.ts';
import { isLoopback } from './loopback.ts';

/** How a process reaches the wallet; in the table of every process that does. */
export const walletClientConfig = {
  WALLET_URLS: list('127.0.0.1:50051').describe('wallet processes as a comma-separated list of host:port'),
  WALLET_TOKEN: z
    .string()
    .default('')
    .describe("this service's token at the wallet; empty where the wallet asks for none"),
  WALLET_TLS_CA: z
    .string()
    .default('')
    .describe('PEM file of the CA that signed the certificate of the wallet; empty: plain text, on loopback only'),
  WALLET_TLS_CERT: z.string().default('').describe('PEM file of the client certificate (mTLS)'),
  WALLET_TLS_KEY: z.string().default('').describe('PEM file of the key of WALLET_TLS_CERT'),
} satisfies ConfigTable;

export type WalletClientConfig = { [K in keyof typeof walletClientConfig]: z.output<(typeof walletClientConfig)[K]> };

/** A connection to one wallet process; grpc-js connects on first use and reconnects by itself. */
export type WalletChannel = {
  /** host:port */
  address: string;
  client: Client;
  /** Carries the service's token. Clone it to add to it: `withRequestId`. */
  metadata: Metadata;
  close: () => void;
};

/** Frames of operations carry contexts of up to 64 KiB each, so they outgrow grpc-js's 4 MB. Both ends have the same limit. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  // A wallet that vanished without a FIN is noticed within 15 s, also by an idle stream.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.keepalive_permit_without_calls': 1,
  // A wallet that restarts is back in a second or two; the default would wait up to two minutes.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.use_local_subchannel_pool': 1,
};

/** One channel to each wallet process. Throws a ConfigError for what can't work or isn't safe. */
export function walletChannels(config: WalletClientConfig): WalletChannel[] {
  const mistakes = clientMistakes(config);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  const channelCredentials = createCredentials(config);
  const metadata = new Metadata();
  if (config.WALLET_TOKEN !== '') metadata.set('authorization', `Bearer ${config.WALLET_TOKEN}`);
  return config.WALLET_URLS.map((address) => {
    const client = new Client(address, channelCredentials, CHANNEL_OPTIONS);
    return { address, client, metadata, close: () => client.close() };
  });
}

/** The channel's metadata, with the id under which this request is found in the logs of all processes. */
export function withRequestId(metadata: Metadata, requestId: string): Metadata {
  const copy = metadata.clone();
  copy.set('x-request-id', requestId);
  return copy;
}

function clientMistakes(config: WalletClientConfig): string[] {
  const mistakes: string[] = [];
  if (config.WALLET_URLS.length === 0) mistakes.push('WALLET_URLS: at least one host:port');
  for (const address of config.WALLET_URLS) {
    const host = /^(.+):[0-9]{1,5}$/.exec(address)?.[1];
    if (host === undefined) mistakes.push(`WALLET_URLS: ${address} is not host:port`);
    else if (config.WALLET_TLS_CA === '' && !isLoopback(host)) {
      mistakes.push(`WALLET_TLS_CA: needed, because ${address} is not on this machine`);
    }
  }
  if ((config.WALLET_TLS_CERT === '') !== (config.WALLET_TLS_KEY === '')) {
    mistakes.push('WALLET_TLS_CERT, WALLET_TLS_KEY: both or neither');
  }
  if (config.WALLET_TLS_CERT !== '' && config.WALLET_TLS_CA === '') {
    mistakes.push('WALLET_TLS_CA: needed with WALLET_TLS_CERT');
  }
  return mistakes;
}

function createCredentials(config: WalletClientConfig): ChannelCredentials {
  if (config.WALLET_TLS_CA === '') return credentials.createInsecure();
  const ca = readPem('WALLET_TLS_CA', config.WALLET_TLS_CA);
  if (config.WALLET_TLS_CERT === '') return credentials.createSsl(ca);
  return credentials.createSsl(
    ca,
    readPem('WALLET_TLS_KEY', config.WALLET_TLS_KEY),
    readPem('WALLET_TLS_CERT', config.WALLET_TLS_CERT),
  );
}

/** A PEM file named by a variable; an unreadable one is a mistake in the configuration. */
export function readPem(variable: string, path: string): Buffer {
  try {
    return readFileSync(path);
  } catch {
    throw new ConfigError([`${variable}: can't read ${path}`]);
  }
}
