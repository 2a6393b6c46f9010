import { createServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

export type OpsServer = { port: number; close: () => Promise<void> };

/** A readiness check: resolves with null when ready, else with what is missing. */
export type ReadyCheck = () => Promise<string | null> | string | null;

/** What every process serves on its inner port, without a login. */
type Inner = { registry: Registry; ready: ReadyCheck };

const LIMITS = {
  maxHeaderSize: 16_384,
  headersTimeout: 10_000,
  requestTimeout: 30_000,
  connectionsCheckingInterval: 2_000,
} satisfies ServerOptions;
const CONNECTIONS_MAX = 1_000;

/**
 * A process's inner port: `/metrics` (Prometheus), `/metrics.json` (the same for the dashboard), `/healthz` (the process answers)
 * and `/readyz` (it can do its work; 503 with the reason where it can't). All else goes to `otherwise`, and is 404 without one.
 */
export async function startOpsServer(
  deps: Inner & {
    host: string;
    port: number;
    otherwise?: RequestListener;
    /** PEM; plain HTTP without. */
    tls?: { cert: Buffer; key: Buffer } | null;
  },
): Promise<OpsServer> {
  const listener = innerListener(deps, deps.otherwise ?? notFound);
  const { tls = null } = deps;
  const server = tls === null ? createServer(LIMITS, listener) : createHttpsServer({ ...LIMITS, ...tls }, listener);
  server.maxConnections = CONNECTIONS_MAX;
  await listen(server, deps.host, deps.port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => closeServer(server),
  };
}

const notFound: RequestListener = (_request, response) => {
  response.writeHead(404, { 'content-type': 'text/plain' }).end('not found\n');
};

function innerListener({ registry, ready }: Inner, otherwise: RequestListener): RequestListener {
  return (request, response) => {
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    const fail = (error: unknown): void => send(500, 'text/plain', `${String(error)}\n`);
    switch (request.url) {
      case '/healthz':
        return send(200, 'text/plain', 'ok\n');
      case '/readyz':
        Promise.resolve()
          .then(ready)
          .then((missing) => send(missing === null ? 200 : 503, 'text/plain', `${missing ?? 'ready'}\n`))
          .catch(fail);
        return;
      case '/metrics':
        registry
          .metrics()
          .then((metrics) => send(200, registry.contentType, metrics))
          .catch(fail);
        return;
      case '/metrics.json':
        registry
          .getMetricsAsJSON()
          .then((metrics) => send(200, 'application/json', JSON.stringify(metrics)))
          .catch(fail);
        return;
      default:
        return otherwise(request, response);
    }
  };
}

/** Connections that wait to be accepted: with node's 511, a pause of a second under load turns callers away. */
const BACKLOG = 4_096;

export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host, backlog: BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
}

/** Stops taking connections, lets requests in progress end, and closes idle keep-alive connections. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve, reject) => {
    server.close((error) => (error ? reject(error) : resolve()));
    server.closeIdleConnections();
  });
}
