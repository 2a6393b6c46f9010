import { Registry } from 'prom-client';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type Outcome, Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import type { Engine, EngineDeps } from '../../../src/wallet/lanes/engine.ts';
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
async function warmEngine(users: number[], options: Partial<EngineDeps> = {}): Promise<Warm> {
  const registry = new Registry();
  const engine = fixture.engine({ lanes: 1, registry, ...options });
  for (const user of users) await engine.perform(bet(user, { amountUnits: 0n }));
  return { engine, repeats: (cause) => repeatsOf(registry, cause) };
}

type Warm = { engine: Engine; repeats: (cause: 'passing' | 'killed') => Promise<number> };

/** The lane's own end of its wait never arrives: it waits until the server ends that, or the lock. */
const UNKILLED = { killStatement: () => {} };

async function lockAccount(playerId: number): Promise<void> {
  await holder.query('START TRANSACTION');
  await holder.query('SELECT * FROM accounts WHERE player_id = ? FOR UPDATE', [playerId]);
}

describe('an account that somebody else has locked', () => {
  test.each([38, 150])(
    'lets an operation that has %s ms be refused at that, and it never happens',
    async (deadlineMs) => {
      const { engine } = await warmEngine([1]);
      const before = await fixture.ledger(1n);
      await lockAccount(1);
      const id = newId();
      const outcome = await engine.perform(bet(1, { transactionId: id, deadlineMs }));
      expect(outcome.reason).toBe(Reason.DEADLINE_PASSED);
      // It was refused while the lock was still held: nobody else could have ended its wait.
      expect(await fixture.ledger(1n)).toEqual(before);
      await holder.query('ROLLBACK');
      await engine.perform(win(1, { amountUnits: 1n }));
      expect(await fixture.ledger(1n)).toEqual([...before, 'win ok 1']);
      expect((await engine.perform(status(1, { transactionId: id }))).reason).toBe(Reason.TRANSACTION_NOT_FOUND);
    },
  );

  test('holds up nobody else in its lane, and its own requests until it is released or they are late', async () => {
    const { engine, repeats } = await warmEngine([2, 3, 6]);
    await lockAccount(2);
    let released = false;
    const beforeRelease = (each: Promise<Outcome>) => each.then((outcome) => ({ ...outcome, released }));
    const impatientId = newId();
    const impatient = beforeRelease(engine.perform(bet(2, { transactionId: impatientId, deadlineMs: 600 })));
    const patient = beforeRelease(engine.perform(bet(2, { amountUnits: 11n })));
    const another = beforeRelease(engine.perform(win(2, { amountUnits: 1n })));
    // In the batch that meets the lock, and after it.
    expect(await beforeRelease(engine.perform(bet(3, { amountUnits: 13n })))).toMatchObject({
      reason: DONE,
      balanceUnits: START_UNITS - 13n,
      released: false,
    });
    for (let n = 1n; n <= 20n; n += 1n) {
      const outcomes = await Promise.all([3, 6].map((user) => engine.perform(bet(user, { amountUnits: 1n }))));
      expect(outcomes.map(({ reason }) => reason)).toEqual([DONE, DONE]);
      expect(outcomes[0]?.balanceUnits).toBe(START_UNITS - 13n - n);
    }
    expect(await impatient).toMatchObject({ reason: Reason.DEADLINE_PASSED, released: false });
    // The lock stood for a second, as the server counts it: longer than it lets the lane wait for one.
    await holder.query('DO SLEEP(0.5)');
    released = true;
    await holder.query('ROLLBACK');
    expect(await patient).toMatchObject({ reason: DONE, balanceUnits: START_UNITS - 11n, released: true });
    expect(await another).toMatchObject({ reason: DONE, balanceUnits: START_UNITS - 10n, released: true });
    expect((await engine.perform(status(2, { transactionId: impatientId }))).reason).toBe(Reason.TRANSACTION_NOT_FOUND);
    expect(await fixture.ledger(2n)).toEqual(['bet ok 0', 'bet ok 11', 'win ok 1']);
    // One statement was ended; after it nobody waited for a lock.
    expect(await repeats('killed')).toBe(1);
    expect(await repeats('passing')).toBe(0);
  });

  test('is decided on as its holder left it', async () => {
    const { engine } = await warmEngine([4]);
    await lockAccount(4);
    await holder.query('INSERT INTO limits (player_id, bet_max_units) VALUES (4, 299)');
    const waiting = engine.perform(bet(4, { amountUnits: 300n }));
    await untilLaneWaits(fixture.sql);
    await holder.query('COMMIT');
    expect((await waiting).reason).toBe(Reason.LIMIT_REACHED);
  });

  test('does not hold up reads', async () => {
    const { engine } = await warmEngine([1]);
    await lockAccount(1);
    expect((await engine.perform(balance(1))).reason).toBe(DONE);
    expect((await engine.perform(status(1))).reason).toBe(Reason.TRANSACTION_NOT_FOUND);
    await holder.query('ROLLBACK');
  });

  test('is asked for again when the server ends the wait', async () => {
    const { engine, repeats } = await warmEngine([5], UNKILLED);
    await lockAccount(5);
    const waiting = engine.perform(bet(5));
    await until('the server ended the wait', async () => (await repeats('passing')) > 0);
    await holder.query('ROLLBACK');
    expect((await waiting).reason).toBe(DONE);
  });
});

describe('a deadlock', () => {
  test('with somebody who locks the other way round: the batch is done again', async () => {
    const { engine, repeats } = await warmEngine([1, 6], UNKILLED);
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
    await until('the lane was told to begin again', async () => (await repeats('passing')) > 0);
    await holder.query('ROLLBACK');
    expect((await both).map(({ reason }) => reason)).toEqual([DONE, DONE]);
  });
});

test('all of it leaves the ledger whole', async () => {
  expect(await fixture.findings()).toEqual([]);
});
