import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Operation, type Outcome, Reason, TransactionStatus } from '../../../src/gen/wallet/v1/money_pb.ts';
import type { Engine, EngineDeps } from '../../../src/wallet/lanes/engine.ts';
import { createDatabaseProxy, type DatabaseProxy } from './database-proxy.ts';
import { createFixture, type Fixture, newId, START_UNITS, until, untilLaneWaits } from './fixture.ts';
import { bet, cancel, finishRound, win } from './operations.ts';

let fixture: Fixture;
let proxy: DatabaseProxy;
/** A player of each test's own. */
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
  user += 1;
});

const DONE = Reason.UNSPECIFIED;

/** Through the proxy, with one lane that knows the player and has its connection. */
async function proxiedEngine(options: Partial<EngineDeps> = {}): Promise<Engine> {
  const engine = fixture.engine({ databaseUrl: proxy.url, lanes: 1, ...options });
  await engine.perform(bet(user, { amountUnits: 0n, roundId: 'r-lost' }));
  return engine;
}

async function rowsOf(transactionId: string): Promise<number> {
  const [rows] = await fixture.sql.query('SELECT 1 FROM transactions WHERE transaction_id = ?', [transactionId]);
  return Array.isArray(rows) ? rows.length : 0;
}

const landed = (transactionId: string): Promise<void> =>
  until('the COMMIT took effect', async () => (await rowsOf(transactionId)) > 0);

/** Sends it, loses the answer to its COMMIT once that took effect, and gives what the engine made of it. */
async function loseAnswer(engine: Engine, operation: Operation, took: () => Promise<void>): Promise<Outcome> {
  const reached = proxy.nextCommit('lost after');
  const outcome = engine.perform(operation);
  const held = await reached;
  await took();
  held.cut();
  return outcome;
}

describe('a COMMIT whose answer is lost', () => {
  test('of a bet: it is there once, and answered as done', async () => {
    const engine = await proxiedEngine();
    const transactionId = newId();
    const outcome = await loseAnswer(engine, bet(user, { transactionId }), () => landed(transactionId));
    expect(outcome).toMatchObject({ reason: DONE, replayed: true, balanceUnits: START_UNITS - 300n });
    expect(await fixture.ledger(BigInt(user))).toEqual(['bet ok 0', 'bet ok 300']);
  });

  test('of a refusal for good: the same refusal', async () => {
    const engine = await proxiedEngine();
    const transactionId = newId();
    const refused = bet(user, { transactionId, amountUnits: START_UNITS + 1n });
    const outcome = await loseAnswer(engine, refused, () => landed(transactionId));
    expect(outcome).toMatchObject({ reason: Reason.INSUFFICIENT_FUNDS, replayed: true });
    expect(await rowsOf(transactionId)).toBe(1);
  });

  test('of a cancel: undone once, and said so', async () => {
    const engine = await proxiedEngine();
    const transactionId = newId();
    await engine.perform(bet(user, { transactionId }));
    const outcome = await loseAnswer(engine, cancel(user, { transactionId }), () =>
      until('the reversal is there', async () => (await rowsOf(transactionId)) === 2),
    );
    expect(outcome).toMatchObject({ reason: DONE, transactionStatus: TransactionStatus.CANCELED, replayed: true });
    expect(await fixture.account(BigInt(user))).toMatchObject({ balanceUnits: START_UNITS });
  });

  test('of a tombstone: not found, and the bet is refused', async () => {
    const engine = await proxiedEngine();
    const transactionId = newId();
    const outcome = await loseAnswer(engine, cancel(user, { transactionId }), () => landed(transactionId));
    expect(outcome).toMatchObject({ reason: Reason.TRANSACTION_NOT_FOUND, replayed: true });
    expect((await engine.perform(bet(user, { transactionId }))).reason).toBe(Reason.TRANSACTION_CANCELED);
  });

  test('of a finishround: closed, and one job is owed', async () => {
    const engine = await proxiedEngine();
    const owed = async (): Promise<unknown[]> => {
      const [rows] = await fixture.sql.query('SELECT topic FROM outbox WHERE player_id = ?', [user]);
      return Array.isArray(rows) ? rows : [];
    };
    const outcome = await loseAnswer(engine, finishRound(user, { roundId: 'r-lost' }), () =>
      until('the job is owed', async () => (await owed()).length > 0),
    );
    expect(outcome).toMatchObject({ reason: DONE, replayed: true });
    expect(await owed()).toHaveLength(1);
  });

  test('of a whole batch: each gets its own answer, once', async () => {
    const engine = await proxiedEngine();
    const ids = [newId(), newId(), newId()];
    const reached = proxy.nextCommit('lost after');
    const outcomes = Promise.all([
      engine.perform(bet(user, { transactionId: ids[0] as string })),
      engine.perform(bet(user, { sessionToken: 'unknown' })),
      engine.perform(bet(user, { transactionId: ids[1] as string, amountUnits: START_UNITS })),
      engine.perform(win(user, { transactionId: ids[2] as string, amountUnits: 50n })),
    ]);
    const held = await reached;
    await landed(ids[2] as string);
    held.cut();
    expect((await outcomes).map(({ reason, balanceUnits }) => [reason, balanceUnits])).toEqual([
      [DONE, START_UNITS - 300n],
      [Reason.SESSION_INVALID, 0n],
      [Reason.INSUFFICIENT_FUNDS, 0n],
      [DONE, START_UNITS - 250n],
    ]);
    expect(await fixture.ledger(BigInt(user))).toEqual([
      'bet ok 0',
      'bet ok 300',
      `bet error ${START_UNITS}`,
      'win ok 50',
    ]);
  });
});

