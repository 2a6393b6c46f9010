import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { change } from '../../../src/common/db.ts';
import { closedUrl, createWorld, DAY_MS, HALL, HOUR_MS, harvest, metric, type World } from './fixture.ts';

let world: World;

beforeAll(async () => {
  world = await createWorld();
});

afterAll(async () => {
  await world[Symbol.asyncDispose]();
});

let lastUid = 1000;
let uid: string;

beforeEach(async () => {
  world.clock.aheadMs = 0;
  world.simulator.stargame.faults.clear();
  await world.forget();
  lastUid += 1;
  uid = String(lastUid);
});

const records = { new: { result: 'new' }, known: { result: 'known' }, differs: { result: 'differs' } };

test('a terminal that was played at: what there is since it was linked, at most seven days back', async () => {
  await world.addTerminal(uid, { linkedAgoMs: 9 * DAY_MS });
  await world.play(uid);
  const now = world.now();
  world.log(uid, now - 7 * DAY_MS - HOUR_MS);
  const ids = [6.5 * DAY_MS, 3 * DAY_MS, 26 * HOUR_MS, HOUR_MS].map((agoMs) => world.log(uid, now - agoMs));
  world.log(uid, now);
  await harvest(world.createReader());
  expect(await world.kept(uid)).toEqual(ids);
  const row = await world.row(uid);
  expect(row).toMatchObject({ failures: 0, error: '', record_count: 4n });
  expect(Number(row?.harvested_until_ms)).toBeGreaterThan(now - 62_000);
  expect(Number(row?.due_at_ms)).toBeGreaterThan(now + HOUR_MS - 1);
  expect(await world.sql('SELECT * FROM harvest_gaps WHERE uid = ?', [uid])).toEqual([]);
});

test('every hour, with overlap: what comes late is found, and nothing is kept twice', async () => {
  await world.addTerminal(uid);
  await world.play(uid);
  const start = world.now();
  const first = world.log(uid, start + 10 * 60_000);
  world.clock.aheadMs = 12 * 60_000;
  const reader = world.createReader();
  await harvest(reader);
  const late = world.log(uid, start + 5 * 60_000);
  await harvest(reader);
  expect(await world.kept(uid)).toEqual([first]);
  world.clock.aheadMs += HOUR_MS;
  const next = world.log(uid, start + HOUR_MS);
  await harvest(reader);
  expect(await world.kept(uid)).toEqual([late, first, next]);
  expect(await metric(reader, 'croupier_harvest_records_total', records.known)).toBe(1);
  expect(await metric(reader, 'croupier_harvest_records_total', records.new)).toBe(3);
});

test('a record is kept as it was first told', async () => {
  await world.addTerminal(uid);
  await world.play(uid);
  const dataId = world.log(uid, world.now() - 2 * 60_000);
  const reader = world.createReader();
  await harvest(reader);
  await change(world.pool, 'UPDATE game_logs SET win_units = 77 WHERE uid = ?', [uid]);
  world.clock.aheadMs = HOUR_MS;
  world.log(uid, world.now() - 2 * 60_000);
  await change(world.pool, 'UPDATE harvests SET harvested_until_ms = ? WHERE uid = ?', [world.now() - HOUR_MS, uid]);
  await harvest(reader);
  const [row] = await world.sql('SELECT win_units FROM game_logs WHERE uid = ? AND data_id = ?', [uid, dataId]);
  expect(row).toEqual({ win_units: 77n });
  expect(await metric(reader, 'croupier_harvest_records_total', records.differs)).toBe(1);
});

test('an outage of days is made up', async () => {
  await world.addTerminal(uid);
  await world.play(uid);
  const reader = world.createReader();
  await harvest(reader);
  const start = world.now();
  const ids = [1, 2, 3, 4, 5].map((day) => world.log(uid, start + day * DAY_MS - 61_000));
  world.clock.aheadMs = 5 * DAY_MS;
  await harvest(reader);
  expect(await world.kept(uid)).toEqual(ids);
  expect(await metric(reader, 'croupier_harvest_gaps')).toBe(0);
});

test('what StarGame keeps no more is told as a gap, and what it keeps is read', async () => {
  await world.addTerminal(uid);
  await world.play(uid);
  await harvest(world.createReader());
  const { harvested_until_ms: left } = (await world.row(uid)) ?? { harvested_until_ms: 0n };
  world.log(uid, world.now() + DAY_MS);
  const kept = world.log(uid, world.now() + 5 * DAY_MS);
  world.clock.aheadMs = 10 * DAY_MS;
  const reader = world.createReader();
  await harvest(reader);
  expect(await world.kept(uid)).toEqual([kept]);
  const gaps = await world.sql<{ from_ms: bigint; until_ms: bigint }>('SELECT * FROM harvest_gaps WHERE uid = ?', [
    uid,
  ]);
  expect(gaps).toHaveLength(1);
  expect(gaps[0]?.from_ms).toBe(left);
  expect(Number(gaps[0]?.until_ms)).toBeGreaterThan(world.now() - 7 * DAY_MS);
  expect(await metric(reader, 'croupier_harvest_gaps')).toBe(1);
});

