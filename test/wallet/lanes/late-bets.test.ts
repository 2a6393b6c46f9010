import type { RowDataPacket } from 'mysql2/promise';
import { Registry } from 'prom-client';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Operation, type Outcome, Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import type { Engine } from '../../../src/wallet/lanes/engine.ts';
import { createDatabaseProxy, type DatabaseProxy } from './database-proxy.ts';
import { createFixture, type Fixture, START_UNITS, until, untilLaneWaits } from './fixture.ts';
import { bet as anyBet, win } from './operations.ts';

let fixture: Fixture;
let proxy: DatabaseProxy;
let registry: Registry;
/** A player of each test's own. */
let user = 0;
/** The engines' clock: only a test makes it later. */
let nowMs = 0;

beforeAll(async () => {
  fixture = await createFixture({ players: 20 });
  proxy = await createDatabaseProxy(fixture.url);
});
afterAll(async () => {
  await fixture.end();
  await proxy.close();
});
beforeEach(() => {
  user += 1;
  registry = new Registry();
});

const DONE = Reason.UNSPECIFIED;
const WRITE = 'INSERT INTO transactions';
const DEADLINE_MS = 400;

const bet = (more = {}): Operation => anyBet(user, { voidIfLate: true, deadlineMs: DEADLINE_MS, ...more });

/** Through the proxy, with one lane that knows the player and has its connection. */
async function warmEngine(): Promise<Engine> {
  const engine = fixture.engine({ databaseUrl: proxy.url, lanes: 1, clock: () => nowMs, registry });
  await engine.perform(anyBet(user, { amountUnits: 0n }));
  return engine;
}

const ledger = async (): Promise<string[]> => (await fixture.ledger(BigInt(user))).slice(1);
const balance = async (): Promise<bigint> => (await fixture.account(BigInt(user))).balanceUnits;

async function counted(name: 'late_bets_total' | 'late_bets_reversed_total'): Promise<number> {
  return Number(new RegExp(`croupier_wallet_${name} (\\d+)`).exec(await registry.metrics())?.[1]);
}

/** Lets the deadline pass while the write is on its way. */
async function performLate(engine: Engine, operation: Operation): Promise<Outcome> {
  const reached = proxy.holdNext(WRITE);
  const outcome = engine.perform(operation);
  const release = await reached;
  nowMs += DEADLINE_MS + 1;
  release();
  return outcome;
}

describe('a bet that commits after its deadline', () => {
  test('is canceled at once, and answered after that', async () => {
    const engine = await warmEngine();
    expect((await performLate(engine, bet())).reason).toBe(Reason.DEADLINE_PASSED);
    expect(await ledger()).toEqual(['bet ok 300', 'reversal ok 300']);
    expect(await balance()).toBe(START_UNITS);
  });

  test('takes its win with it', async () => {
    const engine = await warmEngine();
    const late = bet({ winUnits: 700n });
    expect((await performLate(engine, late)).reason).toBe(Reason.DEADLINE_PASSED);
    expect(await ledger()).toEqual(['bet ok 300', 'win ok 700', 'reversal ok 300', 'reversal ok 700']);
    expect(await balance()).toBe(START_UNITS);
    expect((await engine.perform(late)).reason).toBe(Reason.TRANSACTION_CANCELED);
  });

  test('is counted, and told in one line', async () => {
    const engine = await warmEngine();
    const late = bet({ requestId: 'req-late' });
    await performLate(engine, late);
    expect(await counted('late_bets_total')).toBe(1);
    expect(await counted('late_bets_reversed_total')).toBe(1);
    const lines = fixture.logs.map((line) => JSON.parse(line)).filter(({ msg }) => msg === 'late bet');
    expect(lines.filter((line) => line.transaction === late.transactionId)).toMatchObject([
      {
        level: 40,
        operator: 'casino',
        player: `u${user}`,
        provider: 'platform',
        requestId: 'req-late',
        lateMs: 1,
        outcome: 'deadline_passed',
      },
    ]);
  });

  test('stands where it is not void when late', async () => {
    const engine = await warmEngine();
    expect((await performLate(engine, bet({ voidIfLate: false }))).reason).toBe(DONE);
    expect(await ledger()).toEqual(['bet ok 300']);
  });

  test('and was refused, has nothing to cancel', async () => {
    const engine = await warmEngine();
    const outcome = await performLate(engine, bet({ amountUnits: START_UNITS + 1n }));
    expect(outcome.reason).toBe(Reason.INSUFFICIENT_FUNDS);
    expect(await ledger()).toEqual([`bet error ${START_UNITS + 1n}`]);
  });
});

describe('a bet in time', () => {
  test('stands, with its win', async () => {
    const engine = await warmEngine();
    expect(await engine.perform(bet({ winUnits: 700n }))).toMatchObject({
      reason: DONE,
      balanceUnits: START_UNITS + 400n,
    });
    expect(await ledger()).toEqual(['bet ok 300', 'win ok 700']);
    expect(await counted('late_bets_total')).toBe(0);
  });

  test('is canceled where whoever asked is gone, also when it is only found to be done', async () => {
    const engine = await warmEngine();
    const gone = bet();
    await engine.perform(gone);
    const outcome = await new Promise<Outcome>((resolve) => engine.submit(gone, resolve, () => true));
    expect(outcome.reason).toBe(Reason.DEADLINE_PASSED);
    expect(await ledger()).toEqual(['bet ok 300', 'reversal ok 300']);
  });
});

