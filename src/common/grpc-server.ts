import type { DescService } from '@bufbuild/protobuf';
import type { GenService, GenServiceMethods } from '@bufbuild/protobuf/codegenv2';
import { type ChannelOptions, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { Counter, Histogram, type Registry } from 'prom-client';
import { serviceDefinition } from './grpc.ts';
import type { Authorize } from './grpc-access.ts';
import { MAX_MESSAGE_BYTES } from './grpc-channel.ts';
import { type HandlerDeps, implementService, nameOf, type ServiceHandlers } from './grpc-handler.ts';
import { addHealth, type Health } from './grpc-health.ts';
import { addReflection } from './grpc-reflection.ts';
import type { Logger } from './log.ts';
import { readPem } from './pem.ts';

/** A service together with its handlers, made by `served`. */
export type Served = { service: DescService; addTo: (server: Server, deps: HandlerDeps) => void };

export function served<M extends GenServiceMethods>(
  service: GenService<M> & DescService,
  handlers: ServiceHandlers<GenService<M>>,
): Served {
  return {
    service,
    addTo: (server, deps) => server.addService(serviceDefinition(service), implementService(service, handlers, deps)),
  };
}

export type GrpcServerDeps = {
  /** Of the process, as metrics are named after it. */
  name: 'wallet' | 'jobs';
  host: string;
  port: number;
  credentials: ServerCredentials;
  authorize: Authorize;
  services: readonly Served[];
  /** Methods as "HallService.ListTerminals" that are asked every second or so: a log line each would drown the others. */
  polled: ReadonlySet<string>;
  log: Logger;
  registry: Registry;
};

export type GrpcServer = {
  port: number;
  health: Health;
  /** Takes no new connections and calls; calls under way go on. */
  stopTaking: () => void;
  /** Waits for calls under way to end, a bounded time, then closes all connections. */
  close: () => Promise<void>;
};

const SERVER_OPTIONS: ChannelOptions = {
  // A frame of operations gathers what came in a moment: hundreds, each with a context of up to 64 KiB.
  'grpc.max_receive_message_length': MAX_MESSAGE_BYTES,
  'grpc.max_send_message_length': MAX_MESSAGE_BYTES,
  // A caller that vanished without a FIN is noticed, so that its stream doesn't hold its place for ever.
  'grpc.keepalive_time_ms': 20_000,
  'grpc.keepalive_timeout_ms': 5_000,
  // Nobody reads its records, which each call would pay for.
  'grpc.enable_channelz': 0,
  // What one connection may have open at a time.
  'grpc.max_concurrent_streams': 1_000,
};

/** Calls under way get this long at a shutdown; streams of those who watch the health never end by themselves. */
const CLOSE_TIMEOUT_MS = 4_000;

export async function startGrpcServer(deps: GrpcServerDeps): Promise<GrpcServer> {
  const server = new Server(SERVER_OPTIONS);
  const { log, authorize, polled } = deps;
  const handlerDeps: HandlerDeps = { log, authorize, polled, observe: createObserver(deps) };
  for (const each of deps.services) each.addTo(server, handlerDeps);
  const services = deps.services.map(({ service }) => service);
  const health = addHealth(
    server,
    services.map((service) => service.typeName),
  );
  addReflection(server, services);
  const port = await bind(server, deps);

  let drained: Promise<void> | null = null;
  const drain = (): Promise<void> => {
    drained ??= new Promise((resolve) => server.tryShutdown(() => resolve()));
    return drained;
  };
  return {
    port,
    health,
    stopTaking: () => void drain(),
    close: async () => {
      const timeout = new AbortController();
      const giveUp = new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, CLOSE_TIMEOUT_MS);
        timeout.signal.addEventListener('abort', () => clearTimeout(timer));
      });
      await Promise.race([drain(), giveUp]);
      timeout.abort();
      server.forceShutdown();
    },
  };
}

/** Plain text, TLS, or TLS with client certificates, from PEM files. */
export function createServerCredentials(
  prefix: 'WALLET' | 'JOBS',
  files: { cert: string; key: string; clientCa: string },
): ServerCredentials {
  if (files.cert === '') return ServerCredentials.createInsecure();
  const pair = {
    cert_chain: readPem(`${prefix}_TLS_CERT`, files.cert),
    private_key: readPem(`${prefix}_TLS_KEY`, files.key),
  };
  const clientCa = files.clientCa === '' ? null : readPem(`${prefix}_TLS_CLIENT_CA`, files.clientCa);
  return ServerCredentials.createSsl(clientCa, [pair], clientCa !== null);
}

function createObserver({ name, registry }: GrpcServerDeps): HandlerDeps['observe'] {
  const calls = new Counter({
    name: `croupier_${name}_grpc_calls_total`,
    help: 'Unary calls that ended, and streams that were refused, by method and gRPC status',
    labelNames: ['method', 'code'] as const,
    registers: [registry],
  });
  const durations = new Histogram({
    name: `croupier_${name}_grpc_call_duration_seconds`,
    help: 'How long unary calls took',
    labelNames: ['method'] as const,
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5, 30],
    registers: [registry],
  });
  return (method, code, durationMs) => {
    calls.inc({ method: nameOf(method), code: status[code] });
    durations.observe({ method: nameOf(method) }, durationMs / 1_000);
  };
}

function bind(server: Server, { host, port, credentials }: GrpcServerDeps): Promise<number> {
  const address = host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
}
