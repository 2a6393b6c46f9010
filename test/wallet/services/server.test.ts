import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { Client, credentials, Metadata, status } from '@grpc/grpc-js';
import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { methodPath } from '../../../src/common/grpc.ts';
import { withRequestId } from '../../../src/common/wallet-client.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { PlayerSchema, PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { StopService } from '../../../src/gen/wallet/v1/stops_pb.ts';
import { createTestDatabase } from '../../harness/database.ts';
import { startPrivateDatabase } from '../../harness/private-servers.ts';
import { startWallet } from '../../harness/processes.ts';
import { addOperator, addPlayer, createCall, type Fixture, OPERATOR, refusal, startFixture } from './fixture.ts';
import { healthClient } from './health-client.ts';
import { describeSymbol, listServices } from './reflection-client.ts';

const { operatorId } = OPERATOR;
const TOKEN = 'token-of-somebody';
const SERVICES = [
  'Money',
  'Player',
  'Session',
  'Operator',
  'Game',
  'Stop',
  'Outbox',
  'Hall',
  'Audit',
  'Bookkeeping',
].map((name) => `wallet.v1.${name}Service`);

let fixture: Fixture;

beforeAll(async () => {
  fixture = await startFixture();
  await addOperator(fixture.call);
  await addPlayer(fixture.call, '611');
});
afterAll(() => fixture.stop());

describe('health', () => {
  it('is SERVING for the server and for each service, and NOT_FOUND for others', async () => {
    const health = healthClient(fixture.wallet.address);
    for (const name of ['', ...SERVICES]) expect(await health.check(name), name).toBe('SERVING');
    await expect(health.check('wallet.v1.OtherService')).rejects.toMatchObject({ code: status.NOT_FOUND });
    health.close();
  });

  it('needs no token, nor does reflection', async () => {
    const secured = await startFixture({ WALLET_SERVICES: `somebody:read:${TOKEN}` });
    const health = healthClient(secured.wallet.address);
    expect(await health.check('')).toBe('SERVING');
    health.close();
    const client = new Client(secured.wallet.address, credentials.createInsecure());
    expect(await listServices(client, 'v1')).toContain('wallet.v1.PlayerService');
    client.close();
    await secured.stop();
  });

  it('says NOT_SERVING to who watches when the wallet stops, which ends in time nevertheless', async () => {
    const stopping = await startFixture();
    const health = healthClient(stopping.wallet.address);
    await health.waitFor('', 'SERVING');
    const told = health.waitFor('wallet.v1.MoneyService', 'NOT_SERVING');
    await health.waitFor('wallet.v1.MoneyService', 'SERVING');
    await stopping.stop();
    await told;
    health.close();
    expect(stopping.wallet.logs().at(-1)).toMatchObject({ msg: 'stopped' });
  });

  it('follows the database, calls meanwhile are UNAVAILABLE, and all comes back by itself', async () => {
    await using database = await startPrivateDatabase();
    await using wallet = await startWallet({ env: { DATABASE_URL: database.url } });
    const health = healthClient(wallet.address);
    const { call, close } = createCall(wallet);
    await health.waitFor('', 'SERVING');
    expect((await call(StopService.method.listStops, {})).stops).toEqual([]);
    expect(await metric(wallet, 'croupier_wallet_database_up')).toBe('1');

    const away = health.waitFor('wallet.v1.PlayerService', 'NOT_SERVING');
    await database.kill();
    await away;
    expect(await refusal(call(StopService.method.listStops, {}))).toEqual({
      code: 'UNAVAILABLE',
      details: 'the database is away',
    });
    expect(await metric(wallet, 'croupier_wallet_database_up')).toBe('0');
    const notReady = await fetch(`${wallet.opsUrl}/readyz`);
    expect([notReady.status, await notReady.text()]).toEqual([503, 'the database is away\n']);
    expect((await fetch(`${wallet.opsUrl}/healthz`)).status).toBe(200);

    const back = health.waitFor('wallet.v1.PlayerService', 'SERVING');
    await database.restart();
    await back;
    expect((await call(StopService.method.listStops, {})).stops).toEqual([]);
    expect((await fetch(`${wallet.opsUrl}/readyz`)).status).toBe(200);
    close();
    health.close();
  });
});

