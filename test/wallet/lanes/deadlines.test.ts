import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Outcome, Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import type { Engine, EngineDeps } from '../../../src/wallet/lanes/engine.ts';
import { createDatabaseProxy, type DatabaseProxy } from './database-proxy.ts';
import { connect, createFixture, type Fixture, newId, repeatsOf, START_UNITS, until } from './fixture.ts';
import { bet, status } from './operations.ts';

// Requests with little time (StarGame) and with much (PLATFORM) in one lane.

let fixture: Fixture;
let proxy: DatabaseProxy;
let registry: Registry;
let user = 0;

beforeAll(async () => {
  fixture = await createFixture({ players: 40 });
  proxy = await createDatabaseProxy(fixture.url);
});
afterAll(async () => {
  await fixture.end();
  await proxy.close();
});
beforeEach(() => {
  user += 3;
  registry = new Registry();
});

const DONE = Reason.UNSPECIFIED;
const LOAD = 'FOR UPDATE';
const WRITE = 'INSERT INTO transactions';

/** Through the proxy, with one lane that knows the test's three players. */
async function warmEngine(options: Partial<EngineDeps> = {}): Promise<Engine> {
  const engine = fixture.engine({ databaseUrl: proxy.url, lanes: 1, registry, ...options });
  for (const each of [user, user + 1, user + 2]) await engine.perform(bet(each, { amountUnits: 0n }));
  return engine;
}

describe('one batch of both', () => {
  test('with a player whom somebody else holds: nobody else is late, and neither is who can wait', async () => {
    const engine = await warmEngine();
    const holder = await connect(fixture.url);
    await holder.query('START TRANSACTION');
    await holder.query('SELECT * FROM accounts WHERE player_id = ? FOR UPDATE', [user]);
    const lockedHurried = newId();
    const [patient, hurried, locked, lockedPatient] = [
      engine.perform(bet(user + 1)),
      engine.perform(bet(user + 2, { deadlineMs: 1_000 })),
      engine.perform(bet(user, { deadlineMs: 1_000, transactionId: lockedHurried })),
      engine.perform(bet(user)),
    ];
    expect(await patient).toMatchObject({ reason: DONE, balanceUnits: START_UNITS - 300n });
    expect(await hurried).toMatchObject({ reason: DONE, balanceUnits: START_UNITS - 300n });
    expect((await locked)?.reason).toBe(Reason.DEADLINE_PASSED);
    await holder.query('ROLLBACK');
    await holder.end();
    expect(await lockedPatient).toMatchObject({ reason: DONE, balanceUnits: START_UNITS - 300n });
    expect((await engine.perform(status(user, { transactionId: lockedHurried }))).reason).toBe(
      Reason.TRANSACTION_NOT_FOUND,
    );
  });

  test('that a slow database holds up: the hurried one hears of it in time, and its neighbours lose nothing', async () => {
    const engine = await warmEngine();
    await skipLocks(engine);
    const endedBefore = await repeatsOf(registry, 'killed');
    const reached = proxy.holdNext(LOAD);
    let released = false;
    const beforeRelease = (each: Promise<Outcome>) => each.then((outcome) => ({ ...outcome, released }));
    const patient = beforeRelease(engine.perform(bet(user)));
    const hurriedId = newId();
    const hurried = beforeRelease(engine.perform(bet(user, { deadlineMs: 40, transactionId: hurriedId })));
    const another = beforeRelease(engine.perform(bet(user + 1, { deadlineMs: 60 })));
    const release = await reached;
    expect(await hurried).toMatchObject({ reason: Reason.DEADLINE_PASSED, released: false });
    expect(await another).toMatchObject({ reason: Reason.DEADLINE_PASSED, released: false });
    released = true;
    release();
    expect(await patient).toMatchObject({ reason: DONE, balanceUnits: START_UNITS - 300n, released: true });
    expect(await repeatsOf(registry, 'killed')).toBe(endedBefore);
    expect((await engine.perform(status(user, { transactionId: hurriedId }))).reason).toBe(
      Reason.TRANSACTION_NOT_FOUND,
    );
  });

  /** Lets the lane meet a lock, after which it leaves out who is locked for a while. */
  async function skipLocks(engine: Engine): Promise<void> {
    const holder = await connect(fixture.url);
    await holder.query('START TRANSACTION');
    await holder.query('SELECT * FROM accounts WHERE player_id = ? FOR UPDATE', [user + 2]);
    const locked = engine.perform(bet(user + 2));
    await until('its wait was ended', async () => (await repeatsOf(registry, 'killed')) > 0);
    await holder.query('ROLLBACK');
    await holder.end();
    expect((await locked).reason).toBe(DONE);
  }
});

