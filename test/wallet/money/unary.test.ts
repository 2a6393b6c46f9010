import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MoneyService, Reason, TransactionStatus } from '../../../src/gen/wallet/v1/money_pb.ts';
import {
  addOperator,
  addPlayer,
  type Call,
  type Fixture,
  OPERATOR,
  refusal,
  startFixture,
} from '../services/fixture.ts';

const { method } = MoneyService;
const { operatorId } = OPERATOR;
const START_UNITS = 10_000n;

let fixture: Fixture;
let call: Call;

beforeAll(async () => {
  fixture = await startFixture();
  call = fixture.call;
  await addOperator(call);
  for (const userId of ['u1', 'u2', 'u3', 'u4']) await addPlayer(call, userId, START_UNITS);
});
afterAll(() => fixture.stop());

let lastId = 0;
const newId = (): string => `m${++lastId}`;
const movement = (userId: string, more = {}) => ({
  operatorId,
  userId,
  provider: 'bonus',
  transactionId: newId(),
  amountUnits: 100n,
  currencyCode: 'EUR',
  roundId: 'r1',
  gameId: '200',
  ...more,
});
const transfer = (userId: string, more = {}) => ({
  operatorId,
  userId,
  transactionId: newId(),
  amountUnits: 100n,
  ...more,
});

describe('movements', () => {
  test('bet, win, refund and cancel, and the balance in between', async () => {
    const placed = movement('u1');
    expect(await call(method.bet, placed)).toMatchObject({ id: 0, reason: 0, balanceUnits: START_UNITS - 100n });
    expect(await call(method.bet, placed)).toMatchObject({ replayed: true, balanceUnits: START_UNITS - 100n });
    expect(await call(method.win, movement('u1'))).toMatchObject({ balanceUnits: START_UNITS });
    expect(await call(method.refund, movement('u1'))).toMatchObject({ balanceUnits: START_UNITS + 100n });
    const { transactionId, provider, roundId, gameId } = placed;
    expect(
      await call(method.cancel, { operatorId, userId: 'u1', provider, transactionId, roundId, gameId }),
    ).toMatchObject({ transactionStatus: TransactionStatus.CANCELED });
    expect(await call(method.getBalance, { operatorId, userId: 'u1' })).toMatchObject({
      balanceUnits: START_UNITS + 200n,
      currencyCode: 'EUR',
    });
  });

  test('refusals are values', async () => {
    expect(await call(method.bet, movement('nobody'))).toMatchObject({ reason: Reason.PLAYER_NOT_FOUND });
    expect(await call(method.bet, movement('u1', { amountUnits: 10n ** 12n }))).toMatchObject({
      reason: Reason.INSUFFICIENT_FUNDS,
    });
    expect(await call(method.bet, movement('u1', { sessionToken: '' }))).toMatchObject({
      reason: Reason.SESSION_INVALID,
    });
    expect(await call(method.finishRound, { operatorId, userId: 'u1', provider: 'bonus', roundId: 'x' })).toMatchObject(
      {
        reason: Reason.ROUND_NOT_FOUND,
      },
    );
    expect(await call(method.getBalance, { operatorId, userId: 'nobody' })).toMatchObject({
      reason: Reason.PLAYER_NOT_FOUND,
    });
  });
});