describe('a COMMIT that never arrives', () => {
  test('is done again, once', async () => {
    const engine = await proxiedEngine();
    const transactionId = newId();
    const reached = proxy.nextCommit('lost before');
    const outcome = engine.perform(bet(user, { transactionId }));
    await reached;
    expect(await outcome).toMatchObject({ reason: DONE, balanceUnits: START_UNITS - 300n });
    expect(await fixture.ledger(BigInt(user))).toEqual(['bet ok 0', 'bet ok 300']);
  });

  test('several times over, is done in the end', async () => {
    const engine = await proxiedEngine();
    const outcome = engine.perform(bet(user));
    for (let n = 0; n < 4; n += 1) await proxy.nextCommit('lost before');
    expect(await outcome).toMatchObject({ reason: DONE, balanceUnits: START_UNITS - 300n });
    expect(await fixture.ledger(BigInt(user))).toEqual(['bet ok 0', 'bet ok 300']);
  });
});

describe('a COMMIT that is still on its way when the connection is gone', () => {
  test('and arrives while the lane asks again: it is there once, and answered as done', async () => {
    const engine = await proxiedEngine();
    const transactionId = newId();
    const reached = proxy.nextCommit('late');
    const outcome = engine.perform(bet(user, { transactionId }));
    const held = await reached;
    await untilLaneWaits(fixture.sql);
    expect(await rowsOf(transactionId)).toBe(0);
    held.arrive();
    expect(await outcome).toMatchObject({ reason: DONE, replayed: true, balanceUnits: START_UNITS - 300n });
    expect(await fixture.ledger(BigInt(user))).toEqual(['bet ok 0', 'bet ok 300']);
    held.vanish();
  });

  test('and never does: it is done again, once', async () => {
    const engine = await proxiedEngine();
    const transactionId = newId();
    const reached = proxy.nextCommit('late');
    const outcome = engine.perform(bet(user, { transactionId }));
    const held = await reached;
    await untilLaneWaits(fixture.sql);
    held.vanish();
    expect(await outcome).toMatchObject({ reason: DONE, replayed: false, balanceUnits: START_UNITS - 300n });
    expect(await fixture.ledger(BigInt(user))).toEqual(['bet ok 0', 'bet ok 300']);
  });

  test('and arrives after the deadline: unknown until then, and done when asked again', async () => {
    const engine = await proxiedEngine();
    const transactionId = newId();
    const reached = proxy.nextCommit('late');
    const outcome = engine.perform(bet(user, { transactionId, deadlineMs: 400 }));
    const held = await reached;
    expect((await outcome).reason).toBe(Reason.OUTCOME_UNKNOWN);
    expect(await rowsOf(transactionId)).toBe(0);
    held.arrive();
    expect(await engine.perform(bet(user, { transactionId }))).toMatchObject({ reason: DONE, replayed: true });
    expect(await fixture.ledger(BigInt(user))).toEqual(['bet ok 0', 'bet ok 300']);
    held.vanish();
  });
});

