import { performance } from 'node:perf_hooks';
import type { ServerCredentials } from '@grpc/grpc-js';
import { collectDefaultMetrics, Registry } from 'prom-client';
import { change, createPool, type Pool } from '../common/db.ts';
import { createAuthorize } from '../common/grpc-access.ts';
import { toFault } from '../common/grpc-handler.ts';
import { createServerCredentials, startGrpcServer } from '../common/grpc-server.ts';
import type { Logger } from '../common/log.ts';
import { migrate, missingMigrations } from '../common/migrate.ts';
import { type OpsServer, startOpsServer } from '../common/ops-server.ts';
import type { ShutdownStep } from '../common/shutdown.ts';
import type { WalletConfig } from './config.ts';
import { seedDemo } from './demo.ts';
import { watchDatabase } from './health.ts';
import { createEngine, type Engine } from './lanes/engine.ts';
import { createSessionTouches, type SessionTouches } from './lanes/session-touches.ts';
import { resealSecrets } from './reseal.ts';
import { WALLET_METHOD_ROLES } from './roles.ts';
import { WALLET_SCHEMA } from './schema.ts';
import { createSecretBox } from './secrets.ts';
import { createAuditService } from './services/audit.ts';
import { createBookkeepingService } from './services/bookkeeping.ts';
import { createGamesService } from './services/games.ts';
import { createHallsService } from './services/halls.ts';
import { newPlayerId, newSessionToken } from './services/ids.ts';
import { createMoneyService } from './services/money.ts';
import { createOperate } from './services/operate.ts';
import { createOperatorsService } from './services/operators.ts';
import { createOutboxService } from './services/outbox.ts';
import { createPlayersService } from './services/players.ts';
import { createSessionsService } from './services/sessions.ts';
import { createStopsService } from './services/stops.ts';
import { POLLED_METHODS, type WalletHandlers, walletServices } from './services.ts';
import { createVerify } from './verify.ts';

export type Wallet = {
  /** gRPC. */
  port: number;
  opsPort: number;
  /** Stops it: run in order. */
  steps: readonly ShutdownStep[];
};

const DATABASE_WATCH_INTERVAL_MS = 2_000;

/** Brings the database up to date and starts the whole wallet. */
export async function startWallet(config: WalletConfig, log: Logger): Promise<Wallet> {
  const credentials = createServerCredentials('WALLET', {
    cert: config.WALLET_TLS_CERT,
    key: config.WALLET_TLS_KEY,
    clientCa: config.WALLET_TLS_CLIENT_CA,
  });
  for (const name of await migrate(config.DATABASE_URL, WALLET_SCHEMA)) log.info({ migration: name }, 'migrated');
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const pool = createPool(config.DATABASE_URL, { connectionLimit: config.DATABASE_CONNECTIONS });
  const secrets = createSecretBox(config.SECRETS_KEY, config.SECRETS_KEY_PREVIOUS);
  await resealSecrets({ pool, secrets, log });

  const now = Date.now;
  // In order of time, as messages and audit entries need it too.
  const newId = () => newPlayerId(now());
  const touches = createSessionTouches({ pool, log, registry });
  const engine = createEngine({
    databaseUrl: config.DATABASE_URL,
    log,
    registry,
    killStatement: (threadId) => killStatement(pool, threadId, log),
    touches,
    newMessageId: newId,
    clock: () => performance.now(),
    now,
    lanes: config.WALLET_LANES,
    readers: config.WALLET_READERS,
    batchMax: config.WALLET_BATCH_MAX,
    queueMax: config.WALLET_QUEUE_MAX,
    deadlineMaxMs: config.WALLET_DEADLINE_MAX_MS,
  });
  const operate = createOperate({ engine, log, inFlightMax: config.WALLET_STREAM_MAX });
  const handlers: WalletHandlers = {
    money: { ...createMoneyService({ engine, pool, now }), operate: operate.operate, verify: createVerify(pool) },
    players: createPlayersService({ pool, now, newPlayerId: newId }),
    sessions: createSessionsService({ pool, now, newSessionToken }),
    operators: createOperatorsService({ pool, secrets, log, now }),
    games: createGamesService({ pool, now }),
    stops: createStopsService({ pool, now, newAuditId: newId }),
    outbox: createOutboxService({ pool, now }),
    halls: createHallsService({ pool, secrets, log, now }),
    audit: createAuditService({ pool, now, newAuditId: newId }),
    bookkeeping: createBookkeepingService({
      pool,
      now,
      promotional: new Set(config.WALLET_PROMOTIONAL_GAMES),
      roundOpenMaxMs: config.WALLET_ROUND_OPEN_MAX_MS,
    }),
  };
  if (config.CROUPIER_DEMO && config.NODE_ENV !== 'production' && (await seedDemo(handlers, now))) {
    log.info('demo data made');
  }
  const closeStreams = operate.close;
  return listenAndWatch({ config, credentials, log, registry, pool, engine, touches, handlers, closeStreams });
}

async function listenAndWatch(deps: {
  config: WalletConfig;
  credentials: ServerCredentials;
  log: Logger;
  registry: Registry;
  pool: Pool;
  engine: Engine;
  touches: SessionTouches;
  handlers: WalletHandlers;
  closeStreams: () => void;
}): Promise<Wallet> {
  const { config, log, registry, pool, engine, touches, handlers } = deps;
  const server = await startGrpcServer({
    name: 'wallet',
    host: config.WALLET_HOST,
    port: config.WALLET_PORT,
    credentials: deps.credentials,
    authorize: createAuthorize(config.services, WALLET_METHOD_ROLES),
    services: walletServices(handlers),
    polled: POLLED_METHODS,
    log,
    registry,
  });
  const watch = watchDatabase({
    pool,
    log,
    registry,
    now: Date.now,
    intervalMs: DATABASE_WATCH_INTERVAL_MS,
    onChange: (up) => server.health.setServing(up),
  });
  let stopping = false;
  const ops: OpsServer = await startOpsServer({
    host: config.OPS_HOST,
    port: config.WALLET_OPS_PORT,
    registry,
    ready: () => (stopping ? 'stopping' : readiness(pool)),
  });
  server.health.setServing(true);
  return {
    port: server.port,
    opsPort: ops.port,
    steps: [
      {
        name: 'say so',
        run: () => {
          stopping = true;
          watch.stop();
          server.health.close();
        },
      },
      { name: 'take nothing more', run: () => server.stopTaking() },
      { name: 'answer the streams', run: deps.closeStreams },
      { name: 'drain the lanes', run: () => engine.close() },
      { name: 'write when sessions were used', run: () => touches.close() },
      { name: 'close the gRPC server', run: () => server.close() },
      { name: 'close the ops server', run: () => ops.close() },
      { name: 'close the database pool', run: () => pool.end() },
    ],
  };
}

async function readiness(pool: Pool): Promise<string | null> {
  try {
    return await missingMigrations(pool, WALLET_SCHEMA);
  } catch (error) {
    return toFault(error).message;
  }
}

/** Frees a lane whose statement waits past its operations' deadlines. */
function killStatement(pool: Pool, threadId: number, log: Logger): void {
  change(pool, 'KILL QUERY ?', [threadId]).catch((error: unknown) => {
    log.warn({ threadId, reason: toFault(error).message }, 'could not end a statement');
  });
}
