import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Outcome, Reason, TransactionStatus } from '../../../src/gen/wallet/v1/money_pb.ts';
import type { Engine } from '../../../src/wallet/lanes/engine.ts';
import { createFixture, type Fixture, newId, START_UNITS } from './fixture.ts';
import { bet, cancel, finishRound, status, win } from './operations.ts';

let fixture: Fixture;
/** As two wallet processes on one database. */
let one: Engine;
let other: Engine;

beforeAll(async () => {
  fixture = await createFixture({ players: 40 });
  one = fixture.engine();
  other = fixture.engine();
});
afterAll(() => fixture.end());

const DONE = Reason.UNSPECIFIED;
const times = <T>(count: number, run: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => run(n));
const reasonsOf = (outcomes: readonly Outcome[]): Reason[] => outcomes.map(({ reason }) => reason);
const count = (reasons: readonly Reason[], reason: Reason): number => reasons.filter((each) => each === reason).length;

describe('one id, many times at once', () => {
  test.each([
    ['through one process, cold', () => [fixture.engine()]],
    ['through one process, warm', () => [one]],
    ['through two processes', () => [one, other]],
  ])('%s: applied once, answered alike', async (_, makeEngines) => {
    const engines = makeEngines();
    const before = await fixture.account(1n);
    const same = { transactionId: newId(), amountUnits: 7n };
    const outcomes = await Promise.all(
      times(100, (n) => (engines[n % engines.length] as Engine).perform(bet(1, same))),
    );
    expect(new Set(reasonsOf(outcomes))).toEqual(new Set([DONE]));
    expect(new Set(outcomes.map(({ balanceUnits }) => balanceUnits))).toEqual(new Set([before.balanceUnits - 7n]));
    expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await fixture.account(1n)).toEqual({ balanceUnits: before.balanceUnits - 7n, seq: before.seq + 1n });
  });

  test('a cancel, through two processes: undone once', async () => {
    const id = newId();
    await one.perform(bet(2, { transactionId: id }));
    const outcomes = await Promise.all(
      times(60, (n) => (n % 2 === 0 ? one : other).perform(cancel(2, { transactionId: id }))),
    );
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ reason: DONE, transactionStatus: TransactionStatus.CANCELED });
    }
    expect(outcomes.filter(({ replayed }) => !replayed)).toHaveLength(1);
    expect(await fixture.ledger(2n)).toEqual(['bet ok 300', 'reversal ok 300']);
  });

  test('a finishround, through two processes: one job is owed', async () => {
    await one.perform(bet(3, { roundId: 'many' }));
    const outcomes = await Promise.all(
      times(60, (n) => (n % 2 === 0 ? one : other).perform(finishRound(3, { roundId: 'many' }))),
    );
    expect(new Set(reasonsOf(outcomes))).toEqual(new Set([DONE]));
    const [owed] = await fixture.sql.query('SELECT topic FROM outbox WHERE player_id = 3');
    expect(owed).toHaveLength(1);
  });

  test('its bet and its cancel, in a race: either undone or refused, and the money is back', async () => {
    const ids = times(40, newId);
    const both = ids.flatMap((transactionId, n) => [
      (n % 2 === 0 ? one : other).perform(bet(4, { transactionId, amountUnits: 1_000n })),
      (n % 2 === 0 ? other : one).perform(cancel(4, { transactionId })),
    ]);
    await Promise.all(both);
    for (const transactionId of ids) {
      expect((await one.perform(status(4, { transactionId }))).transactionStatus).toBe(TransactionStatus.CANCELED);
      expect((await one.perform(bet(4, { transactionId, amountUnits: 1_000n }))).reason).toBe(
        Reason.TRANSACTION_CANCELED,
      );
    }
    expect((await fixture.account(4n)).balanceUnits).toBe(START_UNITS);
  });

  test('of two players, through two processes: one gets it, the other a duplicate', async () => {
    const ids = times(40, newId);
    const outcomes = await Promise.all(
      ids.map((transactionId, n) =>
        Promise.all([
          (n % 2 === 0 ? one : other).perform(bet(5, { transactionId })),
          (n % 2 === 0 ? other : one).perform(bet(6, { transactionId })),
        ]),
      ),
    );
    for (const pair of outcomes) {
      expect(reasonsOf(pair).toSorted()).toEqual([DONE, Reason.DUPLICATE_TRANSACTION]);
    }
    const taken = (await fixture.ledger(5n)).length + (await fixture.ledger(6n)).length;
    expect(taken).toBe(ids.length);
  });
});

describe('two processes at once', () => {
  test('on one player never overdraw and never lose a unit', async () => {
    const outcomes = await Promise.all(
      times(400, (n) => (n % 2 === 0 ? one : other).perform(bet(7, { amountUnits: 1_000n }))),
    );
    const affordable = Number(START_UNITS / 1_000n);
    expect(count(reasonsOf(outcomes), DONE)).toBe(affordable);
    expect(count(reasonsOf(outcomes), Reason.INSUFFICIENT_FUNDS)).toBe(400 - affordable);
    expect(await fixture.account(7n)).toEqual({ balanceUnits: 0n, seq: 401n });
  });

  test('on the same many players: each balance is the sum of what was answered', async () => {
    const players = times(30, (n) => n + 8);
    const moved = new Map<number, bigint>(players.map((user) => [user, START_UNITS]));
    await Promise.all(
      times(1_200, async (n) => {
        const user = players[n % players.length] as number;
        const isBet = n % 3 !== 0;
        const engine = n % 2 === 0 ? one : other;
        const outcome = await engine.perform(isBet ? bet(user) : win(user));
        if (outcome.reason !== DONE) throw new Error(`answered ${outcome.reason}`);
        moved.set(user, (moved.get(user) ?? 0n) + (isBet ? -300n : 300n));
      }),
    );
    for (const user of players) {
      expect(await fixture.account(BigInt(user))).toEqual({ balanceUnits: moved.get(user), seq: 41n });
    }
  });
});

test('all of it leaves the ledger whole', async () => {
  expect(await fixture.findings()).toEqual([]);
});
