import { createServer as createHttpServer, type RequestListener, type Server, type ServerOptions } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import { readPem } from '../common/pem.ts';

/** Slow requests and floods of headers end here; the body's size limit is each route's. */
const LIMITS = {
  maxHeaderSize: 8_192,
  connectionsCheckingInterval: 500,
  // Longer than load balancers keep theirs (60 s is usual), so that it is never us who close under a request on its way.
  keepAliveTimeout: 75_000,
} satisfies ServerOptions;

export type TlsFiles = { certificate: string; key: string };

/** The adapter's HTTP server, or its HTTPS server where there is a certificate. Not listening yet. */
export function createServer(
  listener: RequestListener,
  options: { tls: TlsFiles | null; maxConnections: number; requestTimeoutMs: number },
): Server {
  const { tls, requestTimeoutMs } = options;
  const limits = { ...LIMITS, headersTimeout: requestTimeoutMs, requestTimeout: requestTimeoutMs };
  const server =
    tls === null
      ? createHttpServer(limits, listener)
      : createHttpsServer(
          { ...limits, cert: readPem('ADAPTER_TLS_CERT', tls.certificate), key: readPem('ADAPTER_TLS_KEY', tls.key) },
          listener,
        );
  server.maxConnections = options.maxConnections;
  server.maxHeadersCount = 100;
  return server;
}
