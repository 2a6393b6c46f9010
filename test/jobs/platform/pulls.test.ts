import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import type { ReportRow } from '../../../src/adapter/platform/client/types.ts';
import { change, createPool, inTransaction, type Pool, selectRow, selectRows } from '../../../src/common/db.ts';
import { migrate } from '../../../src/common/migrate.ts';
import {
  addPulls,
  claimPull,
  claimPulls,
  drainPulls,
  failPull,
  finishPull,
  type Pull,
  type PullKey,
  releasePull,
} from '../../../src/jobs/platform/pulls.ts';
import { storeReport } from '../../../src/jobs/platform/reports/store.ts';
import { JOBS_SCHEMA } from '../../../src/jobs/schema.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/database.ts';

let database: TestDatabase;
let pool: Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  await migrate(database.url, JOBS_SCHEMA);
  pool = createPool(database.url, { connectionLimit: 10 });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

beforeEach(async () => {
  for (const table of ['platform_pulls', 'business_reports']) await change(pool, `DELETE FROM ${table}`);
});

const NOW_MS = Date.UTC(2026, 10, 20, 12);
const MINUTE_MS = 60_000;
const LEASE_MS = 2 * MINUTE_MS;
const DAY = '2026-11-19';
const KEY: PullKey = { operatorId: 'casino', kind: 'report', item: DAY };

const stateOf = ({ operatorId, kind, item }: PullKey) =>
  selectRow<{ due_at_ms: bigint | null; leased_until_ms: bigint; pulls: number; failures: number; error: string }>(
    pool,
    'SELECT due_at_ms, leased_until_ms, pulls, failures, error FROM platform_pulls WHERE operator_id = ? AND kind = ? AND item = ?',
    [operatorId, kind, item],
  );

async function claimed(key: PullKey, nowMs: number): Promise<Pull> {
  const pull = await claimPull(pool, key, { nowMs, leaseMs: LEASE_MS });
  if (pull === null) throw new Error('somebody else is at it');
  return pull;
}

const finish = (pull: Pull, nowMs: number, dueAtMs: number | null): Promise<boolean> =>
  inTransaction(pool, (connection) => finishPull(connection, pull, { nowMs, dueAtMs }));

test('many who take up what is due get each of it once, and nothing that is not due', async () => {
  const due = Array.from({ length: 40 }, (_, index) => ({ ...KEY, operatorId: `op${index}`, dueAtMs: NOW_MS - index }));
  await addPulls(pool, due);
  await addPulls(pool, [{ ...KEY, operatorId: 'later', dueAtMs: NOW_MS + 1 }]);
  await addPulls(pool, [{ ...KEY, operatorId: 'never', dueAtMs: null }]);
  await addPulls(pool, [{ ...KEY, kind: 'games', item: '', dueAtMs: 0 }]);
  const taken: string[] = [];
  const who = { pool, now: () => NOW_MS, kinds: ['report'] as const, leaseMs: LEASE_MS, lanes: 3 };
  const drain = () =>
    drainPulls({ ...who, signal: new AbortController().signal }, async ({ operatorId }) => void taken.push(operatorId));
  await Promise.all([drain(), drain(), drain()]);
  expect(taken.toSorted()).toEqual(due.map(({ operatorId }) => operatorId).toSorted());
});

test('who asks at the same time finds what is due of several kinds, too', async () => {
  const kinds = ['balance_limits', 'ggr_limits'] as const;
  const operatorIds = Array.from({ length: 10 }, (_, index) => `op${index}`);
  const due = kinds.flatMap((kind) =>
    operatorIds.map((operatorId) => ({ operatorId, kind, item: '', dueAtMs: NOW_MS })),
  );
  await addPulls(pool, due);
  const claim = (limit: number) => claimPulls(pool, { kinds, nowMs: NOW_MS, leaseMs: LEASE_MS, limit });
  const taken = await Promise.all([1, 1, 1, 1, 1].map(claim));
  expect(taken.map((pulls) => pulls.length)).toEqual([1, 1, 1, 1, 1]);
  expect(await claim(20)).toHaveLength(15);
  expect(await claim(1)).toEqual([]);
});

test('adding what is there already changes nothing', async () => {
  await addPulls(pool, [{ ...KEY, dueAtMs: 5 }]);
  const pull = await claimed(KEY, NOW_MS);
  const before = await stateOf(KEY);
  await addPulls(pool, [{ ...KEY, dueAtMs: 9 }]);
  expect(await stateOf(KEY)).toEqual(before);
  expect(pull).toMatchObject({ ...KEY, dueAtMs: 5, leasedUntilMs: NOW_MS + LEASE_MS });
});

