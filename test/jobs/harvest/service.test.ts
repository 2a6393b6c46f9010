import {
  create,
  type DescMessage,
  fromBinary,
  type MessageInitShape,
  type MessageShape,
  toBinary,
} from '@bufbuild/protobuf';
import { Client, credentials, status } from '@grpc/grpc-js';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { change } from '../../../src/common/db.ts';
import { callUnary, type UnaryMethod } from '../../../src/common/grpc.ts';
import { createAuthorize } from '../../../src/common/grpc-access.ts';
import { createServerCredentials, type GrpcServer, served, startGrpcServer } from '../../../src/common/grpc-server.ts';
import { HarvestProgressSchema, HarvestRequestSchema, HarvestService } from '../../../src/gen/jobs/v1/harvest_pb.ts';
import { createHarvestService } from '../../../src/jobs/harvest/harvest-service.ts';
import { JOBS_METHOD_ROLES } from '../../../src/jobs/roles.ts';
import { closedUrl, createWorld, DAY_MS, HALL, HOUR_MS, type Reader, type World } from './fixture.ts';

let world: World;
let reader: Reader;
let server: GrpcServer;
let client: Client;

const { harvest, getHarvestCoverage, listGameLogs, getGameLog } = HarvestService.method;

beforeAll(async () => {
  world = await createWorld();
  reader = world.createReader();
  ({ server, client } = await serve(reader));
});

afterAll(async () => {
  client.close();
  await server.close();
  await world[Symbol.asyncDispose]();
});

async function serve({ deps, harvest }: Reader): Promise<{ server: GrpcServer; client: Client }> {
  const server = await startGrpcServer({
    name: 'jobs',
    host: '127.0.0.1',
    port: 0,
    credentials: createServerCredentials('JOBS', { cert: '', key: '', clientCa: '' }),
    authorize: createAuthorize([], JOBS_METHOD_ROLES),
    services: [served(HarvestService, createHarvestService({ ...deps, harvest }))],
    polled: new Set(),
    log: deps.log,
    registry: new Registry(),
  });
  return { server, client: new Client(`127.0.0.1:${server.port}`, credentials.createInsecure()) };
}

let lastUid = 500;
let uid: string;

beforeEach(async () => {
  world.clock.aheadMs = 0;
  world.simulator.stargame.faults.clear();
  await world.forget();
  lastUid += 1;
  uid = String(lastUid);
});

const call = <I extends DescMessage, O extends DescMessage>(
  method: UnaryMethod<I, O>,
  request: MessageInitShape<I>,
): Promise<MessageShape<O>> => callUnary(client, method, request, { deadlineMs: 20_000 });

/** All that the stream told. */
async function read(request: MessageInitShape<typeof HarvestRequestSchema>, from = client) {
  const stream = from.makeServerStreamRequest(
    `/${HarvestService.typeName}/${harvest.name}`,
    (message) => Buffer.from(toBinary(HarvestRequestSchema, message)),
    (bytes) => fromBinary(HarvestProgressSchema, bytes),
    create(HarvestRequestSchema, request),
  );
  const told = [];
  for await (const progress of stream) told.push(progress as MessageShape<typeof HarvestProgressSchema>);
  return told;
}

test('what is due is read by hand, and its end is told', async () => {
  await world.addTerminal(uid);
  await world.play(uid);
  const dataId = world.log(uid, world.now() - 61_000);
  const told = await read({});
  expect(told.at(-1)).toMatchObject({
    terminals: 1,
    terminalsDone: 1,
    terminalsFailed: 0,
    recordsRead: 1n,
    recordsNew: 1n,
    finished: true,
  });
  expect(await world.kept(uid)).toEqual([dataId]);
});

test('one terminal, whether due or not, from where it was left', async () => {
  await world.addTerminal(uid);
  expect((await read({ hallId: HALL, uid })).at(-1)).toMatchObject({ terminals: 1, terminalsDone: 1, recordsNew: 0n });
  const dataId = world.log(uid, world.now() - 61_000);
  world.clock.aheadMs = 60_000;
  expect((await read({ hallId: HALL, uid })).at(-1)).toMatchObject({ recordsNew: 1n });
  expect(await world.kept(uid)).toEqual([dataId]);
});

test('a span again: what is there, and how far the terminal is read, stays', async () => {
  await world.addTerminal(uid, { linkedAgoMs: 3 * DAY_MS });
  await world.play(uid);
  const now = world.now();
  const ids = [2 * DAY_MS, DAY_MS].map((agoMs) => world.log(uid, now - agoMs));
  await read({});
  const before = await world.row(uid);
  const missed = world.log(uid, now - 1.5 * DAY_MS);
  const span = { fromMs: BigInt(now - 3 * DAY_MS), untilMs: BigInt(now - DAY_MS + 1000) };
  expect((await read({ hallId: HALL, ...span })).at(-1)).toMatchObject({ recordsRead: 3n, recordsNew: 1n });
  expect(await world.kept(uid)).toEqual([ids[0], missed, ids[1]]);
  expect(await world.row(uid)).toMatchObject({ harvested_until_ms: before?.harvested_until_ms, record_count: 3n });
});