test('a record that comes after its time was reconciled makes the reconciliation go back', async () => {
  await world.addTerminal(uid);
  await world.play(uid);
  world.log(uid, world.now() - 5 * 60_000);
  await harvest(world.createReader());
  const now = world.now();
  await change(
    world.pool,
    `INSERT INTO reconciliations (hall_id, uid, version, settled_until_ms, cut, after_seq, seen_seq, rewind_to_ms, kept_cut_ms,
       matched_records, updated_at_ms) VALUES (?)`,
    [[HALL, uid, 1, now - 2 * 60_000, '', 0, 0, null, 0, 0, now]],
  );
  const rewind = async (): Promise<unknown> =>
    (await world.sql<{ rewind_to_ms: bigint }>('SELECT rewind_to_ms FROM reconciliations WHERE uid = ?', [uid]))[0]
      ?.rewind_to_ms;
  world.clock.aheadMs = HOUR_MS;
  world.log(uid, now + 60_000);
  await harvest(world.createReader());
  expect(await rewind()).toBeNull();
  await change(world.pool, 'UPDATE harvests SET harvested_until_ms = ? WHERE uid = ?', [now, uid]);
  world.clock.aheadMs = 2 * HOUR_MS;
  const lateAtMs = Math.floor((now - 4 * 60_000) / 1000) * 1000;
  world.log(uid, now - 3 * 60_000);
  world.log(uid, lateAtMs);
  await harvest(world.createReader());
  expect(await rewind()).toBe(BigInt(lateAtMs));
});

test('a terminal that fails is tried again later, and stops nobody', async () => {
  const other = `${uid}9`;
  await world.addTerminal(uid, { password: 'wrong' });
  await world.addTerminal(other);
  await Promise.all([world.play(uid), world.play(other)]);
  const dataId = world.log(other, world.now() - 61_000);
  const reader = world.createReader();
  await harvest(reader);
  expect(await world.kept(other)).toEqual([dataId]);
  const row = await world.row(uid);
  expect(row).toMatchObject({ failures: 1, error: 'wrong_user_pass' });
  expect(Number(row?.due_at_ms)).toBeLessThan(world.now() + 61_000);
  expect(await metric(reader, 'croupier_harvest_terminals_failing')).toBe(1);

  // Told as wrong, it is looked up in StarGame's list.
  world.clock.aheadMs = 62_000;
  world.log(uid, world.now() - 120_000);
  await harvest(reader);
  expect(await world.row(uid)).toMatchObject({ failures: 0, error: '' });
});

test('a terminal whose password nobody knows is a failure with a reason', async () => {
  await world.addTerminal(uid, { password: null });
  await world.play(uid);
  world.simulator.stargame.faults.add({ operation: 'api_get_userslist', kind: 'error_code', code: 'wrong_signature' });
  await harvest(world.createReader());
  expect(await world.row(uid)).toMatchObject({ failures: 1, error: "the terminal's password is not known" });
});

test.each([
  ['malformed_xml', /remotecab_game_history/],
  ['html', /remotecab_game_history/],
] as const)('an answer that is none (%s) fails its terminal, without secrets', async (kind, reason) => {
  await world.addTerminal(uid);
  await world.play(uid);
  world.simulator.stargame.faults.add({ operation: 'remotecab_game_history', kind });
  await harvest(world.createReader());
  const row = await world.row(uid);
  expect(row?.failures).toBe(1);
  expect(row?.error).toMatch(reason);
  expect(row?.error).not.toContain(`password${uid}`);
});

test('StarGame away: the run ends without a failure of anybody, and the next one goes on', async () => {
  await world.addTerminal(uid);
  await world.play(uid);
  const dataId = world.log(uid, world.now() - 61_000);
  await harvest(world.createReader({ STARGAME_API_URL: await closedUrl() }));
  expect(await world.row(uid)).toMatchObject({ failures: 0, error: '', record_count: 0n });
  await harvest(world.createReader());
  expect(await world.kept(uid)).toEqual([dataId]);
});