test('what a dead process had taken up is due again after its lease, and what it writes late is not taken', async () => {
  await addPulls(pool, [{ ...KEY, dueAtMs: NOW_MS }]);
  const dead = await claimed(KEY, NOW_MS);
  const seen = (nowMs: number) => claimPulls(pool, { kinds: ['report'], nowMs, leaseMs: LEASE_MS, limit: 5 });
  expect(await seen(NOW_MS + LEASE_MS - 1)).toEqual([]);
  expect(await claimPull(pool, KEY, { nowMs: NOW_MS + LEASE_MS - 1, leaseMs: LEASE_MS })).toBe(null);
  const [taken] = await seen(NOW_MS + LEASE_MS);
  if (taken === undefined) throw new Error('nobody has taken it up');
  const late = { rows: [row({ betsUnits: 1n })], nowMs: NOW_MS, dueAtMs: null };
  expect(await storeReport(pool, dead, late)).toBe(null);
  expect(await rows()).toEqual([]);
  await failPull(pool, dead, 'late', NOW_MS);
  await releasePull(pool, dead);
  expect(await stateOf(KEY)).toMatchObject({ leased_until_ms: BigInt(taken.leasedUntilMs), failures: 0, pulls: 0 });
  expect(await finish(taken, NOW_MS, null)).toBe(true);
  expect(await finish(taken, NOW_MS, null)).toBe(false);
  expect(await stateOf(KEY)).toMatchObject({ due_at_ms: null, leased_until_ms: 0n, pulls: 1 });
});

test('what fails is tried again ever more seldom, at least every hour', async () => {
  await addPulls(pool, [{ ...KEY, dueAtMs: NOW_MS }]);
  const pauses: number[] = [];
  for (let nowMs = NOW_MS, round = 0; round < 9; round += 1) {
    const [pull] = await claimPulls(pool, { kinds: ['report'], nowMs, leaseMs: LEASE_MS, limit: 1 });
    if (pull === undefined) throw new Error('it is not due');
    await failPull(pool, pull, 'x'.repeat(1_000), nowMs);
    const dueAtMs = Number((await stateOf(KEY))?.due_at_ms);
    pauses.push((dueAtMs - nowMs) / MINUTE_MS);
    nowMs = dueAtMs;
  }
  expect(pauses).toEqual([1, 2, 4, 8, 16, 32, 60, 60, 60]);
  expect(await stateOf(KEY)).toMatchObject({ failures: 9, pulls: 0, error: 'x'.repeat(255) });
});

test.each([null, NOW_MS + 9 * MINUTE_MS])(
  'what was asked for by hand before it was due, and failed, is due when it was: %s',
  async (dueAtMs) => {
    await addPulls(pool, [{ ...KEY, dueAtMs }]);
    await failPull(pool, await claimed(KEY, NOW_MS), 'no', NOW_MS);
    const due = dueAtMs === null ? null : BigInt(dueAtMs);
    expect(await stateOf(KEY)).toMatchObject({ due_at_ms: due, leased_until_ms: 0n, failures: 1, error: 'no' });
    await releasePull(pool, await claimed(KEY, NOW_MS));
    expect(await stateOf(KEY)).toMatchObject({ due_at_ms: due, leased_until_ms: 0n, failures: 1 });
  },
);

const FIGURES = { betsCount: 0n, winsCount: 0n, winsUnits: 0n, freespinsCount: 0n, freespinsUnits: 0n };

function row(more: Partial<ReportRow>): ReportRow {
  return {
    ...{ entityName: 'casino', vendor: 'netent', currencyCode: 'EUR', day: DAY, body: '{}' },
    ...{ ...FIGURES, betsUnits: 0n, jackpotsCount: 0n, jackpotsUnits: 0n, ggrUnits: 0n },
    ...more,
  };
}

type Kept = { vendor: string; currency_code: string; entity_name: string; bets_units: bigint; ggr_units: bigint };
type KeptAt = Kept & { body: string; pulled_at_ms: bigint; changed_at_ms: bigint };

const rows = () => selectRows<KeptAt>(pool, 'SELECT * FROM business_reports ORDER BY vendor, currency_code');

async function store(answer: readonly ReportRow[], nowMs: number) {
  await addPulls(pool, [{ ...KEY, dueAtMs: NOW_MS }]);
  return storeReport(pool, await claimed(KEY, nowMs), { rows: answer, nowMs, dueAtMs: nowMs + 1 });
}

