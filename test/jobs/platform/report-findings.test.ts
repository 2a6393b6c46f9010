import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { change, createPool, inTransaction, type Pool, selectRows } from '../../../src/common/db.ts';
import { migrate } from '../../../src/common/migrate.ts';
import { REPORT_FIGURES } from '../../../src/jobs/platform/config.ts';
import { compareDay, MAX_FINDINGS } from '../../../src/jobs/platform/reports/compare.ts';
import { NO_FIGURES } from '../../../src/jobs/platform/reports/figures.ts';
import { type WrittenDay, writeDay } from '../../../src/jobs/platform/reports/write-day.ts';
import { JOBS_SCHEMA } from '../../../src/jobs/schema.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/database.ts';

const KEY = { operatorId: 'casino', day: '2026-11-18' };
const NETENT = { vendor: 'netent', currencyCode: 'EUR' };
const PULL = { doneAtMs: Date.parse('2026-11-19T02:00Z'), pulls: 1 };
const NOON_MS = Date.parse('2026-11-20T12:00Z');

let database: TestDatabase;
let pool: Pool;
let nowMs: number;

beforeAll(async () => {
  database = await createTestDatabase();
  await migrate(database.url, JOBS_SCHEMA);
  pool = createPool(database.url, { connectionLimit: 5 });
});

afterAll(async () => {
  await pool.end();
  await database.drop();
});

beforeEach(async () => {
  for (const table of ['platform_pulls', 'report_comparisons', 'discrepancies']) {
    await change(pool, `DELETE FROM ${table}`);
  }
  await change(
    pool,
    `INSERT INTO platform_pulls (operator_id, kind, item, due_at_ms, leased_until_ms, done_at_ms, pulls, failures, error)
     VALUES (?)`,
    [[KEY.operatorId, 'report', KEY.day, null, 0, PULL.doneAtMs, PULL.pulls, 0, '']],
  );
  nowMs = NOON_MS;
});

const bets = (units: bigint) => ({ ...NO_FIGURES, betsCount: 1n, betsUnits: units, ggrUnits: units });

type Changes = { isFinal?: boolean; completeUntilMs?: number; asOfMs?: number; pulls?: number };

/** Compares with their bets of so much, where ours are 1.00; null: they have no row. */
function compare(theirUnits: bigint | null, changes: Changes = {}): Promise<WrittenDay | null> {
  nowMs += 1_000;
  const { isFinal = true, completeUntilMs = NOON_MS, asOfMs = nowMs, pulls = PULL.pulls } = changes;
  const theirs = theirUnits === null ? [] : [{ ...NETENT, figures: bets(theirUnits) }];
  const compared = compareDay([{ ...NETENT, figures: bets(100n) }], theirs, {
    figures: REPORT_FIGURES,
    toleranceUnits: 0n,
  });
  const groups = compared.map((group) => ({ ...group, cause: '' as const }));
  const day = { ...KEY, groups, isFinal, completeUntilMs, asOfMs, pull: { ...PULL, pulls } };
  return inTransaction(pool, (connection) => writeDay(connection, day));
}

const decide = (state: string, resolvedAtMs: number): Promise<number> =>
  change(pool, 'UPDATE discrepancies SET state = ?, resolved_at_ms = ? WHERE state = ?', [state, resolvedAtMs, 'open']);

const states = async (): Promise<string[]> => {
  const rows = await selectRows<{ finding_key: string; state: string }>(
    pool,
    'SELECT finding_key, state FROM discrepancies ORDER BY discrepancy_id',
  );
  return rows.map((row) => `${row.finding_key} ${row.state}`);
};

const comparison = () =>
  selectRows<{ state: string; finding_key: string }>(pool, 'SELECT state, finding_key FROM report_comparisons');

const FIRST = 'report:casino:2026-11-18:netent:EUR';

test('after a correction the rest of the difference is found anew, once our books know of the correction', async () => {
  expect(await compare(200n)).toMatchObject({ found: [NETENT] });
  await decide('corrected', NOON_MS + 10_000);
  expect(await compare(200n, { completeUntilMs: NOON_MS + 10_000 })).toEqual({ found: [], explained: 0 });
  expect(await comparison()).toEqual([{ state: 'differs', finding_key: FIRST }]);
  expect(await compare(200n, { completeUntilMs: NOON_MS + 10_001 })).toMatchObject({ found: [NETENT] });
  expect(await states()).toEqual([`${FIRST} corrected`, `${FIRST}#2 open`]);
  expect(await comparison()).toEqual([{ state: 'differs', finding_key: `${FIRST}#2` }]);
  expect(await compare(100n)).toEqual({ found: [], explained: 1 });
  expect(await states()).toEqual([`${FIRST} corrected`, `${FIRST}#2 explained`]);
  expect(await comparison()).toEqual([{ state: 'agrees', finding_key: `${FIRST}#2` }]);
});

test('what is being corrected, or was refused, is left alone', async () => {
  for (const state of ['approved', 'refused']) {
    await compare(200n);
    await decide(state, NOON_MS);
    for (const units of [300n, 100n, null]) expect(await compare(units)).toEqual({ found: [], explained: 0 });
    expect(await states()).toEqual([`${FIRST} ${state}`]);
    await change(pool, 'DELETE FROM discrepancies');
  }
});

test('one group has only so many findings, however often it is dismissed and differs otherwise', async () => {
  for (let units = 200n; units < 230n; units += 1n) {
    await compare(units);
    await decide('dismissed', nowMs);
  }
  const found = await states();
  expect(found).toHaveLength(MAX_FINDINGS);
  expect(found.at(-1)).toBe(`${FIRST}#${MAX_FINDINGS} dismissed`);
});

test('nothing is found while a side is not complete, and what was found stays', async () => {
  expect(await compare(200n, { isFinal: false })).toEqual({ found: [], explained: 0 });
  expect(await comparison()).toEqual([{ state: 'provisional', finding_key: '' }]);
  await compare(200n);
  await compare(100n, { isFinal: false });
  expect(await states()).toEqual([`${FIRST} open`]);
});

test('older sums, and a report that is not there any more, write nothing', async () => {
  await compare(200n);
  const before = await selectRows(pool, 'SELECT * FROM report_comparisons');
  expect(await compare(100n, { asOfMs: NOON_MS })).toEqual({ found: [], explained: 0 });
  expect(await compare(100n, { pulls: 2 })).toBeNull();
  expect(await selectRows(pool, 'SELECT * FROM report_comparisons')).toEqual(before);
  expect(await states()).toEqual([`${FIRST} open`]);
});

test('a group that both sides have lost is explained, and no longer compared', async () => {
  await compare(null);
  expect(await states()).toEqual([`${FIRST} open`]);
  nowMs += 1_000;
  const empty = { ...KEY, groups: [], isFinal: true, completeUntilMs: NOON_MS, asOfMs: nowMs, pull: PULL };
  expect(await inTransaction(pool, (connection) => writeDay(connection, empty))).toEqual({ found: [], explained: 1 });
  expect(await comparison()).toEqual([]);
});

test('many who write the same day at once find it once', async () => {
  const written = await Promise.all(Array.from({ length: 8 }, () => compare(200n, { asOfMs: NOON_MS + 5_000 })));
  expect(written.flatMap((each) => each?.found ?? [])).toHaveLength(1);
  expect(await states()).toEqual([`${FIRST} open`]);
});
