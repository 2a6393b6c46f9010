import { create } from '@bufbuild/protobuf';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPool } from '../../../src/common/db.ts';
import { AuditService } from '../../../src/gen/wallet/v1/audit_pb.ts';
import {
  AddStopRequestSchema,
  StopRequestSchema,
  StopScope,
  StopService,
} from '../../../src/gen/wallet/v1/stops_pb.ts';
import { createStopsService } from '../../../src/wallet/services/stops.ts';
import { createCall, type Fixture, refusal, startFixture } from './fixture.ts';

const { method } = AuditService;
const stops = StopService.method;
const OPS_TOKEN = 'token-of-the-dashboard';
const CLI_TOKEN = 'token-of-the-cli';

let fixture: Fixture;
let dashboard: ReturnType<typeof createCall>;
let cli: ReturnType<typeof createCall>;

beforeAll(async () => {
  fixture = await startFixture({ WALLET_SERVICES: `dashboard:read+ops:${OPS_TOKEN},cli:read+admin:${CLI_TOKEN}` });
  dashboard = createCall(fixture.wallet, { token: OPS_TOKEN });
  cli = createCall(fixture.wallet, { token: CLI_TOKEN });
});
afterAll(async () => {
  dashboard.close();
  cli.close();
  await fixture.stop();
});

const list = async (limit = 1_000) => (await cli.call(method.listAudit, { limit })).entries;
const lines = async () =>
  (await list()).map(({ actor, action, target, detail }) => [actor, action, target, detail].join(' | '));

describe('the trail', () => {
  it('keeps what is recorded, newest first', async () => {
    const before = Date.now();
    const entry = { actor: 'Anna | ops', action: 'job.retry', target: 'void/17', detail: 'twice,\nreally' };
    const first = await dashboard.call(method.recordAudit, entry);
    expect(first).toMatchObject(entry);
    expect(Number(first.atMs)).toBeGreaterThanOrEqual(before);
    const second = await dashboard.call(method.recordAudit, { action: 'login' });
    expect(second).toMatchObject({ actor: 'dashboard', action: 'login', target: '', detail: '' });
    const third = await dashboard.call(method.recordAudit, { actor: 'Ж'.repeat(64), action: 'logout' });
    const newest = await list(3);
    const byTime = [...newest].sort((a, b) => Number(b.auditId - a.auditId));
    expect(newest).toEqual(byTime);
    expect(newest).toEqual(expect.arrayContaining([first, second, third]));
    expect(await list(1)).toEqual(newest.slice(0, 1));
  });

  it('keeps all of many who record at once', async () => {
    const recorded = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        dashboard.call(method.recordAudit, { action: 'at.once', target: String(index) }),
      ),
    );
    expect(new Set(recorded.map((entry) => entry.auditId)).size).toBe(50);
    expect((await list()).filter((entry) => entry.action === 'at.once')).toHaveLength(50);
  });

  it.each([
    ['actor', { actor: 'x'.repeat(65) }],
    ['actor', { actor: 'a\nb' }],
    ['action', { action: '' }],
    ['action', { action: 'Login' }],
    ['action', { action: 'x'.repeat(33) }],
    ['target', { target: 'x'.repeat(129) }],
    ['target', { target: '\u001b[31m' }],
    ['detail', { detail: 'x'.repeat(256) }],
  ])('says INVALID_ARGUMENT and names %s', async (field, wrong) => {
    const refused = await refusal(dashboard.call(method.recordAudit, { action: 'wrong', ...wrong }));
    expect(refused.code).toBe('INVALID_ARGUMENT');
    expect(refused.details).toMatch(new RegExp(`^${field}: `));
    expect((await list()).filter((entry) => entry.action === 'wrong')).toEqual([]);
  });

  it('says INVALID_ARGUMENT for more than 1000', async () => {
    expect((await refusal(list(1_001))).details).toBe('limit: must be 1 to 1000');
  });
});

describe("a stop's audit", () => {
  it('is written where something changed, with who asked', async () => {
    const before = (await lines()).length;
    const casino = { scope: StopScope.OPERATOR, scopeId: 'casino' };
    await cli.call(stops.addStop, { ...casino, note: 'fire', actor: 'cli:anna' });
    await cli.call(stops.addStop, { ...casino, note: 'again', actor: 'cli:bert' });
    await dashboard.call(stops.addStop, { scope: StopScope.ALL });
    await dashboard.call(stops.removeStop, { ...casino, actor: 'carl' });
    await dashboard.call(stops.removeStop, { ...casino, actor: 'dora' });
    await cli.call(stops.removeStop, { scope: StopScope.ALL });
    await refusal(cli.call(stops.addStop, { scope: StopScope.GAME, scopeId: 'x', actor: 'erik' }));
    const written = (await lines()).slice(0, -before || undefined);
    expect(written.toSorted()).toEqual([
      'carl | stop.remove | operator casino | ',
      'cli | stop.remove | all | ',
      'cli:anna | stop.add | operator casino | fire',
      'dashboard | stop.add | all | ',
    ]);
  });

  it('says INVALID_ARGUMENT for a wrong actor, and nothing is stopped', async () => {
    const refused = await refusal(cli.call(stops.addStop, { scope: StopScope.ALL, actor: 'x'.repeat(65) }));
    expect(refused.details).toBe('actor: must be 1 to 64 characters');
    expect((await cli.call(stops.listStops, {})).stops).toEqual([]);
  });

  it('of twenty at once who add and remove the same stop, as many add as remove', async () => {
    const stop = { scope: StopScope.VENDOR, scopeId: 'Busy' };
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        index % 2 === 0 ? cli.call(stops.addStop, stop) : cli.call(stops.removeStop, stop),
      ).map((answer) => answer.catch(() => undefined)),
    );
    await cli.call(stops.removeStop, stop);
    const of = (action: string) =>
      list().then((all) => all.filter((entry) => entry.action === action && entry.target === 'vendor Busy').length);
    expect(await of('stop.add')).toBeGreaterThan(0);
    expect(await of('stop.add')).toBe(await of('stop.remove'));
  });

  it('commits with the stop, or neither does', async () => {
    const pool = createPool(fixture.databaseUrl, { connectionLimit: 1 });
    const taken = (await list(1))[0]?.auditId ?? 0n;
    const handlers = createStopsService({ pool, now: Date.now, newAuditId: () => taken });
    const context = { service: 'test', requestId: 'r', deadlineAtMs: Date.now() + 10_000 };
    const key = { scope: StopScope.OPERATOR, scopeId: 'atomic' };
    await expect(handlers.addStop(create(AddStopRequestSchema, key), context)).rejects.toThrow('no free audit id');
    expect((await cli.call(stops.listStops, {})).stops).toEqual([]);
    await cli.call(stops.addStop, key);
    await expect(handlers.removeStop(create(StopRequestSchema, key), context)).rejects.toThrow('no free audit id');
    expect((await cli.call(stops.listStops, {})).stops).toHaveLength(1);
    await cli.call(stops.removeStop, key);
    await pool.end();
  });
});