describe('a COMMIT whose answer is lost, and a database that can not be read afterwards', () => {
  test('is unknown, never refused; and the truth when it can be read again', async () => {
    const engine = await proxiedEngine();
    const transactionId = newId();
    const reached = proxy.nextCommit('lost after');
    const outcome = engine.perform(bet(user, { transactionId }));
    const held = await reached;
    await landed(transactionId);
    // Every load of a bet is refused by the server now.
    await fixture.sql.query('RENAME TABLE stops TO stops_elsewhere');
    held.cut();
    const { reason } = await outcome;
    await fixture.sql.query('RENAME TABLE stops_elsewhere TO stops');
    expect(reason).toBe(Reason.OUTCOME_UNKNOWN);
    expect(await engine.perform(bet(user, { transactionId }))).toMatchObject({ reason: DONE, replayed: true });
  });
});

describe('a connection that falls silent', () => {
  test('costs those whose COMMIT it held their certainty, and nobody who comes after them', async () => {
    const engine = await proxiedEngine();
    const transactionId = newId();
    const reached = proxy.nextCommit('lost after');
    const outcome = engine.perform(bet(user, { transactionId, deadlineMs: 400 }));
    const held = await reached;
    await landed(transactionId);
    const patient = engine.perform(bet(user, { deadlineMs: 6_000 }));
    // Nobody cuts the connection: the lane itself has to give it up.
    expect((await outcome).reason).toBe(Reason.OUTCOME_UNKNOWN);
    expect(await patient).toMatchObject({ reason: DONE, balanceUnits: START_UNITS - 600n });
    expect(await fixture.ledger(BigInt(user))).toEqual(['bet ok 0', 'bet ok 300', 'bet ok 300']);
    held.cut();
  });
});

describe('a database that is away after the COMMIT', () => {
  test.each([
    { fate: 'lost after', isThere: true },
    { fate: 'lost before', isThere: false },
  ] as const)('$fate: unknown, never refused; and the truth when it is back', async ({ fate, isThere }) => {
    const engine = await proxiedEngine();
    const transactionId = newId();
    const reached = proxy.nextCommit(fate);
    const outcome = engine.perform(bet(user, { transactionId, deadlineMs: 1_000 }));
    await reached;
    if (isThere) await landed(transactionId);
    // What comes after it was never on its way.
    const next = engine.perform(bet(user, { deadlineMs: 3_000 }));
    proxy.away();
    expect((await outcome).reason).toBe(Reason.OUTCOME_UNKNOWN);
    expect((await next).reason).toBe(Reason.UNAVAILABLE);
    expect((await engine.perform(bet(user))).reason).toBe(Reason.UNAVAILABLE);
    proxy.back();
    expect(await engine.perform(bet(user, { transactionId }))).toMatchObject({
      reason: DONE,
      replayed: isThere,
      balanceUnits: START_UNITS - 300n,
    });
    expect(await fixture.ledger(BigInt(user))).toEqual(['bet ok 0', 'bet ok 300']);
  });

  test('and back before the deadline: done', async () => {
    const engine = await proxiedEngine();
    const transactionId = newId();
    const reached = proxy.nextCommit('lost after');
    const outcome = engine.perform(bet(user, { transactionId }));
    await reached;
    await landed(transactionId);
    const failed = fixture.logs.length;
    proxy.away();
    await until('the lane tried to reach it', async () =>
      fixture.logs.slice(failed).some((line) => line.includes('can not reach')),
    );
    proxy.back();
    expect(await outcome).toMatchObject({ reason: DONE, replayed: true });
    expect(await rowsOf(transactionId)).toBe(1);
  });
});

test('all of it leaves the ledger whole', async () => {
  expect(await fixture.findings()).toEqual([]);
});
