import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import type { Engine } from '../../../src/wallet/lanes/engine.ts';
import { createFixture, type Fixture, newId, START_UNITS } from './fixture.ts';
import { authenticate, balance, bet, status, win } from './operations.ts';

let fixture: Fixture;
let engine: Engine;

beforeAll(async () => {
  fixture = await createFixture({ players: 8 });
  engine = fixture.engine({ lanes: 1 });
  for (const user of [1, 2, 3, 4]) await engine.perform(bet(user, { amountUnits: 0n }));
});
afterAll(() => fixture.end());

const DONE = Reason.UNSPECIFIED;

describe('an operation that the server refuses', () => {
  const refused = (more = {}) => bet(2, { amountUnits: 666n, ...more });

  beforeAll(async () => {
    // As of a schema that knows one rule more: what passes every check of ours does not pass it.
    await fixture.sql.query('ALTER TABLE transactions ADD CONSTRAINT newer_rule CHECK (amount_units <> 666)');
  });

  test('harms only itself: its neighbours of the same batch are done', async () => {
    const ids = [newId(), newId(), newId(), newId()];
    const outcomes = await Promise.all([
      engine.perform(bet(1, { transactionId: ids[0] as string })),
      engine.perform(refused({ transactionId: ids[1] as string, sessionToken: 'session-token-of-player-2' })),
      engine.perform(bet(3, { transactionId: ids[2] as string })),
      engine.perform(win(2, { transactionId: ids[3] as string, amountUnits: 5n })),
    ]);
    expect(outcomes.map(({ reason }) => reason)).toEqual([DONE, Reason.UNAVAILABLE, DONE, DONE]);
    expect(await fixture.ledger(2n)).toEqual(['bet ok 0', 'win ok 5']);
    expect((await engine.perform(status(2, { transactionId: ids[1] as string }))).reason).toBe(
      Reason.TRANSACTION_NOT_FOUND,
    );
  });

  test('leaves the lane as good as before', async () => {
    expect((await engine.perform(refused())).reason).toBe(Reason.UNAVAILABLE);
    expect((await engine.perform(bet(1))).reason).toBe(DONE);
  });

  test('is logged so that it can be found, without tokens, statements or values', () => {
    const line = fixture.logs.map((text) => JSON.parse(text)).find(({ msg }) => msg === 'operation failed');
    expect(line).toMatchObject({
      operator: 'casino',
      player: 'u2',
      provider: 'platform',
      err: { errno: expect.any(Number) },
    });
    const all = fixture.logs.join('\n');
    expect(all).not.toContain('session-token-of-player');
    expect(all).not.toMatch(/INSERT INTO|SELECT /);
  });
});

describe('an operation whose past can not be read', () => {
  // As of a newer version that knows one reason more; both run while a new one is rolled out.
  const id = newId();
  beforeAll(async () => {
    await fixture.sql.query(
      `INSERT INTO transactions VALUES (4, 3, 'casino', 'platform', ?, 0, 'bet', 'error', 'of_a_newer_version', 300, 'EUR', '', '',
         ?, 'r1', '200', NULL, '', 0, 1)`,
      [id, START_UNITS],
    );
    await fixture.sql.query('UPDATE accounts SET seq = 3 WHERE player_id = 4');
  });

  test('harms only itself in a lane', async () => {
    const outcomes = await Promise.all([
      engine.perform(bet(1)),
      engine.perform(bet(4, { transactionId: id })),
      engine.perform(bet(3)),
    ]);
    expect(outcomes.map(({ reason }) => reason)).toEqual([DONE, Reason.UNAVAILABLE, DONE]);
  });

  test('harms only itself among reads', async () => {
    const outcomes = await Promise.all([
      engine.perform(balance(1)),
      engine.perform(status(4, { transactionId: id })),
      engine.perform(authenticate(3)),
      engine.perform(bet(8)),
    ]);
    expect(outcomes.map(({ reason }) => reason)).toEqual([DONE, Reason.UNAVAILABLE, DONE, DONE]);
  });
});

describe('large contexts', () => {
  // As large as one may be, and of characters that all have to be escaped.
  const context = `"${'\\\\"'.repeat(21_844)}"`;

  test('of one batch are all stored, byte for byte', async () => {
    const outcomes = await Promise.all(
      Array.from({ length: 5 }, () => engine.perform(bet(1, { amountUnits: 1n, context, roundId: 'large' }))),
    );
    expect(outcomes.map(({ reason }) => reason)).toEqual(Array(5).fill(DONE));
    const [rows] = await fixture.sql.query(
      `SELECT COUNT(*) AS n, SUM(context = ?) AS same FROM transactions WHERE round_id = 'large'`,
      [context],
    );
    expect(rows).toEqual([{ n: '5', same: '5' }]);
  });
});

test('all of it leaves the ledger whole', async () => {
  expect(await fixture.findings()).toEqual([]);
});