describe.each(['v1', 'v1alpha'] as const)('reflection %s', (version) => {
  it('lists the services, health among them', async () => {
    const client = new Client(fixture.wallet.address, credentials.createInsecure());
    expect((await listServices(client, version)).sort()).toEqual(['grpc.health.v1.Health', ...SERVICES].sort());
    client.close();
  });

  it('tells enough to call a method without knowing its proto', async () => {
    const client = new Client(fixture.wallet.address, credentials.createInsecure());
    const registry = await describeSymbol(client, version, 'wallet.v1.PlayerService');
    const method = registry.getService('wallet.v1.PlayerService')?.method.getPlayer;
    if (method === undefined) throw new Error('no GetPlayer');
    const request = create(method.input, { operatorId, userId: '611' });
    const answer = await new Promise<Buffer>((resolve, reject) => {
      client.makeUnaryRequest(
        methodPath(method),
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        Buffer.from(toBinary(method.input, request)),
        (error, bytes) => (error || bytes === undefined ? reject(error) : resolve(bytes)),
      );
    });
    expect(fromBinary(PlayerSchema, answer)).toMatchObject({ userId: '611', userName: 'name of 611' });
    client.close();
  });

  it('keeps what the proto says of fields that may be absent', async () => {
    const client = new Client(fixture.wallet.address, credentials.createInsecure());
    const registry = await describeSymbol(client, version, 'wallet.v1.Limits');
    const limits = registry.getMessage('wallet.v1.Limits');
    expect(limits?.fields.map((field) => field.proto.proto3Optional)).toEqual(Array(7).fill(true));
    client.close();
  });

  it('says so where a symbol is not known', async () => {
    const client = new Client(fixture.wallet.address, credentials.createInsecure());
    await expect(describeSymbol(client, version, 'wallet.v1.Nothing')).rejects.toThrow('Symbol not found');
    client.close();
  });
});

describe('request ids', () => {
  const ask = (requestId: string) =>
    fixture.call(OperatorService.method.listOperators, {}, withRequestId(new Metadata(), requestId));

  it('come back in the log line of the call', async () => {
    await ask('request-1234');
    const line = await fixture.wallet.waitForLog((one) => one.requestId === 'request-1234');
    expect(line).toMatchObject({ msg: 'call', service: 'anyone', method: 'OperatorService.ListOperators', code: 'OK' });
    expect(line.durationMs).toBeGreaterThan(0);
  });

  it('are made where they are absent or malformed', async () => {
    const before = fixture.wallet.logs().length;
    await ask('with space');
    await ask('x'.repeat(65));
    await fixture.call(OperatorService.method.listOperators, {});
    await ask('last');
    await fixture.wallet.waitForLog((one) => one.requestId === 'last');
    const ids = fixture.wallet.logs().slice(before, before + 3);
    for (const { requestId } of ids) expect(requestId).toMatch(/^[0-9a-f-]{36}$/);
  });
});

it('counts calls by method and code', async () => {
  await fixture.call(StopService.method.listStops, {});
  await refusal(fixture.call(PlayerService.method.getPlayer, { operatorId, userId: 'nobody' }));
  const metrics = await (await fetch(`${fixture.wallet.opsUrl}/metrics`)).text();
  expect(metrics).toMatch(/^croupier_wallet_grpc_calls_total{method="StopService.ListStops",code="OK"} [1-9]/m);
  expect(metrics).toMatch(
    /^croupier_wallet_grpc_calls_total{method="PlayerService.GetPlayer",code="NOT_FOUND"} [1-9]/m,
  );
  expect(metrics).toMatch(/^croupier_wallet_grpc_call_duration_seconds_count{method="StopService.ListStops"} [1-9]/m);
});

/** A series of the wallet's own registry. */
async function metric(wallet: { opsUrl: string }, name: string): Promise<string | undefined> {
  const metrics = await (await fetch(`${wallet.opsUrl}/metrics`)).text();
  return new RegExp(`^${name} (.*)$`, 'm').exec(metrics)?.[1];
}

describe('what goes wrong inside', () => {
  it('is INTERNAL without details, and in the log without the statement', async () => {
    await using database = await createTestDatabase();
    await using wallet = await startWallet({ env: { DATABASE_URL: database.url } });
    const connection = await createConnection(database.url);
    await connection.query('ALTER TABLE players DROP COLUMN country');
    await connection.end();
    const { call, close } = createCall(wallet);
    await addOperator(call);
    const refused = await refusal(call(PlayerService.method.getPlayer, { operatorId, userId: 'somebody-private' }));
    expect(refused).toEqual({ code: 'INTERNAL', details: 'internal error' });
    close();
    const line = await wallet.waitForLog((one) => one.code === 'INTERNAL');
    expect(line).toMatchObject({ level: 50, method: 'PlayerService.GetPlayer', err: { errno: 1054 } });
    expect(JSON.stringify(wallet.logs())).not.toContain('somebody-private');
  });

  it('a request that is no protobuf harms nobody', async () => {
    const client = new Client(fixture.wallet.address, credentials.createInsecure());
    const code = await new Promise((resolve) => {
      client.makeUnaryRequest(
        methodPath(PlayerService.method.getPlayer),
        (bytes: Buffer) => bytes,
        (bytes: Buffer) => bytes,
        Buffer.from('ffffffff', 'hex'),
        (error) => resolve(error?.code),
      );
    });
    expect(code).toBe(status.INTERNAL);
    client.close();
    expect((await fixture.call(StopService.method.listStops, {})).stops).toEqual([]);
  });
});
