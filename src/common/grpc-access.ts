import { createHash, timingSafeEqual } from 'node:crypto';
import type { DescMethod, DescService } from '@bufbuild/protobuf';
import type { GenService } from '@bufbuild/protobuf/codegenv2';
import { status } from '@grpc/grpc-js';
import { Fault } from './fault.ts';
import type { IncomingCall } from './grpc-handler.ts';

/**
 * What a service may do. Flat: no role implies another, so a service that manages players and reads them needs `read+admin`.
 *
 * | role | for |
 * |---|---|
 * | read | looking things up: balances, ledgers, players, sessions, operators, halls and terminals without secrets, totals, the audit trail |
 * | money | moving money within the rules: bets, wins, cashier, sessions, rounds |
 * | admin | changing what the rules are: operators, agents, halls, terminals, players, limits, games, stops, corrections |
 * | provider | operators', halls', agents' and terminals' secrets, to know who calls and to sign |
 * | jobs | the outbox and the books; terminals that the game server made, and their passwords |
 * | ops | what people on call press: stops, and the audit trail of it |
 */
export const ROLES = ['read', 'money', 'admin', 'provider', 'jobs', 'ops'] as const;
export type Role = (typeof ROLES)[number];

/** One role, or several of which each is enough. */
type Access = Role | readonly [Role, Role, ...Role[]];
export type RoleTable<S> = S extends GenService<infer M> ? Record<keyof M, Access> : never;

/** By full name of the method. Health and reflection aren't in it: they are open to whoever reaches the port. */
export type MethodRoles = ReadonlyMap<string, readonly Role[]>;

function rolesFor(methodRoles: MethodRoles, method: DescMethod): readonly Role[] {
  const roles = methodRoles.get(`${method.parent.typeName}.${method.localName}`);
  if (roles === undefined) throw new Error(`no role for ${method.parent.typeName}.${method.localName}`);
  return roles;
}

/** One service that may call. `tokenHash` is null where only its certificate identifies it. */
export type ServiceEntry = { name: string; roles: ReadonlySet<Role>; tokenHash: Buffer | null };

const SERVICE_NAME = /^[A-Za-z0-9_.-]{1,64}$/;
const TOKEN = /^[!-+\--~]{16,256}$/;

/**
 * Parses WALLET_SERVICES or JOBS_SERVICES: entries `name:role+role:token`, or `name:role+role` for a service that only comes with its certificate.
 * Gives what is wrong instead where something is; never with a token in it.
 */
export function parseServices(entries: readonly string[]): { services: ServiceEntry[]; mistakes: string[] } {
  const services: ServiceEntry[] = [];
  const mistakes: string[] = [];
  for (const [index, entry] of entries.entries()) {
    const [name = '', roleList = '', ...rest] = entry.split(':');
    const token = rest.length === 0 ? null : rest.join(':');
    const where = `entry ${index + 1}`;
    const roles = roleList.split('+');
    if (!SERVICE_NAME.test(name)) mistakes.push(`${where} must begin with a name, as name:role+role:token`);
    if (!roles.every(isRole)) mistakes.push(`${where} must have roles of ${ROLES.join(', ')}, joined by +`);
    if (token !== null && !TOKEN.test(token))
      mistakes.push(`${where} must have a token of 16 to 256 visible characters`);
    if (services.some((service) => service.name === name)) mistakes.push(`${where} repeats a name`);
    const tokenHash = token === null ? null : sha256(token);
    if (tokenHash !== null && services.some((service) => service.tokenHash?.equals(tokenHash))) {
      mistakes.push(`${where} has the token of another service`);
    }
    services.push({ name, roles: new Set(roles.filter(isRole)), tokenHash });
  }
  return { services, mistakes };
}

/** Gives the name of the service that makes a call, or throws UNAUTHENTICATED or PERMISSION_DENIED. */
export type Authorize = (call: IncomingCall, method: DescMethod) => string;

/**
 * Who may call what. A client certificate names the service by its CN; without one, the bearer token does. Both given must
 * agree. With no services configured everybody may do everything: the configuration allows that on loopback only.
 */
export function createAuthorize(services: readonly ServiceEntry[], methodRoles: MethodRoles): Authorize {
  if (services.length === 0) return () => 'anyone';
  return (call, method) => {
    const service = identify(services, certificateName(call), bearerToken(call));
    const roles = rolesFor(methodRoles, method);
    if (!roles.some((role) => service.roles.has(role))) {
      throw new Fault(
        status.PERMISSION_DENIED,
        `${service.name} needs the role ${roles.join(' or ')} for ${method.name}`,
      );
    }
    return service.name;
  };
}

function identify(services: readonly ServiceEntry[], name: string | null, token: string | null): ServiceEntry {
  const byToken = token === null ? null : findByToken(services, token);
  const byName = name === null ? null : (services.find((service) => service.name === name) ?? null);
  if (token !== null && byToken === null)
    throw new Fault(status.UNAUTHENTICATED, 'authorization: the token is not known');
  if (name !== null && byName === null)
    throw new Fault(status.UNAUTHENTICATED, 'the certificate names no known service');
  if (byToken !== null && byName !== null && byToken !== byName) {
    throw new Fault(status.UNAUTHENTICATED, 'the certificate and the token name different services');
  }
  const service = byName ?? byToken;
  if (service === null) throw new Fault(status.UNAUTHENTICATED, 'authorization: a bearer token is needed');
  return service;
}

/** Compares with every service's hash, in constant time, so that the time says nothing about any of them. */
function findByToken(services: readonly ServiceEntry[], token: string): ServiceEntry | null {
  const hash = sha256(token);
  let found: ServiceEntry | null = null;
  for (const service of services) {
    if (service.tokenHash !== null && timingSafeEqual(service.tokenHash, hash)) found = service;
  }
  return found;
}

function bearerToken(call: IncomingCall): string | null {
  const header = call.metadata.get('authorization')[0];
  return typeof header === 'string' ? (/^Bearer (.+)$/i.exec(header)?.[1] ?? '') : null;
}

function certificateName(call: IncomingCall): string | null {
  const name: unknown = call.getAuthContext().sslPeerCertificate?.subject?.CN;
  return typeof name === 'string' ? name : null;
}

export function rolesOf(service: DescService, table: Record<string, Access>): [string, readonly Role[]][] {
  return Object.entries(table).map(([method, access]) => [
    `${service.typeName}.${method}`,
    typeof access === 'string' ? [access] : access,
  ]);
}

function isRole(name: string): name is Role {
  return ROLES.some((role) => role === name);
}

function sha256(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