describe('the cashier', () => {
  test('deposits, withdraws and corrects both ways, and says so in the ledger', async () => {
    const correction = transfer('u2', { amountUnits: -300n, note: 'paid twice on "May 3"' });
    expect(await call(method.deposit, transfer('u2', { amountUnits: 500n }))).toMatchObject({ balanceUnits: 10_500n });
    expect(await call(method.withdraw, transfer('u2', { amountUnits: 200n }))).toMatchObject({ balanceUnits: 10_300n });
    expect(await call(method.correct, correction)).toMatchObject({ balanceUnits: 10_000n });
    expect(await call(method.correct, correction)).toMatchObject({ balanceUnits: 10_000n, replayed: true });
    expect(await call(method.correct, transfer('u2', { amountUnits: 7n }))).toMatchObject({ balanceUnits: 10_007n });
    const { transactions } = await call(method.listTransactions, { operatorId, userId: 'u2' });
    expect(
      transactions.map(({ provider, kind, amountUnits, debitAccount, creditAccount }) =>
        [provider, kind, amountUnits, debitAccount, creditAccount].join(' '),
      ),
    ).toEqual([
      'cashier deposit 10000 cashier player',
      'cashier deposit 500 cashier player',
      'cashier withdrawal 200 player cashier',
      'cashier correction -300 player corrections',
      'cashier correction 7 corrections player',
    ]);
    expect(JSON.parse(transactions[3]?.context ?? '')).toEqual({ note: 'paid twice on "May 3"' });
    expect(transactions[4]?.context).toBe('');
  });

  test('a correction may leave a debt; a withdrawal may not', async () => {
    expect(await call(method.withdraw, transfer('u3', { amountUnits: START_UNITS + 1n }))).toMatchObject({
      reason: Reason.INSUFFICIENT_FUNDS,
    });
    expect(await call(method.correct, transfer('u3', { amountUnits: -START_UNITS - 1n }))).toMatchObject({
      reason: Reason.UNSPECIFIED,
      balanceUnits: -1n,
    });
  });

  test.each([
    ['deposit', method.deposit, 0n],
    ['deposit', method.deposit, -1n],
    ['withdraw', method.withdraw, 0n],
    ['withdraw', method.withdraw, -1n],
    ['correct', method.correct, 0n],
  ] as const)('%s has an amount that moves something: not %s of %s', async (_, of, amountUnits) => {
    const answer = refusal(call(of, transfer('u2', { amountUnits })));
    expect(await answer).toMatchObject({ code: 'INVALID_ARGUMENT', details: expect.stringMatching(/^amount_units: /) });
  });

  test('has its ids to itself', async () => {
    const { amountUnits: _, currencyCode: __, ...cancel } = movement('u1', { provider: 'cashier' });
    const asks = [method.bet, method.win, method.refund].map((of) => call(of, movement('u1', { provider: 'cashier' })));
    for (const ask of [...asks, call(method.cancel, cancel)]) {
      expect(await refusal(ask)).toMatchObject({
        code: 'INVALID_ARGUMENT',
        details: expect.stringMatching(/^provider: /),
      });
    }
  });
});

describe('a malformed request', () => {
  test.each([
    ['operator_id', { operatorId: '' }],
    ['operator_id', { operatorId: 'a b' }],
    ['user_id', { userId: '' }],
    ['user_id', { userId: ' u1' }],
    ['provider', { provider: '' }],
    ['provider', { provider: 'Bonus' }],
    ['transaction_id', { transactionId: '' }],
    ['transaction_id', { transactionId: 'x'.repeat(65) }],
    ['amount_units', { amountUnits: -1n }],
    ['amount_units', { amountUnits: 10n ** 18n }],
    ['currency_code', { currencyCode: 'EURO5' }],
    ['round_id', { roundId: 'ä' }],
    ['game_id', { gameId: 'g'.repeat(33) }],
    ['session_token', { sessionToken: 's'.repeat(256) }],
    ['context', { context: 'c'.repeat(65_536) }],
    ['occurred_at_ms', { occurredAtMs: -1n }],
  ])('%s is named', async (field, changed) => {
    expect(await refusal(call(method.bet, movement('u1', changed)))).toMatchObject({
      code: 'INVALID_ARGUMENT',
      details: expect.stringMatching(new RegExp(`^${field}: `)),
    });
  });

  test('of every method names its field', async () => {
    const named = async (answer: Promise<unknown>): Promise<string> => {
      const { code, details } = await refusal(answer);
      return `${code} ${details.split(':')[0]}`;
    };
    const round = { operatorId, userId: 'u1', provider: 'bonus', roundId: 'r1' };
    expect(await named(call(method.win, movement('u1', { transactionId: '' })))).toBe(
      'INVALID_ARGUMENT transaction_id',
    );
    expect(await named(call(method.refund, movement('u1', { userId: '' })))).toBe('INVALID_ARGUMENT user_id');
    expect(await named(call(method.cancel, { ...round, transactionId: '' }))).toBe('INVALID_ARGUMENT transaction_id');
    expect(await named(call(method.finishRound, { ...round, roundId: '' }))).toBe('INVALID_ARGUMENT round_id');
    expect(await named(call(method.deposit, transfer('u1', { note: 'n'.repeat(256) })))).toBe('INVALID_ARGUMENT note');
    expect(await named(call(method.deposit, transfer('u1', { transactionId: '' })))).toBe(
      'INVALID_ARGUMENT transaction_id',
    );
    expect(await named(call(method.getBalance, { operatorId: '', userId: 'u1' }))).toBe('INVALID_ARGUMENT operator_id');
    expect(await named(call(method.getRound, { ...round, provider: 'A' }))).toBe('INVALID_ARGUMENT provider');
    expect(await named(call(method.listTransactions, { operatorId, userId: 'u1', pageSize: 1_001 }))).toBe(
      'INVALID_ARGUMENT page_size',
    );
    expect(await named(call(method.listTransactions, { operatorId, userId: 'u1', pageToken: 'x' }))).toBe(
      'INVALID_ARGUMENT page_token',
    );
  });

  test('moved nothing', async () => {
    expect(await call(method.getBalance, { operatorId, userId: 'u4' })).toMatchObject({ balanceUnits: START_UNITS });
  });
});