test('what can not be asked for is refused with the field', async () => {
  const now = BigInt(Date.now());
  await expect(read({ uid: '1' })).rejects.toMatchObject({ code: status.INVALID_ARGUMENT, details: /^hall_id/ });
  await expect(read({ fromMs: now - 8n * 86_400_000n, untilMs: now })).rejects.toMatchObject({ details: /^from_ms/ });
  await expect(read({ fromMs: now - 5n, untilMs: now - 5n })).rejects.toMatchObject({ details: /^until_ms/ });
  await expect(read({ fromMs: now - 5n, untilMs: now + 60_000n })).rejects.toMatchObject({ details: /^until_ms/ });
  await expect(read({ hallId: HALL, uid: '99999' })).rejects.toMatchObject({ code: status.NOT_FOUND });
  await expect(call(listGameLogs, { hallId: HALL, uid: 'x' })).rejects.toMatchObject({ details: /^uid/ });
  await expect(call(listGameLogs, { hallId: HALL, uid, pageToken: 'x' })).rejects.toMatchObject({
    details: /^page_token/,
  });
});

test('coverage: how far, who is behind and why, and what is lost', async () => {
  const failing = `${uid}9`;
  await world.addTerminal(uid);
  await world.addTerminal(failing, { password: 'wrong' });
  await Promise.all([world.play(uid), world.play(failing)]);
  world.log(uid, world.now() - 61_000);
  await read({});
  await change(world.pool, 'INSERT INTO harvest_gaps (hall_id, uid, from_ms, until_ms, found_at_ms) VALUES (?)', [
    [HALL, uid, 1, 2, 3],
  ]);
  world.clock.aheadMs = 3 * HOUR_MS;
  const coverage = await call(getHarvestCoverage, { hallId: HALL });
  expect(coverage).toMatchObject({ terminals: 2, terminalsBehind: 2, terminalsFailing: 1, records: 1n, gaps: 1 });
  expect(coverage.behind.map((each) => [each.uid, each.error])).toEqual([
    [failing, 'wrong_user_pass'],
    [uid, ''],
  ]);
  expect(coverage.harvestedUntilMs).toBe((await world.row(failing))?.harvested_until_ms);
  expect(await call(getHarvestCoverage, { hallId: '126' })).toMatchObject({ terminals: 0, records: 0n, gaps: 0 });
});

test("a terminal's log in pages, oldest first, and of a span", async () => {
  await world.addTerminal(uid);
  await world.play(uid);
  const atMs = Math.floor(world.now() / 1000) * 1000 - 300_000;
  // Two of the same second, at the edge of two pages.
  const ids = [0, 1000, 1000, 2000, 3000].map((ms) =>
    world.log(uid, atMs + ms, { betUnits: 25n, winUnits: 40n, balanceUnits: 1_015n, lines: 9 }),
  );
  await read({});
  const listed: bigint[] = [];
  for (let pageToken = ''; ; ) {
    const page = await call(listGameLogs, { hallId: HALL, uid, pageSize: 2, pageToken });
    listed.push(...page.logs.map((log) => log.dataId));
    pageToken = page.nextPageToken;
    if (pageToken === '') break;
  }
  expect(listed).toEqual(ids);
  const span = { fromMs: BigInt(atMs + 1000), untilMs: BigInt(atMs + 2000) };
  const { logs } = await call(listGameLogs, { hallId: HALL, uid, ...span });
  expect(logs.map((log) => log.dataId)).toEqual(ids.slice(1, 3));
  expect(logs[0]).toMatchObject({
    hallId: HALL,
    uid,
    gameId: '206',
    playedAtMs: BigInt(atMs + 1000),
    betUnits: 25n,
    winUnits: 40n,
    balanceUnits: 1_015n,
    lines: 9n,
    betTransactionId: '',
    matchedAtMs: 0n,
  });
});

test('details come from StarGame once, and then from here', async () => {
  await world.addTerminal(uid);
  await world.play(uid);
  const dataId = world.log(uid, world.now() - 61_000, { betUnits: 1234n });
  await expect(call(getGameLog, { hallId: HALL, uid, dataId })).rejects.toMatchObject({ code: status.NOT_FOUND });
  await read({});
  const { faults } = world.simulator.stargame;
  const fault = faults.add({ operation: 'remotecab_game_history', kind: 'http_500' });
  await expect(call(getGameLog, { hallId: HALL, uid, dataId })).rejects.toMatchObject({ code: status.UNAVAILABLE });
  faults.remove(fault);
  const first = await call(getGameLog, { hallId: HALL, uid, dataId });
  expect(first).toMatchObject({ log: { dataId, betUnits: 1234n } });
  expect(first.html).toContain('12.34');
  faults.add({ operation: 'remotecab_game_history', kind: 'http_500' });
  expect(await call(getGameLog, { hallId: HALL, uid, dataId })).toEqual(first);
});

test('details that StarGame has no more', async () => {
  await world.addTerminal(uid);
  await world.play(uid);
  const dataId = world.log(uid, world.now() - 61_000);
  await read({});
  world.clock.aheadMs = 8 * DAY_MS;
  await expect(call(getGameLog, { hallId: HALL, uid, dataId })).rejects.toMatchObject({ code: status.NOT_FOUND });
});

test('StarGame away is told as that', async () => {
  await world.addTerminal(uid);
  await world.play(uid);
  const away = await serve(world.createReader({ STARGAME_API_URL: await closedUrl() }));
  await expect(read({}, away.client)).rejects.toMatchObject({ code: status.UNAVAILABLE, details: /StarGame/ });
  away.client.close();
  await away.server.close();
});
