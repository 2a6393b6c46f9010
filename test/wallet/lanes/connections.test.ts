import { Registry } from 'prom-client';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Outcome, Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import {
  connect,
  createFixture,
  type Fixture,
  newId,
  processes,
  repeatsOf,
  START_UNITS,
  until,
  untilLaneWaits,
} from './fixture.ts';
import { balance, bet, status, win } from './operations.ts';

let fixture: Fixture;

beforeAll(async () => {
  fixture = await createFixture({ players: 20 });
});
afterAll(() => fixture.end());

const DONE = Reason.UNSPECIFIED;

/** KILLs what `which` names; a connection that has gone meanwhile is no mistake. */
async function kill(which: (info: string) => boolean): Promise<number> {
  const doomed = (await processes(fixture.sql)).filter(({ info }) => which(info));
  for (const { id } of doomed) await fixture.sql.query(`KILL ${id}`).catch(() => {});
  return doomed.length;
}

describe('a connection that the server ends', () => {
  test('while it is idle: nobody notices', async () => {
    const engine = fixture.engine();
    for (const user of [1, 2]) await engine.perform(bet(user));
    expect((await engine.perform(balance(1))).reason).toBe(DONE);
    expect(await kill(() => true)).toBeGreaterThanOrEqual(3);
    const outcomes = await Promise.all([bet(1), bet(2), balance(1), bet(3)].map((each) => engine.perform(each)));
    expect(outcomes.map(({ reason }) => reason)).toEqual([DONE, DONE, DONE, DONE]);
    expect(await fixture.ledger(1n)).toEqual(['bet ok 300', 'bet ok 300']);
  });

  test('while it loads: the batch is done on another', async () => {
    const registry = new Registry();
    // Only the test ends the wait for the lock.
    const engine = fixture.engine({ lanes: 1, registry, killStatement: () => {} });
    await engine.perform(bet(4, { amountUnits: 0n }));
    const holder = await connect(fixture.url);
    await holder.query('START TRANSACTION');
    await holder.query('SELECT * FROM accounts WHERE player_id = 4 FOR UPDATE');
    const waiting = engine.perform(bet(4));
    await untilLaneWaits(fixture.sql);
    expect(await kill((info) => info.includes('FOR UPDATE'))).toBe(1);
    await until('the lane lost its connection', async () => (await repeatsOf(registry, 'lost')) > 0);
    await holder.query('ROLLBACK');
    await holder.end();
    expect(await waiting).toMatchObject({ reason: DONE, balanceUnits: START_UNITS - 300n });
    expect(await fixture.ledger(4n)).toEqual(['bet ok 0', 'bet ok 300']);
  });

  test('again and again under load: each operation is done exactly once, and answered so', async () => {
    const engine = fixture.engine({ lanes: 3 });
    const users = Array.from({ length: 10 }, (_, n) => n + 5);
    let going = true;
    const killer = (async () => {
      let killed = 0;
      while (going) {
        killed += await kill((info) => !info.includes('processlist'));
        await new Promise((resolve) => setTimeout(resolve, 15));
      }
      return killed;
    })();
    const sent = new Map<string, { user: number; outcome: Outcome }>();
    const client = async (user: number): Promise<void> => {
      for (let n = 0; n < 60; n += 1) {
        const transactionId = newId();
        const operation = n % 2 === 0 ? bet(user, { transactionId }) : win(user, { transactionId });
        sent.set(transactionId, { user, outcome: await engine.perform(operation) });
      }
    };
    await Promise.all(users.map(client));
    going = false;
    expect(await killer).toBeGreaterThan(0);

    // Reads are repeated twice and then given up: what is asked now is asked in peace.
    for (const [transactionId, { user, outcome }] of sent) {
      const { reason } = await engine.perform(status(user, { transactionId }));
      const isThere = reason === DONE;
      // What was refused is not there; what is unknown may be either; and nothing else was ever answered.
      if (outcome.reason === DONE) expect(isThere).toBe(true);
      else if (outcome.reason === Reason.UNAVAILABLE) expect(isThere).toBe(false);
      else expect(outcome.reason).toBe(Reason.OUTCOME_UNKNOWN);
    }
  });
});

test('all of it leaves the ledger whole', async () => {
  expect(await fixture.findings()).toEqual([]);
});
