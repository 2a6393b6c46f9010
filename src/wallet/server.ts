import type { DescMethod, DescService } from '@bufbuild/protobuf';
import type { GenService, GenServiceMethods } from '@bufbuild/protobuf/codegenv2';
import { type ChannelOptions, Server, ServerCredentials, status } from '@grpc/grpc-js';
import { Counter, Histogram, type Registry } from 'prom-client';
import { serviceDefinition } from '../common/grpc.ts';
import type { Logger } from '../common/log.ts';
import { MAX_MESSAGE_BYTES, readPem } from '../common/wallet-client.ts';
import { AuditService } from '../gen/wallet/v1/audit_pb.ts';
import { BookkeepingService } from '../gen/wallet/v1/bookkeeping_pb.ts';
import { GameService } from '../gen/wallet/v1/games_pb.ts';
import { HallService } from '../gen/wallet/v1/halls_pb.ts';
import { MoneyService } from '../gen/wallet/v1/money_pb.ts';
import { OperatorService } from '../gen/wallet/v1/operators_pb.ts';
import { OutboxService } from '../gen/wallet/v1/outbox_pb.ts';
import { PlayerService } from '../gen/wallet/v1/players_pb.ts';
import { SessionService } from '../gen/wallet/v1/sessions_pb.ts';
import { StopService } from '../gen/wallet/v1/stops_pb.ts';
import type { Authorize } from './auth.ts';
import { addHealth, type Health } from './health.ts';
import { addReflection } from './reflection.ts';
import { type HandlerDeps, implementService, nameOf, type ServiceHandlers } from './services/handler.ts';

/** The handlers of all services. */
export type WalletHandlers = {
  money: ServiceHandlers<typeof MoneyService>;
  players: ServiceHandlers<typeof PlayerService>;
  sessions: ServiceHandlers<typeof SessionService>;
  operators: ServiceHandlers<typeof OperatorService>;
  games: ServiceHandlers<typeof GameService>;
  stops: ServiceHandlers<typeof StopService>;
  outbox: ServiceHandlers<typeof OutboxService>;
  halls: ServiceHandlers<typeof HallService>;
  audit: ServiceHandlers<typeof AuditService>;
  bookkeeping: ServiceHandlers<typeof BookkeepingService>;
};

export type ServerDeps = {
  host: string;
  port: number;
  credentials: ServerCredentials;
  authorize: Authorize;
  handlers: WalletHandlers;
  log: Logger;
  registry: Registry;
};

export type WalletServer = {
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
  // What one connection may have open at a time.
  'grpc.max_concurrent_streams': 1_000,
};

/** Calls under way get this long at a shutdown; streams of those who watch the health never end by themselves. */
const CLOSE_TIMEOUT_MS = 4_000;

export async function startServer(deps: ServerDeps): Promise<WalletServer> {
  const server = new Server(SERVER_OPTIONS);
  const services = addServices(server, deps);
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
export function createCredentials(files: { cert: string; key: string; clientCa: string }): ServerCredentials {
  if (files.cert === '') return ServerCredentials.createInsecure();
  const pair = {
    cert_chain: readPem('WALLET_TLS_CERT', files.cert),
    private_key: readPem('WALLET_TLS_KEY', files.key),
  };
  const clientCa = files.clientCa === '' ? null : readPem('WALLET_TLS_CLIENT_CA', files.clientCa);
  return ServerCredentials.createSsl(clientCa, [pair], clientCa !== null);
}

function addServices(server: Server, deps: ServerDeps): DescService[] {
  const handlerDeps: HandlerDeps = {
    log: deps.log,
    authorize: deps.authorize,
    observe: createObserver(deps.registry),
  };
  const services: DescService[] = [];
  const add = <M extends GenServiceMethods>(
    service: GenService<M> & DescService,
    handlers: ServiceHandlers<GenService<M>>,
  ): void => {
    server.addService(serviceDefinition(service), implementService(service, handlers, handlerDeps));
    services.push(service);
  };
  add(MoneyService, deps.handlers.money);
  add(PlayerService, deps.handlers.players);
  add(SessionService, deps.handlers.sessions);
  add(OperatorService, deps.handlers.operators);
  add(GameService, deps.handlers.games);
  add(StopService, deps.handlers.stops);
  add(OutboxService, deps.handlers.outbox);
  add(HallService, deps.handlers.halls);
  add(AuditService, deps.handlers.audit);
  add(BookkeepingService, deps.handlers.bookkeeping);
  return services;
}

function createObserver(registry: Registry): (method: DescMethod, code: status, durationMs: number) => void {
  const calls = new Counter({
    name: 'croupier_wallet_grpc_calls_total',
    help: 'Unary calls that ended, and streams that were refused, by method and gRPC status',
    labelNames: ['method', 'code'] as const,
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'croupier_wallet_grpc_call_duration_seconds',
    help: 'How long unary calls took in the wallet',
    labelNames: ['method'] as const,
    buckets: [0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.25, 1, 5, 30],
    registers: [registry],
  });
  return (method, code, durationMs) => {
    calls.inc({ method: nameOf(method), code: status[code] });
    durations.observe({ method: nameOf(method) }, durationMs / 1_000);
  };
}

function bind(server: Server, { host, port, credentials }: ServerDeps): Promise<number> {
  const address = host.includes(':') && !host.startsWith('[') ? `[${host}]:${port}` : `${host}:${port}`;
  return new Promise((resolve, reject) => {
    server.bindAsync(address, credentials, (error, bound) => (error ? reject(error) : resolve(bound)));
  });
}
