import type { Metadata } from '@grpc/grpc-js';
import { z } from 'zod';
import { type ConfigTable, list } from './config.ts';
import { type GrpcChannel, grpcChannels } from './grpc-channel.ts';

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

/** A connection to one wallet process. */
export type WalletChannel = GrpcChannel;

/** One channel to each wallet process. Throws a ConfigError for what can't work or isn't safe. */
export function walletChannels(config: WalletClientConfig): WalletChannel[] {
  return grpcChannels({
    addresses: { variable: 'WALLET_URLS', value: config.WALLET_URLS },
    token: config.WALLET_TOKEN,
    ca: { variable: 'WALLET_TLS_CA', value: config.WALLET_TLS_CA },
    cert: { variable: 'WALLET_TLS_CERT', value: config.WALLET_TLS_CERT },
    key: { variable: 'WALLET_TLS_KEY', value: config.WALLET_TLS_KEY },
  });
}

/** The channel's metadata, with the id under which this request is found in the logs of all processes. */
export function withRequestId(metadata: Metadata, requestId: string): Metadata {
  const copy = metadata.clone();
  copy.set('x-request-id', requestId);
  return copy;
}
