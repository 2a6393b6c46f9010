import { type ChannelCredentials, type ChannelOptions, Client, credentials, Metadata } from '@grpc/grpc-js';
import { ConfigError } from './config.ts';
import { isLoopback } from './loopback.ts';
import { readPem } from './pem.ts';

/** A connection to one gRPC server of ours; grpc-js connects on first use and reconnects by itself. */
export type GrpcChannel = {
  /** host:port */
  address: string;
  client: Client;
  /** Carries the caller's token. Clone it to add to it. */
  metadata: Metadata;
  close: () => void;
};

/** What a variable says; mistakes are told under its name. */
export type Setting<T> = { variable: string; value: T };

export type ChannelSettings = {
  /** host:port each */
  addresses: Setting<readonly string[]>;
  /** '' where the server asks for none. */
  token: string;
  /** PEM files, '' where there is none: without a CA plain text is spoken, on loopback only. */
  ca: Setting<string>;
  cert: Setting<string>;
  key: Setting<string>;
};

/** Frames of operations carry contexts of up to 64 KiB each, so they outgrow grpc-js's 4 MB. Both ends have the same limit. */
export const MAX_MESSAGE_BYTES = 64 * 1024 * 1024;

const CHANNEL_OPTIONS: ChannelOptions = {
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  // A server that vanished without a FIN is noticed within 15 s, also by an idle stream.
  'grpc.keepalive_time_ms': 10_000,
  'grpc.keepalive_timeout_ms': 5_000,
  'grpc.keepalive_permit_without_calls': 1,
  // A server that restarts is back in a second or two; the default would wait up to two minutes.
  'grpc.initial_reconnect_backoff_ms': 100,
  'grpc.max_reconnect_backoff_ms': 2_000,
  'grpc.use_local_subchannel_pool': 1,
  // Nobody reads its records, which each call would pay for.
  'grpc.enable_channelz': 0,
};

/** One channel to each address. Throws a ConfigError for what can't work or isn't safe. */
export function grpcChannels(settings: ChannelSettings): GrpcChannel[] {
  const mistakes = channelMistakes(settings);
  if (mistakes.length > 0) throw new ConfigError(mistakes);
  const channelCredentials = createCredentials(settings);
  const metadata = new Metadata();
  if (settings.token !== '') metadata.set('authorization', `Bearer ${settings.token}`);
  return settings.addresses.value.map((address) => {
    const client = new Client(address, channelCredentials, CHANNEL_OPTIONS);
    return { address, client, metadata, close: () => client.close() };
  });
}

function channelMistakes({ addresses, ca, cert, key }: ChannelSettings): string[] {
  const mistakes: string[] = [];
  if (addresses.value.length === 0) mistakes.push(`${addresses.variable}: at least one host:port`);
  for (const address of addresses.value) {
    const host = /^(.+):[0-9]{1,5}$/.exec(address)?.[1];
    if (host === undefined) mistakes.push(`${addresses.variable}: ${address} is not host:port`);
    else if (ca.value === '' && !isLoopback(host)) {
      mistakes.push(`${ca.variable}: needed, because ${address} is not on this machine`);
    }
  }
  if ((cert.value === '') !== (key.value === '')) mistakes.push(`${cert.variable}, ${key.variable}: both or neither`);
  if (cert.value !== '' && ca.value === '') mistakes.push(`${ca.variable}: needed with ${cert.variable}`);
  return mistakes;
}

function createCredentials({ ca, cert, key }: ChannelSettings): ChannelCredentials {
  if (ca.value === '') return credentials.createInsecure();
  const authority = readPem(ca.variable, ca.value);
  if (cert.value === '') return credentials.createSsl(authority);
  return credentials.createSsl(authority, readPem(key.variable, key.value), readPem(cert.variable, cert.value));
}