test('two processes at once read each terminal once', async () => {
  const uids = Array.from({ length: 30 }, (_, index) => `${uid}${index + 10}`);
  const ids: bigint[] = [];
  for (const each of uids) {
    await world.addTerminal(each);
    await world.play(each);
    for (let spin = 0; spin < 20; spin += 1) ids.push(world.log(each, world.now() - 70_000 - spin * 1000));
  }
  const readers = [world.createReader(), world.createReader()];
  await Promise.all(readers.map(harvest));
  const kept = (await Promise.all(uids.map(world.kept))).flat();
  expect(new Set(kept)).toEqual(new Set(ids));
  expect(kept).toHaveLength(600);
  const fresh = await Promise.all(
    readers.map((reader) => metric(reader, 'croupier_harvest_records_total', records.new)),
  );
  expect(fresh.reduce((sum, count) => sum + count)).toBe(600);
  const known = await Promise.all(
    readers.map((reader) => metric(reader, 'croupier_harvest_records_total', records.known)),
  );
  expect(known).toEqual([0, 0]);
});

test('not played at any more: every hour for a while, then once a day, and after seven days no more', async () => {
  await world.addTerminal(uid);
  await world.play(uid);
  const reader = world.createReader();
  await harvest(reader);
  const dueInHours = async (): Promise<number | null> => {
    const due = (await world.row(uid))?.due_at_ms;
    return typeof due === 'bigint' ? Math.round((Number(due) - world.now()) / HOUR_MS) : null;
  };
  expect(await dueInHours()).toBe(1);
  for (const [hours, expected] of [
    [1.1, 1],
    // Looks overlap, so that the second has found the same activity again.
    [2.2, 1],
    [3.3, 21],
    [25, 21],
    [6 * 24, 21],
    [8 * 24, null],
  ] as const) {
    world.clock.aheadMs = hours * HOUR_MS;
    await harvest(reader);
    expect(await dueInHours(), `after ${hours} hours`).toBe(expected);
  }
});

test('left alone for weeks and played at again: no gap, because there was nothing', async () => {
  await world.addTerminal(uid, { linkedAgoMs: 60 * DAY_MS });
  const now = world.now();
  await harvest(world.createReader());
  await change(
    world.pool,
    `UPDATE harvests SET due_at_ms = NULL, harvested_until_ms = ?, active_until_ms = ? WHERE uid = ?`,
    [now - 30 * DAY_MS, now - 37 * DAY_MS, uid],
  );
  await world.play(uid);
  const dataId = world.log(uid, now - 61_000);
  await harvest(world.createReader());
  expect(await world.kept(uid)).toEqual([dataId]);
  expect(await world.sql('SELECT * FROM harvest_gaps WHERE uid = ?', [uid])).toEqual([]);
});

test('play that only the log knows of keeps a terminal busy', async () => {
  await world.addTerminal(uid);
  await world.play(uid);
  await harvest(world.createReader());
  world.clock.aheadMs = 3 * HOUR_MS;
  world.log(uid, world.now() - 61_000);
  await harvest(world.createReader());
  const row = await world.row(uid);
  expect(Number(row?.due_at_ms)).toBeLessThan(world.now() + HOUR_MS + 1);
});

test('the hour that a clock has twice is read whole, in its order', async () => {
  await world.addTerminal(uid, { hallId: '126' });
  await world.play(uid);
  await harvest(world.createReader());
  // Riga: at 01:00 UTC 04:00 becomes 03:00.
  const turnedAtMs = Date.parse('2027-10-31T01:00:00Z');
  const atMs = [-50, -10, 10, 50, 80].map((minutes) => turnedAtMs + minutes * 60_000);
  world.clock.aheadMs = turnedAtMs + 2 * HOUR_MS - Date.now();
  await change(world.pool, 'UPDATE harvest_activity SET seen_until_ms = ?', [turnedAtMs]);
  await change(world.pool, 'UPDATE harvests SET harvested_until_ms = ? WHERE uid = ?', [turnedAtMs - HOUR_MS, uid]);
  for (const each of atMs) world.log(uid, each);
  await harvest(world.createReader());
  const rows = await world.sql<{ played_at_ms: bigint }>(
    'SELECT played_at_ms FROM game_logs WHERE uid = ? ORDER BY data_id',
    [uid],
  );
  expect(rows.map((row) => Number(row.played_at_ms))).toEqual(atMs);
});

test('requests are paced, whatever number of terminals is read at a time', async () => {
  const uids = Array.from({ length: 12 }, (_, index) => `${uid}${index + 10}`);
  for (const each of uids) {
    await world.addTerminal(each);
    await world.play(each);
  }
  const startedAtMs = performance.now();
  await harvest(world.createReader({ HARVEST_RATE_PER_SECOND: '10', HARVEST_CONCURRENCY: '8' }));
  // Ten a second, the first at once: the twelfth can't come before.
  expect(performance.now() - startedAtMs).toBeGreaterThanOrEqual(1_000);
  for (const each of uids) expect(await world.row(each)).toMatchObject({ failures: 0, error: '' });
});
