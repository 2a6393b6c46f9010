import { parseServices, type ServiceEntry } from './grpc-access.ts';
import { isLoopback } from './loopback.ts';

/** A gRPC server's settings, as PREFIX_SERVICES, PREFIX_HOST and PREFIX_TLS_… have them; '' where there is none. */
export type AccessSettings = {
  services: readonly string[];
  host: string;
  tlsCert: string;
  tlsKey: string;
  tlsClientCa: string;
  isProduction: boolean;
};

/**
 * Who may call a gRPC server, and what is wrong with its settings. Plain text never leaves the machine; and who may call is only left open
 * on loopback, and never in production.
 */
export function readAccess(
  prefix: 'WALLET' | 'JOBS',
  settings: AccessSettings,
): { services: ServiceEntry[]; mistakes: string[] } {
  const { services, mistakes: unread } = parseServices(settings.services);
  const mistakes = unread.map((mistake) => `${prefix}_SERVICES: ${mistake}`);
  const isRemote = !isLoopback(settings.host);
  if (services.length === 0 && isRemote) {
    mistakes.push(`${prefix}_SERVICES: needed, because ${prefix}_HOST is not loopback`);
  }
  if (services.length === 0 && settings.isProduction) mistakes.push(`${prefix}_SERVICES: needed in production`);
  if (settings.tlsCert === '' && isRemote) {
    mistakes.push(`${prefix}_TLS_CERT: needed, because ${prefix}_HOST is not loopback`);
  }
  if ((settings.tlsCert === '') !== (settings.tlsKey === '')) {
    mistakes.push(`${prefix}_TLS_CERT, ${prefix}_TLS_KEY: both or neither`);
  }
  if (settings.tlsClientCa !== '' && settings.tlsCert === '') {
    mistakes.push(`${prefix}_TLS_CERT: needed with ${prefix}_TLS_CLIENT_CA`);
  }
  if (settings.tlsClientCa !== '' && services.length === 0) {
    mistakes.push(`${prefix}_SERVICES: needed with ${prefix}_TLS_CLIENT_CA, to say what each certificate may do`);
  }
  if (settings.tlsClientCa === '' && services.some((service) => service.tokenHash === null)) {
    mistakes.push(`${prefix}_SERVICES: each entry needs a token, because there is no ${prefix}_TLS_CLIENT_CA`);
  }
  return { services, mistakes };
}
