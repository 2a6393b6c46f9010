import { z } from 'zod';
import type { ConfigTable } from './config.ts';
import { type GrpcChannel, grpcChannels } from './grpc-channel.ts';

/**
 * How somebody reaches the jobs' gRPC services; in the table of everybody who does. Its names differ from those of the server, so that one
 * .env can serve both.
 */
export const jobsClientConfig = {
  JOBS_URL: z.string().default('127.0.0.1:50052').describe("where the jobs' gRPC services are, as host:port"),
  JOBS_CLIENT_TOKEN: z.string().default('').describe("this service's token at the jobs; empty where they ask for none"),
  JOBS_TLS_CA: z
    .string()
    .default('')
    .describe('PEM file of the CA that signed the certificate of the jobs; empty: plain text, on loopback only'),
  JOBS_CLIENT_CERT: z.string().default('').describe('PEM file of the client certificate for the jobs (mTLS)'),
  JOBS_CLIENT_KEY: z.string().default('').describe('PEM file of the key of JOBS_CLIENT_CERT'),
} satisfies ConfigTable;

export type JobsClientConfig = { [K in keyof typeof jobsClientConfig]: z.output<(typeof jobsClientConfig)[K]> };

/** A channel to the jobs. Throws a ConfigError for what can't work or isn't safe. */
export function jobsChannel(config: JobsClientConfig): GrpcChannel {
  const [channel] = grpcChannels({
    addresses: { variable: 'JOBS_URL', value: [config.JOBS_URL] },
    token: config.JOBS_CLIENT_TOKEN,
    ca: { variable: 'JOBS_TLS_CA', value: config.JOBS_TLS_CA },
    cert: { variable: 'JOBS_CLIENT_CERT', value: config.JOBS_CLIENT_CERT },
    key: { variable: 'JOBS_CLIENT_KEY', value: config.JOBS_CLIENT_KEY },
  });
  if (channel === undefined) throw new Error('one address gives one channel');
  return channel;
}