test("a later report takes the earlier one's place, and tells when a figure has changed", async () => {
  const another = row({ vendor: 'other day' });
  await addPulls(pool, [{ ...KEY, item: '2026-11-18', dueAtMs: 0 }]);
  await storeReport(pool, await claimed({ ...KEY, item: '2026-11-18' }, 1), {
    ...{ rows: [another], nowMs: 1, dueAtMs: null },
  });

  const first = [row({ vendor: 'a', betsUnits: 10n }), row({ vendor: 'b', ggrUnits: 5n }), row({ vendor: 'c' })];
  expect(await store(first, NOW_MS)).toEqual({ rows: 3, changed: 3 });
  const second = [
    row({ vendor: 'a', betsUnits: 10n, body: '{"same":1}' }),
    row({ vendor: 'b', ggrUnits: 6n }),
    row({ vendor: 'b', currencyCode: 'USD' }),
  ];
  expect(await store(second, NOW_MS + 1)).toEqual({ rows: 3, changed: 3 });
  const at = (ms: number) => BigInt(NOW_MS + ms);
  expect((await rows()).filter(({ vendor }) => vendor !== 'other day')).toEqual([
    expect.objectContaining({ vendor: 'a', body: '{"same":1}', pulled_at_ms: at(1), changed_at_ms: at(0) }),
    expect.objectContaining({ vendor: 'b', currency_code: 'EUR', ggr_units: 6n, changed_at_ms: at(1) }),
    expect.objectContaining({ vendor: 'b', currency_code: 'USD', changed_at_ms: at(1) }),
  ]);
  expect(await store(second, NOW_MS + 2)).toEqual({ rows: 3, changed: 0 });
  expect(await store([], NOW_MS + 3)).toEqual({ rows: 0, changed: 3 });
  expect((await rows()).map(({ vendor }) => vendor)).toEqual(['other day']);
  expect(await stateOf(KEY)).toMatchObject({ pulls: 4, due_at_ms: at(4) });
});

test('rows of the same vendor, currency and entity are added up, and both are kept', async () => {
  const twice = [
    row({ entityName: ' casino', vendor: 'netent ', betsUnits: 10n, ggrUnits: -3n, body: '{"a":1.10}' }),
    row({ entityName: 'casino', betsUnits: 32n, ggrUnits: 1n, body: '{"b":2}' }),
    row({ entityName: 'second', betsUnits: 1n }),
  ];
  expect(await store(twice, NOW_MS)).toEqual({ rows: 2, changed: 2 });
  expect(await rows()).toMatchObject([
    { ...{ vendor: 'netent', entity_name: 'casino' }, bets_units: 42n, ggr_units: -2n, body: '[{"a":1.10},{"b":2}]' },
    { vendor: 'netent', entity_name: 'second', bets_units: 1n },
  ]);
  expect(await store(twice.toReversed(), NOW_MS + 1)).toEqual({ rows: 2, changed: 0 });
});

test('whatever reports come one after the other, the last one is what is kept, to the unit', async () => {
  const anyRow = fc
    .record({
      vendor: fc.constantFrom('a', 'b', ' b', 'B'),
      currencyCode: fc.constantFrom('EUR', 'USD'),
      betsUnits: fc.bigInt({ min: 0n, max: 10n ** 15n }),
      ggrUnits: fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }),
    })
    .map(row);
  let nowMs = NOW_MS;
  await fc.assert(
    fc.asyncProperty(fc.array(fc.array(anyRow, { maxLength: 8 }), { minLength: 1, maxLength: 4 }), async (answers) => {
      for (const answer of answers) {
        nowMs += 1;
        await store(answer, nowMs);
      }
      const last = answers.at(-1) ?? [];
      const kept = await rows();
      const sum = (of: readonly bigint[]) => of.reduce((a, b) => a + b, 0n);
      expect(sum(kept.map((each) => each.bets_units))).toBe(sum(last.map((each) => each.betsUnits)));
      for (const each of kept) {
        const same = last.filter(
          ({ vendor, currencyCode }) => vendor.trim() === each.vendor && currencyCode === each.currency_code,
        );
        expect(same.length).toBeGreaterThan(0);
        expect(each.ggr_units).toBe(sum(same.map(({ ggrUnits }) => ggrUnits)));
        expect(each.pulled_at_ms).toBe(BigInt(nowMs));
      }
    }),
    { numRuns: 25 },
  );
});
