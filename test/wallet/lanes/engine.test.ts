import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Operation, OperationKind, Reason, TransactionStatus } from '../../../src/gen/wallet/v1/money_pb.ts';
import type { Engine } from '../../../src/wallet/lanes/engine.ts';
import { createFixture, type Fixture, newId, START_UNITS } from './fixture.ts';
import { authenticate, balance, bet, cancel, finishRound, refund, status, win } from './operations.ts';

let fixture: Fixture;
let engine: Engine;

beforeAll(async () => {
  fixture = await createFixture({ players: 12 });
  engine = fixture.engine();
});
afterAll(() => fixture.end());

const DONE = Reason.UNSPECIFIED;

describe('a life of a player', () => {
  test('bet, win, refund, cancel, and what is said of each', async () => {
    const id = newId();
    expect(await engine.perform(bet(1, { transactionId: id }))).toMatchObject({
      reason: DONE,
      balanceUnits: START_UNITS - 300n,
    });
    expect(await engine.perform(win(1, { amountUnits: 500n }))).toMatchObject({ balanceUnits: START_UNITS + 200n });
    expect(await engine.perform(refund(1, { amountUnits: 1n }))).toMatchObject({ balanceUnits: START_UNITS + 201n });
    expect(await engine.perform(cancel(1, { transactionId: id }))).toMatchObject({
      reason: DONE,
      transactionStatus: TransactionStatus.CANCELED,
    });
    expect(await engine.perform(status(1, { transactionId: id }))).toMatchObject({
      transactionStatus: TransactionStatus.CANCELED,
    });
    expect(await engine.perform(balance(1))).toMatchObject({ reason: DONE, balanceUnits: START_UNITS + 501n });
    expect(await fixture.ledger(1n)).toEqual(['bet ok 300', 'win ok 500', 'refund ok 1', 'reversal ok 300']);
  });

  test('the whole row is what was asked', async () => {
    const id = newId();
    const asked = bet(2, {
      transactionId: id,
      context: `{"reason":"it's a \\"spin\\"","note":"\u20ac\u{1f3b0}\\n"}`,
      requestId: 'req-42',
      occurredAtMs: 1_700_000_000_123n,
      roundId: '18446744073709551616',
      gameId: '200',
      roundFinished: true,
      sessionToken: 'session-token-of-player-2',
    });
    await engine.perform(asked);
    const [rows] = await fixture.sql.query('SELECT * FROM transactions WHERE transaction_id = ?', [id]);
    expect(rows).toEqual([
      {
        player_id: '2',
        seq: '2',
        operator_id: 'casino',
        provider: 'platform',
        transaction_id: id,
        is_reversal: 0,
        kind: 'bet',
        status: 'ok',
        reason: '',
        amount_units: '300',
        currency_code: 'EUR',
        debit_account: 'player',
        credit_account: 'games',
        balance_after_units: String(START_UNITS - 300n),
        round_id: '18446744073709551616',
        game_id: '200',
        context: asked.context,
        request_id: 'req-42',
        occurred_at_ms: '1700000000123',
        created_at_ms: expect.stringMatching(/^\d{13}$/),
      },
    ]);
    const [rounds] = await fixture.sql.query(
      'SELECT round_id, finished_at_ms, closed_at_ms FROM rounds WHERE player_id = 2',
    );
    expect(rounds).toEqual([
      { round_id: '18446744073709551616', finished_at_ms: expect.any(String), closed_at_ms: null },
    ]);
  });
});

/** Each as the very first that a process hears of its player, and again once it knows them. */
describe('a player whom the process has not seen yet', () => {
  const round = { roundId: 'cold-round', gameId: '200' };
  const known = { ...round, transactionId: newId() };
  const kinds: [string, () => Operation, Reason][] = [
    ['bet', () => bet(3), DONE],
    ['win', () => win(3), DONE],
    ['cancel', () => cancel(3, known), DONE],
    ['cancel of what is not known', () => cancel(3), Reason.TRANSACTION_NOT_FOUND],
    ['finishround', () => finishRound(3, round), DONE],
    ['finishround of a round that was not played', () => finishRound(3, { roundId: 'never' }), Reason.ROUND_NOT_FOUND],
    ['balance', () => balance(3), DONE],
    ['status', () => status(3, known), DONE],
    ['authenticate', () => authenticate(3), DONE],
  ];

  beforeAll(async () => {
    await engine.perform(bet(3, known));
  });

  test.each(kinds)('%s is answered as for one that it knows', async (_, make, reason) => {
    const cold = fixture.engine();
    const first = await cold.perform(make());
    const second = await cold.perform(make());
    expect([first.reason, second.reason]).toEqual([reason, reason]);
  });

  test('a finishround that comes first owes its bookkeeping, and closes the round', async () => {
    await engine.perform(bet(4, { roundId: 'first' }));
    const cold = fixture.engine();
    expect(await cold.perform(finishRound(4, { roundId: 'first' }))).toMatchObject({ reason: DONE, replayed: false });
    const [owed] = await fixture.sql.query('SELECT topic FROM outbox WHERE player_id = 4');
    expect(owed).toEqual([{ topic: 'round-close' }]);
  });

  test('one who does not exist is not found, and leaves nothing', async () => {
    for (const make of [bet, win, cancel, finishRound, balance, status]) {
      expect((await engine.perform(make(99))).reason).toBe(Reason.PLAYER_NOT_FOUND);
    }
  });

  test('one whose name is written otherwise is another', async () => {
    await engine.perform(bet(1));
    for (const userId of ['U1', 'u01', 'ú1']) {
      expect((await engine.perform(bet(1, { userId }))).reason).toBe(Reason.PLAYER_NOT_FOUND);
    }
    expect((await engine.perform(bet(1, { operatorId: 'another' }))).reason).toBe(Reason.PLAYER_NOT_FOUND);
  });
});

