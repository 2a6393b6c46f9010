import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

export type OpsServer = { port: number; close: () => Promise<void> };

/** A readiness check: resolves with null when ready, else with what is missing. */
export type ReadyCheck = () => Promise<string | null> | string | null;

/**
 * A process's inner port: `/metrics` (Prometheus), `/healthz` (the process answers) and `/readyz` (it can do its work; 503
 * with the reason where it can't).
 */
export async function startOpsServer(deps: {
  host: string;
  port: number;
  registry: Registry;
  ready: ReadyCheck;
}): Promise<OpsServer> {
  const server = createServer((request, response) => {
    const send = (status: number, type: string, body: string): void => {
      response.writeHead(status, { 'content-type': type }).end(body);
    };
    const fail = (error: unknown): void => send(500, 'text/plain', `${String(error)}\n`);
    switch (request.url) {
      case '/healthz':
        return send(200, 'text/plain', 'ok\n');
      case '/readyz':
        Promise.resolve()
          .then(deps.ready)
          .then((missing) => send(missing === null ? 200 : 503, 'text/plain', `${missing ?? 'ready'}\n`))
          .catch(fail);
        return;
      case '/metrics':
        deps.registry
          .metrics()
          .then((metrics) => send(200, deps.registry.contentType, metrics))
          .catch(fail);
        return;
      default:
        return send(404, 'text/plain', 'not found\n');
    }
  });
  await listen(server, deps.host, deps.port);
  return {
    port: (server.address() as AddressInfo).port,
    close: () => closeServer(server),
  };
}

export function listen(server: Server, host: string, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
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
