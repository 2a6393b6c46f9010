import { readdirSync, readFileSync } from 'node:fs';
import type { DescMethod } from '@bufbuild/protobuf';
import { type Client, Metadata, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { methodPath } from '../../../src/common/grpc.ts';
import { ROLES, type Role } from '../../../src/common/grpc-access.ts';
import { walletChannels } from '../../../src/common/wallet-client.ts';
import { AuditService } from '../../../src/gen/wallet/v1/audit_pb.ts';
import { BookkeepingService } from '../../../src/gen/wallet/v1/bookkeeping_pb.ts';
import { GameService } from '../../../src/gen/wallet/v1/games_pb.ts';
import { HallService } from '../../../src/gen/wallet/v1/halls_pb.ts';
import { MoneyService } from '../../../src/gen/wallet/v1/money_pb.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { OutboxService } from '../../../src/gen/wallet/v1/outbox_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { SessionService } from '../../../src/gen/wallet/v1/sessions_pb.ts';
import { StopService } from '../../../src/gen/wallet/v1/stops_pb.ts';
import { createCall, type Fixture, refusal, startFixture } from './fixture.ts';

const METHODS: DescMethod[] = [
  MoneyService,
  PlayerService,
  SessionService,
  OperatorService,
  GameService,
  StopService,
  OutboxService,
  HallService,
  BookkeepingService,
  AuditService,
].flatMap((service) => service.methods);

const tokenOf = (role: string): string => `token-of-the-service-${role}`;

let fixture: Fixture;
let client: Client;

beforeAll(async () => {
  const services = [
    ...ROLES.map((role) => `${role}-service:${role}:${tokenOf(role)}`),
    `two:read+jobs:${tokenOf('two')}`,
  ];
  fixture = await startFixture({ WALLET_SERVICES: services.join(',') });
  const [channel] = walletChannels({
    WALLET_URLS: [fixture.wallet.address],
    WALLET_TOKEN: '',
    WALLET_TLS_CA: '',
    WALLET_TLS_CERT: '',
    WALLET_TLS_KEY: '',
  });
  if (channel === undefined) throw new Error('no channel');
  client = channel.client;
});
afterAll(async () => {
  client.close();
  await fixture.stop();
});

describe('each role', () => {
  it.each(ROLES)('%s may call exactly what the proto says', async (role) => {
    const documented = documentedRoles();
    expect(documented.size).toBe(METHODS.length);
    const allowed: string[] = [];
    for (const method of METHODS) {
      const code = await statusOf(method, bearer(tokenOf(role)));
      expect(code, method.name).not.toBe(status.UNAUTHENTICATED);
      if (code !== status.PERMISSION_DENIED) allowed.push(method.name);
    }
    const expected = METHODS.map((method) => method.name).filter((name) => documented.get(name)?.includes(role));
    expect(allowed).toEqual(expected);
  });
});

describe('tokens', () => {
  it.each([
    ['none', new Metadata()],
    ['an empty one', bearer('')],
    ['an unknown one', bearer('token-of-the-service-nobody')],
    ['the beginning of one', bearer(tokenOf('read').slice(0, -1))],
    ['one in other letters', bearer(tokenOf('read').toUpperCase())],
    ['another scheme', header(`Basic ${tokenOf('read')}`)],
    ['a service name', header('Bearer read-service')],
  ])('%s: UNAUTHENTICATED for every method, before the request is looked at', async (_, metadata) => {
    for (const method of METHODS) expect(await statusOf(method, metadata), method.name).toBe(status.UNAUTHENTICATED);
  });

  it('say which role is missing, and for a service with several roles each counts', async () => {
    const reader = createCall(fixture.wallet, { token: tokenOf('read') });
    expect(await refusal(reader.call(OperatorService.method.listCredentials, {}))).toEqual({
      code: 'PERMISSION_DENIED',
      details: 'read-service needs the role provider for ListCredentials',
    });
    expect(await refusal(reader.call(StopService.method.removeStop, {}))).toEqual({
      code: 'PERMISSION_DENIED',
      details: 'read-service needs the role admin or ops for RemoveStop',
    });
    reader.close();
    const two = createCall(fixture.wallet, { token: tokenOf('two') });
    expect((await two.call(OperatorService.method.listOperators, {})).operators).toEqual([]);
    expect((await two.call(OutboxService.method.claimMessages, {})).messages).toEqual([]);
    expect((await refusal(two.call(PlayerService.method.createPlayer, {}))).code).toBe('PERMISSION_DENIED');
    two.close();
  });

  it('are not in the log', () => {
    expect(fixture.wallet.logs().some((line) => line.code === 'UNAUTHENTICATED')).toBe(true);
    expect(JSON.stringify(fixture.wallet.logs())).not.toContain('token-of-the-service');
  });
});

function header(value: string): Metadata {
  const metadata = new Metadata();
  metadata.set('authorization', value);
  return metadata;
}

function bearer(token: string): Metadata {
  return header(`Bearer ${token}`);
}

/** The gRPC status that an empty request ends with. */
function statusOf(method: DescMethod, metadata: Metadata): Promise<status> {
  const same = (bytes: Buffer): Buffer => bytes;
  const empty = Buffer.alloc(0);
  const options = { deadline: Date.now() + 20_000 };
  return new Promise((resolve) => {
    const call = open();
    call.on('status', ({ code }) => resolve(code));
    call.on('error', () => undefined);

    function open() {
      if (method.methodKind === 'bidi_streaming') {
        const stream = client.makeBidiStreamRequest(methodPath(method), same, same, metadata, options);
        stream.on('data', () => undefined);
        stream.end();
        return stream;
      }
      if (method.methodKind === 'server_streaming') {
        const stream = client.makeServerStreamRequest(methodPath(method), same, same, empty, metadata, options);
        stream.on('data', () => undefined);
        return stream;
      }
      return client.makeUnaryRequest(methodPath(method), same, same, empty, metadata, options, () => undefined);
    }
  });
}

/** Each method's roles as its comment in the proto says it: "Role: read.", "Role: admin or ops.", or "As Win." */
function documentedRoles(): Map<string, readonly Role[]> {
  const folder = new URL('../../../proto/wallet/v1/', import.meta.url);
  const text = readdirSync(folder)
    .map((file) => readFileSync(new URL(file, folder), 'utf8'))
    .join('\n');
  const comments = new Map<string, string>();
  for (const [, comment = '', name = ''] of text.matchAll(/((?:^ *\/\/.*\n)+) *rpc (\w+)\(/gm))
    comments.set(name, comment);
  const rolesIn = (name: string): Role[] => {
    const comment = comments.get(name) ?? '';
    const said = /Role: ([\w ]+)\./.exec(comment)?.[1]?.split(' or ') ?? [];
    const like = /\bAs (\w+)\./.exec(comment)?.[1];
    const roles = ROLES.filter((role) => said.includes(role));
    return roles.length > 0 || like === undefined ? roles : rolesIn(like);
  };
  const documented = [...comments.keys()].map((name) => [name, rolesIn(name)] as const);
  return new Map(documented.filter(([, roles]) => roles.length > 0));
}