describe('one batch', () => {
  /** Operations of one turn, of players that the engine knows, are one batch of one lane. */
  const together = (...operations: Operation[]) => Promise.all(operations.map((each) => engine.perform(each)));

  beforeAll(async () => {
    for (const user of [5, 7, 9]) await engine.perform(bet(user, { amountUnits: 0n }));
  });

  test('gives each its own answer, decided in order of arrival', async () => {
    const id = newId();
    const outcomes = await together(
      bet(5, { id: 1, amountUnits: START_UNITS }),
      bet(5, { id: 2 }),
      win(5, { id: 3, amountUnits: 400n, transactionId: id }),
      bet(5, { id: 4 }),
      win(5, { id: 5, amountUnits: 400n, transactionId: id }),
      bet(5, { id: 6, sessionToken: 'unknown' }),
    );
    expect(outcomes.map(({ id: of, reason, balanceUnits, replayed }) => [of, reason, balanceUnits, replayed])).toEqual([
      [1, DONE, 0n, false],
      [2, Reason.INSUFFICIENT_FUNDS, 0n, false],
      [3, DONE, 400n, false],
      [4, DONE, 100n, false],
      [5, DONE, 400n, true],
      [6, Reason.SESSION_INVALID, 0n, false],
    ]);
  });

  test('a round that is closed in it stays closed, although a last win calls it finished', async () => {
    await engine.perform(bet(7, { roundId: 'r7' }));
    const outcomes = await together(
      finishRound(7, { roundId: 'r7' }),
      win(7, { roundId: 'r7', roundFinished: true }),
      bet(7, { roundId: 'r7' }),
    );
    expect(outcomes.map(({ reason }) => reason)).toEqual([DONE, DONE, Reason.ROUND_CLOSED]);
    expect((await engine.perform(bet(7, { roundId: 'r7' }))).reason).toBe(Reason.ROUND_CLOSED);
    expect((await engine.perform(finishRound(7, { roundId: 'r7' }))).replayed).toBe(true);
  });

  test('a cancel in it undoes what came before in it', async () => {
    const id = newId();
    const outcomes = await together(
      bet(9, { transactionId: id }),
      cancel(9, { transactionId: id }),
      cancel(9, { transactionId: id }),
      bet(9, { transactionId: id }),
    );
    expect(outcomes.map(({ reason, replayed }) => [reason, replayed])).toEqual([
      [DONE, false],
      [DONE, false],
      [DONE, true],
      [Reason.TRANSACTION_CANCELED, false],
    ]);
    expect(await fixture.account(9n)).toEqual({ balanceUnits: START_UNITS, seq: 4n });
  });
});

describe('a stop', () => {
  beforeAll(async () => {
    await fixture.sql.query(
      `INSERT INTO games (provider, game_id, enabled, vendor, title, updated_at_ms) VALUES ('platform', '200', 1, 'Evolution', 'Roulette', 0)`,
    );
  });

  test.each([
    ['all', ''],
    ['operator', 'casino'],
    ['vendor', 'Evolution'],
    ['game', 'platform:200'],
  ])('of %s "%s" refuses new bets and authenticate at once, and nothing else', async (scope, scopeId) => {
    const before = newId();
    await engine.perform(bet(6, { transactionId: before }));
    await fixture.sql.query('INSERT INTO stops VALUES (?, ?, ?, 0)', [scope, scopeId, '']);
    const reasons = [];
    for (const operation of [
      bet(6),
      authenticate(6),
      win(6),
      status(6, { transactionId: before }),
      balance(6),
      finishRound(6),
      cancel(6, { transactionId: before }),
    ]) {
      reasons.push((await engine.perform(operation)).reason);
    }
    await fixture.sql.query('DELETE FROM stops');
    expect(reasons).toEqual([Reason.PLAY_STOPPED, Reason.PLAY_STOPPED, DONE, DONE, DONE, DONE, DONE]);
    expect((await engine.perform(authenticate(6))).reason).toBe(DONE);
  });
});

describe('a mistake', () => {
  test('names its field, touches nothing and is answered at once', async () => {
    expect(await engine.perform(bet(1, { amountUnits: -1n }))).toMatchObject({
      reason: Reason.INVALID_ARGUMENT,
      message: expect.stringMatching(/^amount_units: /),
    });
    expect(await engine.perform(bet(1, { kind: OperationKind.UNSPECIFIED }))).toMatchObject({
      reason: Reason.INVALID_ARGUMENT,
      message: expect.stringMatching(/^kind: /),
    });
  });
});

test('all of it leaves the ledger whole', async () => {
  expect(await fixture.findings()).toEqual([]);
});