describe('a database that stalls', () => {
  test('in a COMMIT of nobody but the hurried: they are told for certain, when it goes on', async () => {
    const engine = await warmEngine();
    const reached = proxy.holdNext(WRITE);
    const outcome = engine.perform(bet(user, { deadlineMs: 150 }));
    const release = await reached;
    // Far beyond the deadline, as the server counts it.
    await fixture.sql.query('DO SLEEP(0.4)');
    release();
    expect(await outcome).toMatchObject({ reason: DONE, replayed: false });
    expect(await repeatsOf(registry, 'lost')).toBe(0);
  });

  test('behind it: the hurried are told in time that nothing was done, and the others wait', async () => {
    const engine = await warmEngine();
    const reached = proxy.holdNext(WRITE);
    const stalled = engine.perform(bet(user));
    const release = await reached;
    const patient = engine.perform(bet(user));
    const transactionId = newId();
    expect((await engine.perform(bet(user, { deadlineMs: 40, transactionId }))).reason).toBe(Reason.DEADLINE_PASSED);
    release();
    expect((await stalled).reason).toBe(DONE);
    expect(await patient).toMatchObject({ reason: DONE, balanceUnits: START_UNITS - 600n });
    expect((await engine.perform(status(user, { transactionId }))).reason).toBe(Reason.TRANSACTION_NOT_FOUND);
  });

  test.each([
    { stalls: 1, refusedAtMost: 0 },
    { stalls: 10, refusedAtMost: 3 },
  ])('$stalls times for 200 ms is soon forgiven', async ({ stalls, refusedAtMost }) => {
    let nowMs = 0;
    const engine = await warmEngine({ clock: () => nowMs });
    for (let stall = 0; stall < stalls; stall += 1) {
      const reached = proxy.holdNext(WRITE);
      const outcome = engine.perform(bet(user));
      const release = await reached;
      nowMs += 200;
      release();
      expect((await outcome).reason).toBe(DONE);
    }
    const reasons: Reason[] = [];
    for (let n = 0; n < 20; n += 1) reasons.push((await engine.perform(bet(user, { deadlineMs: 38 }))).reason);
    const refused = reasons.lastIndexOf(Reason.DEADLINE_PASSED) + 1;
    expect(refused).toBeLessThanOrEqual(refusedAtMost);
    expect(new Set(reasons.slice(refused))).toEqual(new Set([DONE]));
  });
});

test('less time than a batch takes: refused before the database is touched', async () => {
  let nowMs = 0;
  const engine = await warmEngine({ clock: () => nowMs });
  for (let n = 0; n < 40; n += 1) {
    const reached = proxy.holdNext(WRITE);
    const outcome = engine.perform(bet(user, { amountUnits: 0n }));
    const release = await reached;
    nowMs += 20;
    release();
    await outcome;
  }
  let touched = false;
  void proxy.holdNext('START TRANSACTION').then((release) => {
    touched = true;
    release();
  });
  expect((await engine.perform(bet(user, { deadlineMs: 15 }))).reason).toBe(Reason.DEADLINE_PASSED);
  expect(touched).toBe(false);
  expect((await engine.perform(bet(user, { deadlineMs: 38 }))).reason).toBe(DONE);
  expect(touched).toBe(true);
});

test('all of it leaves the ledger whole', async () => {
  expect(await fixture.findings()).toEqual([]);
});