describe('a bet of which is not known whether it was done', () => {
  /** Its COMMIT was cut off, and is still on its way when the deadline passes. */
  async function performUnknown(engine: Engine, operation: Operation) {
    const reached = proxy.nextCommit('late');
    const outcome = engine.perform(operation);
    const held = await reached;
    // It is asked for again, and waits for what the lost connection still holds.
    await untilLaneWaits(fixture.sql);
    nowMs += DEADLINE_MS + 1;
    await until('it is known to be late', async () => (await counted('late_bets_total')) === 1);
    return { outcome, held };
  }

  test('and is done after all: it is canceled then', async () => {
    const engine = await warmEngine();
    const { outcome, held } = await performUnknown(engine, bet({ winUnits: 700n }));
    held.arrive();
    expect((await outcome).reason).toBe(Reason.DEADLINE_PASSED);
    expect(await ledger()).toEqual(['bet ok 300', 'win ok 700', 'reversal ok 300', 'reversal ok 700']);
    expect(await balance()).toBe(START_UNITS);
    held.vanish();
  });

  test('and never was: its ids are taken, so that it never will be', async () => {
    const engine = await warmEngine();
    const unknown = bet({ winUnits: 700n });
    const { outcome, held } = await performUnknown(engine, unknown);
    held.vanish();
    expect((await outcome).reason).toBe(Reason.DEADLINE_PASSED);
    expect(await ledger()).toEqual(['tombstone canceled 0', 'tombstone canceled 0']);
    expect((await engine.perform(unknown)).reason).toBe(Reason.TRANSACTION_CANCELED);
    const winOfIt = win(user, { transactionId: `${unknown.transactionId}+win` });
    expect((await engine.perform(winOfIt)).reason).toBe(Reason.TRANSACTION_CANCELED);
  });
});

describe('a late bet that can not be canceled', () => {
  test('because the database went away: unknown, and said so', async () => {
    const engine = await warmEngine();
    const late = bet();
    const reached = proxy.nextCommit('lost after');
    const outcome = engine.perform(late);
    await reached;
    nowMs += DEADLINE_MS + 1;
    proxy.away();
    expect((await outcome).reason).toBe(Reason.OUTCOME_UNKNOWN);
    proxy.back();
    expect(await counted('late_bets_total')).toBe(1);
    expect(await counted('late_bets_reversed_total')).toBe(0);
  });

  test('because the engine takes nothing more: unknown, before it is closed', async () => {
    const engine = await warmEngine();
    const reached = proxy.holdNext(WRITE);
    let answered: Reason | null = null;
    engine.submit(bet({ winUnits: 1n }), ({ reason }) => {
      answered = reason;
    });
    const release = await reached;
    const closed = engine.close();
    // The idle readers are closed within this turn, and then the lane takes nothing more.
    await new Promise((resolve) => setImmediate(resolve));
    nowMs += DEADLINE_MS + 1;
    release();
    await closed;
    expect(answered).toBe(Reason.OUTCOME_UNKNOWN);
    expect(await ledger()).toEqual(['bet ok 300', 'win ok 1']);
  });
});

test('close waits for the cancels that are queued', async () => {
  const engine = await warmEngine();
  const first = proxy.holdNext(WRITE);
  let answered: Reason | null = null;
  engine.submit(bet({ winUnits: 1n }), ({ reason }) => {
    answered = reason;
  });
  const release = await first;
  nowMs += DEADLINE_MS + 1;
  const second = proxy.holdNext(WRITE);
  release();
  const releaseCancels = await second;
  const closed = engine.close();
  expect(answered).toBeNull();
  releaseCancels();
  await closed;
  expect(answered).toBe(Reason.DEADLINE_PASSED);
  expect(await balance()).toBe(START_UNITS);
});

test('a thousand around their deadline: what was not answered as done has no effect, and what was stands', async () => {
  const engine = fixture.engine({ databaseUrl: fixture.url, lanes: 1, registry });
  const users = Array.from({ length: 20 }, (_, n) => n + 1);
  for (const each of users) await engine.perform(anyBet(each, { amountUnits: 0n }));
  const expected = new Map<string, 'stands' | 'void'>();
  const one = async (n: number): Promise<void> => {
    const winUnits = n % 3 === 0 ? 5n : 0n;
    const operation = anyBet((n % 20) + 1, { amountUnits: 1n, winUnits, voidIfLate: true, deadlineMs: 1 + (n % 24) });
    const { reason } = await engine.perform(operation);
    if (reason !== DONE) expect(reason).toBe(Reason.DEADLINE_PASSED);
    expected.set(operation.transactionId, reason === DONE ? 'stands' : 'void');
    if (winUnits > 0n) expected.set(`${operation.transactionId}+win`, reason === DONE ? 'stands' : 'void');
  };
  for (let wave = 0; wave < 40; wave += 1) {
    await Promise.all(Array.from({ length: 25 }, (_, n) => one(wave * 25 + n)));
  }
  const [rows] = await fixture.sql.query<RowDataPacket[]>(
    `SELECT transaction_id, SUM(is_reversal = 0) AS made, SUM(is_reversal) AS undone FROM transactions
     WHERE transaction_id IN (?) AND kind <> 'tombstone' GROUP BY transaction_id`,
    [[...expected.keys()]],
  );
  const effects = new Map(
    rows.map(({ transaction_id, made, undone }) => [transaction_id, Number(made) - Number(undone)]),
  );
  const wrong = [...expected].filter(([id, what]) => (effects.get(id) ?? 0) !== (what === 'stands' ? 1 : 0));
  expect(wrong).toEqual([]);
  expect(await counted('late_bets_reversed_total')).toBe(await counted('late_bets_total'));
});

test('all of it leaves the ledger whole', async () => {
  expect(await fixture.findings()).toEqual([]);
});
