import { createConnection } from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MoneyService, Reason, type Transaction, TransactionStatus } from '../../../src/gen/wallet/v1/money_pb.ts';
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

let fixture: Fixture;
let call: Call;

beforeAll(async () => {
  fixture = await startFixture();
  call = fixture.call;
  await addOperator(call);
  for (const userId of ['u1', 'u2', 'u3']) await addPlayer(call, userId, 10_000n);
});
afterAll(() => fixture.stop());

const play = (userId: string, transactionId: string, more = {}) => ({
  ...{ operatorId, userId, provider: 'stargame', transactionId, amountUnits: 100n },
  ...more,
});
const cancel = (userId: string, transactionId: string, context = '') =>
  call(method.cancel, { operatorId, userId, provider: 'stargame', transactionId, context });
const list = (userId: string, more = {}) =>
  call(method.listPlay, { operatorId, userId, provider: 'stargame', ...more });
const STATUS_NAMES: Record<number, string> = {
  [TransactionStatus.OK]: 'ok',
  [TransactionStatus.ERROR]: 'refused',
  [TransactionStatus.CANCELED]: 'canceled',
};
const brief = (rows: readonly Transaction[]) =>
  rows.map(({ kind, transactionId, status }) => `${kind} ${transactionId} ${STATUS_NAMES[status]}`);

describe('ListPlay', () => {
  beforeAll(async () => {
    await call(method.bet, play('u1', 'a', { context: '{"hall":"1"}', occurredAtMs: 7n }));
    await call(method.bet, play('u1', 'other', { provider: 'platform' }));
    await call(method.win, play('u1', 'b'));
    await call(method.bet, play('u1', 'rounded', { roundId: 'r1' }));
    await call(method.bet, play('u1', 'too-much', { amountUnits: 10n ** 12n }));
    await cancel('u1', 'a', '{"finding":"log 7"}');
    await cancel('u1', 'never', '{"finding":"log 8"}');
    await call(method.bet, play('u1', 'c'));
    await call(method.bet, play('u2', 'd'));
  });

  const ALL = [
    'bet a canceled',
    'win b ok',
    'bet too-much refused',
    'reversal a ok',
    'tombstone never canceled',
    'bet c ok',
  ];

  test('gives what belongs to no round, of that provider and player, in order, as it is now', async () => {
    const { transactions, more } = await list('u1');
    expect(brief(transactions)).toEqual(ALL);
    expect(more).toBe(false);
    expect(transactions.map(({ seq }) => seq)).toEqual([2n, 4n, 6n, 7n, 8n, 9n]);
    expect(transactions[0]).toMatchObject({
      amountUnits: 100n,
      context: '{"hall":"1"}',
      occurredAtMs: 7n,
      userId: 'u1',
    });
    expect(transactions[2]).toMatchObject({ reason: Reason.INSUFFICIENT_FUNDS });
  });

  test('shows the reason of a cancel with its row, also where it found nothing', async () => {
    const { transactions } = await list('u1', { afterSeq: 6n });
    expect(transactions.slice(0, 2)).toMatchObject([
      { kind: 'reversal', isReversal: true, context: '{"finding":"log 7"}' },
      { kind: 'tombstone', isReversal: false, context: '{"finding":"log 8"}' },
    ]);
  });

  test('goes on after a row, and says whether there is more', async () => {
    const found: Transaction[] = [];
    for (let more = true; more; ) {
      const page = await list('u1', { limit: 2, afterSeq: found.at(-1)?.seq ?? 0n });
      expect(page.transactions).toHaveLength(2);
      found.push(...page.transactions);
      more = page.more;
    }
    expect(brief(found)).toEqual(ALL);
    expect(await list('u1', { afterSeq: 9n })).toMatchObject({ transactions: [], more: false });
  });

  test('leaves out what was written before a time', async () => {
    const connection = await createConnection(fixture.databaseUrl);
    const [first] = (await list('u1')).transactions;
    const from = (first?.createdAtMs ?? 0n) - 1_000n;
    await connection.query("UPDATE transactions SET created_at_ms = ? WHERE transaction_id IN ('a', 'b')", [from - 1n]);
    expect(brief((await list('u1', { fromMs: from })).transactions)).toEqual(ALL.filter((row) => !/ [ab] /.test(row)));
    await connection.query("UPDATE transactions SET created_at_ms = ? WHERE transaction_id = 'b'", [from]);
    expect(brief((await list('u1', { fromMs: from })).transactions)).toContain('win b ok');
    await connection.end();
  });

  test('gives fewer rows where their contexts are large, and every row all the same', async () => {
    const context = JSON.stringify('x'.repeat(65_000));
    const sent = Array.from({ length: 70 }, (_, n) => play('u3', `large-${n}`, { amountUnits: 0n, context }));
    await Promise.all(sent.map((each) => call(method.bet, each)));
    const first = await list('u3', { limit: 10_000 });
    // 4,000,000 characters a page.
    expect(first.transactions).toHaveLength(61);
    expect(first.more).toBe(true);
    const rest = await list('u3', { limit: 10_000, afterSeq: first.transactions.at(-1)?.seq });
    expect(rest).toMatchObject({ more: false });
    expect(new Set([...first.transactions, ...rest.transactions].map(({ seq }) => seq)).size).toBe(70);
  });

  test.each(['nobody', 'u1 ', 'U1'])('of player "%s" is NOT_FOUND', async (userId) => {
    expect(await refusal(list(userId))).toMatchObject({ code: 'NOT_FOUND' });
  });

  test.each([
    ['operator_id', { operatorId: 'ä' }],
    ['provider', { provider: '' }],
    ['after_seq', { afterSeq: -1n }],
    ['from_ms', { fromMs: -1n }],
    ['limit', { limit: 10_001 }],
  ])('says INVALID_ARGUMENT and names %s', async (field, wrong) => {
    expect(await refusal(list('u1', wrong))).toEqual({
      code: 'INVALID_ARGUMENT',
      details: expect.stringMatching(`^${field}: `),
    });
  });
});

test('a cancel with too long a context is INVALID_ARGUMENT, and cancels nothing', async () => {
  await call(method.bet, play('u2', 'kept'));
  expect(await refusal(cancel('u2', 'kept', 'c'.repeat(65_536)))).toMatchObject({
    code: 'INVALID_ARGUMENT',
    details: expect.stringMatching(/^context: /),
  });
  expect(brief((await list('u2')).transactions)).toContain('bet kept ok');
});
