import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import { type Connection, connect, createFixture, type Fixture, START_UNITS, untilLaneWaits } from './fixture.ts';
import { balance, bet, win } from './operations.ts';

let fixture: Fixture;
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

async function lockAccount(playerId: number): Promise<void> {
  await holder.query('START TRANSACTION');
  await holder.query('SELECT * FROM accounts WHERE player_id = ? FOR UPDATE', [playerId]);
}

describe('a full queue', () => {
  test('turns away what comes on top, at once, and what it took is done', async () => {
    const engine = fixture.engine({ lanes: 1, queueMax: 5 });
    await engine.perform(bet(1, { amountUnits: 0n }));
    await lockAccount(1);
    const first = engine.perform(bet(1));
    await untilLaneWaits(fixture.sql);
    const queued = Array.from({ length: 5 }, () => engine.perform(bet(1)));
    const tooMany = await Promise.all(Array.from({ length: 3 }, () => engine.perform(bet(1))));
    expect(tooMany.map(({ reason }) => reason)).toEqual(Array(3).fill(Reason.OVERLOADED));
    await holder.query('ROLLBACK');
    const taken = await Promise.all([first, ...queued]);
    expect(taken.map(({ reason }) => reason)).toEqual(Array(6).fill(DONE));
    expect(await fixture.account(1n)).toEqual({ balanceUnits: START_UNITS - 1_800n, seq: 8n });
  });

  test('of reads turns away reads, and the lanes go on', async () => {
    const engine = fixture.engine({ lanes: 1, readers: 1, queueMax: 2 });
    await engine.perform(bet(2, { amountUnits: 0n }));
    const reads = Array.from({ length: 3 }, () => engine.perform(balance(2)));
    const movement = engine.perform(win(2, { amountUnits: 1n }));
    expect((await Promise.all(reads)).map(({ reason }) => reason)).toEqual([DONE, DONE, Reason.OVERLOADED]);
    expect((await movement).reason).toBe(DONE);
  });
});

describe('a deadline', () => {
  test('that passed while the operation was queued: it is refused, and never happens', async () => {
    let nowMs = 0;
    const engine = fixture.engine({ lanes: 1, clock: () => nowMs });
    await engine.perform(bet(3, { amountUnits: 0n }));
    await lockAccount(3);
    const first = engine.perform(bet(3, { amountUnits: 1n }));
    await untilLaneWaits(fixture.sql);
    const late = engine.perform(bet(3, { amountUnits: 2n, deadlineMs: 1_000 }));
    const inTime = engine.perform(bet(3, { amountUnits: 4n, deadlineMs: 5_000 }));
    nowMs = 1_500;
    await holder.query('ROLLBACK');
    expect([(await first).reason, (await late).reason, (await inTime).reason]).toEqual([
      DONE,
      Reason.DEADLINE_PASSED,
      DONE,
    ]);
    expect(await fixture.ledger(3n)).toEqual(['bet ok 0', 'bet ok 1', 'bet ok 4']);
  });

  test('that passes between the load and the write: nothing is written, although it was decided', async () => {
    let nowMs = 0;
    // The clock jumps once the state is loaded, which is when the wall clock is read.
    let jumpMs = 0;
    const now = (): number => {
      nowMs += jumpMs;
      return Date.now();
    };
    const engine = fixture.engine({ lanes: 1, clock: () => nowMs, now });
    await engine.perform(bet(4, { amountUnits: 0n }));
    jumpMs = 3_000;
    const [late, inTime] = await Promise.all([
      engine.perform(bet(4, { amountUnits: 1n, deadlineMs: 2_000 })),
      engine.perform(bet(4, { amountUnits: 2n, deadlineMs: 8_000 })),
    ]);
    expect([late.reason, inTime.reason]).toEqual([Reason.DEADLINE_PASSED, DONE]);
    expect(inTime.balanceUnits).toBe(START_UNITS - 2n);
    expect(await fixture.ledger(4n)).toEqual(['bet ok 0', 'bet ok 2']);
  });

  test('of a read that is late, too', async () => {
    let calls = 0;
    const engine = fixture.engine({ clock: () => (calls++ === 0 ? 0 : 10_000_000) });
    expect((await engine.perform(balance(1))).reason).toBe(Reason.DEADLINE_PASSED);
  });

  test('longer than the wallet’s own, or none, is the wallet’s own', async () => {
    for (const deadlineMs of [0, 4_294_967_295]) {
      let nowMs = 0;
      const engine = fixture.engine({ lanes: 1, clock: () => nowMs, deadlineMaxMs: 3_000 });
      await engine.perform(bet(5, { amountUnits: 0n }));
      await lockAccount(5);
      const first = engine.perform(bet(5, { amountUnits: 1n }));
      await untilLaneWaits(fixture.sql);
      const second = engine.perform(bet(5, { deadlineMs }));
      nowMs = 3_001;
      await holder.query('ROLLBACK');
      await first;
      expect((await second).reason).toBe(Reason.DEADLINE_PASSED);
    }
  });
});

describe('close', () => {
  test('answers everything that was taken, and takes nothing more', async () => {
    const engine = fixture.engine();
    await engine.perform(bet(6, { amountUnits: 0n }));
    const before = await fixture.account(6n);
    // Known and unknown players, and reads, which hand on to the lanes.
    const taken = [
      ...Array.from({ length: 50 }, () => engine.perform(bet(6, { amountUnits: 1n }))),
      engine.perform(balance(6)),
      engine.perform(bet(2, { amountUnits: 1n })),
    ];
    const closed = engine.close();
    const refused = await Promise.all([engine.perform(bet(6)), engine.perform(balance(6)), engine.perform(bet(1))]);
    await closed;
    expect((await Promise.all(taken)).map(({ reason }) => reason)).toEqual(Array(52).fill(DONE));
    expect(refused.at(1)?.reason).toBe(Reason.OVERLOADED);
    const done = refused.filter(({ reason }) => reason === DONE).length;
    expect(await fixture.account(6n)).toMatchObject({ seq: before.seq + 50n + BigInt(done) });
    expect((await engine.perform(bet(6))).reason).toBe(Reason.OVERLOADED);
  });

  test('leaves no connection behind, and may come before there was one', async () => {
    const engine = fixture.engine({ lanes: 2, readers: 2 });
    await engine.close();
    expect((await engine.perform(balance(1))).reason).toBe(Reason.OVERLOADED);
  });
});

test('all of it leaves the ledger whole', async () => {
  expect(await fixture.findings()).toEqual([]);
});
