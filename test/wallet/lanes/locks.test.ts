import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import type { Engine } from '../../../src/wallet/lanes/engine.ts';
import {
  type Connection,
  connect,
  createFixture,
  type Fixture,
  newId,
  repeatsOf,
  START_UNITS,
  until,
  untilLaneWaits,
} from './fixture.ts';
import { balance, bet, status, win } from './operations.ts';

let fixture: Fixture;
/** Somebody else, who holds locks. */
let holder: Connection;

beforeAll(async () => {
  fixture = await createFixture({ players: 6 });
});
afterAll(() => fixture.end());
beforeEach(async () => {
  holder = await connect(fixture.url);
});
afterEach(() => holder.end());

const DONE = Reason.UNSPECIFIED;

/** One lane, so that everything in it stands behind the lock; and how often it began a batch again because of others. */
async function warmEngine(...users: number[]): Promise<{ engine: Engine; repeats: () => Promise<number> }> {
  const registry = new Registry();
  const engine = fixture.engine({ lanes: 1, registry });
  for (const user of users) await engine.perform(bet(user, { amountUnits: 0n }));
  const repeats = (): Promise<number> => repeatsOf(registry, 'passing');
  return { engine, repeats };
}

async function lockAccount(playerId: number): Promise<void> {
  await holder.query('START TRANSACTION');
  await holder.query('SELECT * FROM accounts WHERE player_id = ? FOR UPDATE', [playerId]);
}

describe('an account that somebody else has locked', () => {
  test('lets an operation with a short deadline be refused at it, which then never happens', async () => {
    const { engine } = await warmEngine(1);
    const before = await fixture.ledger(1n);
    await lockAccount(1);
    const id = newId();
    const outcome = await engine.perform(bet(1, { transactionId: id, deadlineMs: 150 }));
    expect(outcome.reason).toBe(Reason.DEADLINE_PASSED);
    // It was refused while the lock was still held: nobody else could have ended its wait.
    expect(await fixture.ledger(1n)).toEqual(before);
    await holder.query('ROLLBACK');
    await engine.perform(win(1, { amountUnits: 1n }));
    expect(await fixture.ledger(1n)).toEqual([...before, 'win ok 1']);
    expect((await engine.perform(status(1, { transactionId: id }))).reason).toBe(Reason.TRANSACTION_NOT_FOUND);
  });

  test('holds up those who can wait only until it is released, whoever was refused meanwhile', async () => {
    const { engine } = await warmEngine(2, 3);
    await lockAccount(2);
    const impatient = engine.perform(bet(2, { deadlineMs: 200 }));
    const patient = engine.perform(bet(2, { amountUnits: 11n }));
    const neighbour = engine.perform(bet(3, { amountUnits: 13n }));
    expect((await impatient).reason).toBe(Reason.DEADLINE_PASSED);
    await untilLaneWaits(fixture.sql);
    await holder.query('ROLLBACK');
    expect(await patient).toMatchObject({ reason: DONE, balanceUnits: START_UNITS - 11n });
    expect(await neighbour).toMatchObject({ reason: DONE, balanceUnits: START_UNITS - 13n });
  });

  test('is decided on as its holder left it', async () => {
    const { engine } = await warmEngine(4);
    await lockAccount(4);
    await holder.query('INSERT INTO limits (player_id, bet_max_units) VALUES (4, 299)');
    const waiting = engine.perform(bet(4, { amountUnits: 300n }));
    await untilLaneWaits(fixture.sql);
    await holder.query('COMMIT');
    expect((await waiting).reason).toBe(Reason.LIMIT_REACHED);
  });

  test('does not hold up reads', async () => {
    const { engine } = await warmEngine(1);
    await lockAccount(1);
    expect((await engine.perform(balance(1))).reason).toBe(DONE);
    expect((await engine.perform(status(1))).reason).toBe(Reason.TRANSACTION_NOT_FOUND);
    await holder.query('ROLLBACK');
  });

  test('is asked for again when the server ends the wait', async () => {
    const { engine, repeats } = await warmEngine(5);
    await lockAccount(5);
    const waiting = engine.perform(bet(5));
    await until('the server ended the wait', async () => (await repeats()) > 0);
    await holder.query('ROLLBACK');
    expect((await waiting).reason).toBe(DONE);
  });
});

describe('a deadlock', () => {
  test('with somebody who locks the other way round: the batch is done again', async () => {
    const { engine, repeats } = await warmEngine(1, 6);
    // Whoever has written less is the one that the server ends: the lane.
    await fixture.sql.query('CREATE TABLE weights (n INT PRIMARY KEY)');
    await lockAccount(6);
    await holder.query('INSERT INTO weights VALUES ?', [Array.from({ length: 200 }, (_, n) => [n])]);
    // The lane holds account 1 and waits for 6; what the holder now asks for closes the circle.
    const both = Promise.all([
      engine.perform(bet(1, { amountUnits: 1n })),
      engine.perform(bet(6, { amountUnits: 1n })),
    ]);
    await untilLaneWaits(fixture.sql);
    await holder.query('UPDATE accounts SET seq = seq WHERE player_id = 1');
    await until('the lane was told to begin again', async () => (await repeats()) > 0);
    await holder.query('ROLLBACK');
    expect((await both).map(({ reason }) => reason)).toEqual([DONE, DONE]);
  });
});

test('all of it leaves the ledger whole', async () => {
  expect(await fixture.findings()).toEqual([]);
});
