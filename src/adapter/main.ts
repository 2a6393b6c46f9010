import { randomUUID } from 'node:crypto';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConfigError } from '../common/config.ts';
import type { GrpcChannel } from '../common/grpc-channel.ts';
import { jobsChannel } from '../common/jobs-client.ts';
import { createLog } from '../common/log.ts';
import { closeServer, listen, startOpsServer } from '../common/ops-server.ts';
import { onShutdown } from '../common/shutdown.ts';
import { walletChannels } from '../common/wallet-client.ts';
import { OperatorService } from '../gen/wallet/v1/operators_pb.ts';
import { createApp } from './app.ts';
import { createArrivals } from './arrivals.ts';
import { type AdapterConfig, readAdapterConfig } from './config.ts';
import { isLobbyOn } from './lobby/config.ts';
import { createJobsCalls } from './lobby/jobs-calls.ts';
import { createLobby } from './lobby/lobby.ts';
import { createMetrics, type Metrics } from './metrics.ts';
import { createOperators } from './platform/operators.ts';
import { createServer } from './server.ts';
import { createStargame } from './stargame/stargame.ts';
import { createWalletCalls } from './wallet-calls.ts';
import { createWalletStream } from './wallet-stream.ts';

const CALL_DEADLINE_MS = 2_000;
const DRAIN_MARGIN_MS = 500;
/** The jobs may have to ask StarGame first, to open a game there. */
const JOBS_DEADLINE_MS = 8_000;

async function main(config: AdapterConfig): Promise<void> {
  const log = createLog('adapter', config.LOG_LEVEL);
  const channels = walletChannels(config);
  const metrics: Metrics = createMetrics(
    () => wallet.inFlight(),
    config.STARGAME_BUDGET_MS - config.STARGAME_NETWORK_MS,
  );
  const wallet = createWalletStream({
    channels,
    maxInFlight: config.WALLET_MAX_IN_FLIGHT,
    log,
    onConnect: metrics.countWalletConnect,
  });
  const calls = createWalletCalls(channels, CALL_DEADLINE_MS);
  const operators = createOperators({
    listCredentials: async () => (await calls.call(OperatorService.method.listCredentials, {})).credentials,
    refreshMs: config.OPERATORS_REFRESH_MS,
    log,
  });

  let phase: 'starting' | 'serving' | 'draining' = 'starting';
  const common = {
    wallet,
    metrics,
    log,
    // Redaction looks through every line for 29 us; the fields of these lines are a closed set without secrets.
    outcomeLog: log.child({}, { redact: [] }),
    newRequestId: createRequestIds(),
    isDraining: () => phase === 'draining',
  };
  const arrivals = createArrivals();
  const stargame = createStargame({ ...common, arrivals, calls, config });
  const toJobs: GrpcChannel | null = isLobbyOn(config) ? jobsChannel(config) : null;
  const app = createApp({
    platform: { ...common, operators, deadlineMs: config.PLATFORM_DEADLINE_MS },
    stargame: stargame.routes,
    callback: stargame.callback,
    lobby:
      toJobs &&
      createLobby({
        config,
        calls,
        jobs: createJobsCalls(toJobs, JOBS_DEADLINE_MS),
        registry: metrics.registry,
        log,
        newRequestId: common.newRequestId,
        now: () => Date.now(),
      }),
    trustedProxies: config.TRUSTED_PROXIES,
  });
  const server = createServer(app, {
    tls: config.ADAPTER_TLS_CERT === '' ? null : { certificate: config.ADAPTER_TLS_CERT, key: config.ADAPTER_TLS_KEY },
    maxConnections: config.ADAPTER_MAX_CONNECTIONS,
    requestTimeoutMs: config.ADAPTER_REQUEST_TIMEOUT_MS,
  });
  arrivals.watch(server, config.ADAPTER_REQUEST_TIMEOUT_MS);
  const ops = await startOpsServer({
    host: config.OPS_HOST,
    port: config.ADAPTER_OPS_PORT,
    registry: metrics.registry,
    ready: () => {
      if (phase !== 'serving') return phase;
      return wallet.isUp() ? null : 'no stream to a wallet';
    },
  });

  onShutdown(log, config.SHUTDOWN_TIMEOUT_MS, [
    {
      name: 'requests',
      run: async () => {
        const wasServing = phase === 'serving';
        phase = 'draining';
        arrivals.closeIdle();
        if (wasServing) await drain(server, config.PLATFORM_DEADLINE_MS);
      },
    },
    { name: 'operators', run: () => operators.stop() },
    { name: 'halls', run: () => stargame.stop() },
    // What it gives up here may be a bet or a win whose outcome is now unknown.
    { name: 'wallet', run: () => wallet.close() },
    { name: 'unconfirmed', run: () => stargame.unconfirmed.close() },
    {
      name: 'channels',
      run: () => {
        for (const channel of channels) channel.close();
        toJobs?.close();
      },
    },
    { name: 'ops', run: () => ops.close() },
  ]);

  await stargame.unconfirmed.start();
  if (!(await operators.start())) return;
  await stargame.start();
  if (phase !== 'starting') return;
  await listen(server, config.ADAPTER_HOST, config.ADAPTER_PORT);
  phase = 'serving';
  log.info({ port: (server.address() as AddressInfo).port, opsPort: ops.port }, 'ready');
}

/** Ids for requests that come without one: the process and a count, because a random id costs more than it is worth here. */
function createRequestIds(): () => string {
  const prefix = randomUUID().slice(0, 13);
  let count = 0;
  return () => `${prefix}-${(++count).toString(36)}`;
}

/** Lets requests in progress be answered; what has not even arrived whole by their deadline is not waited for. */
async function drain(server: Server, deadlineMs: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), deadlineMs + DRAIN_MARGIN_MS);
  await closeServer(server);
  clearTimeout(timer);
}

try {
  await main(readAdapterConfig(process.env));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
}
