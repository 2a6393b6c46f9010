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
  for (const userId of ['u1', 'u2', 'u3', 'u4', 'u5']) await addPlayer(call, userId, START_UNITS);
});
afterAll(() => fixture.stop());

let lastId = 0;
const newId = (): string => `l${++lastId}`;
const movement = (userId: string, more = {}) => ({
  operatorId,
  userId,
  provider: 'platform',
  transactionId: newId(),
  amountUnits: 100n,
  currencyCode: 'EUR',
  roundId: 'r1',
  gameId: '200',
  ...more,
});
const undo = ({ amountUnits: _, currencyCode: __, ...cancel }: ReturnType<typeof movement>) =>
  call(method.cancel, cancel);

describe('GetTransaction', () => {
  test('gives the whole row, by its counterparty’s id', async () => {
    const placed = movement('u1', { transactionId: '18446744073709551616', context: '{"a":1}', occurredAtMs: 5n });
    await call(method.bet, placed);
    const key = { operatorId, provider: 'platform', transactionId: placed.transactionId };
    expect(await call(method.getTransaction, key)).toMatchObject({
      ...key,
      userId: 'u1',
      seq: 2n,
      isReversal: false,
      kind: 'bet',
      status: TransactionStatus.OK,
      reason: Reason.UNSPECIFIED,
      amountUnits: 100n,
      currencyCode: 'EUR',
      balanceAfterUnits: START_UNITS - 100n,
      debitAccount: 'player',
      creditAccount: 'games',
      roundId: 'r1',
      gameId: '200',
      context: '{"a":1}',
      occurredAtMs: 5n,
      requestId: expect.stringMatching(/^[!-~]+$/),
    });
    await undo(placed);
    expect(await call(method.getTransaction, key)).toMatchObject({ kind: 'bet', status: TransactionStatus.CANCELED });
  });

  test('says why one was refused, and what a tombstone is', async () => {
    const refused = movement('u1', { amountUnits: 10n ** 12n });
    await call(method.bet, refused);
    const buried = movement('u1');
    await undo(buried);
    const get = (transactionId: string) =>
      call(method.getTransaction, { operatorId, provider: 'platform', transactionId });
    expect(await get(refused.transactionId)).toMatchObject({
      status: TransactionStatus.ERROR,
      reason: Reason.INSUFFICIENT_FUNDS,
      debitAccount: '',
    });
    expect(await get(buried.transactionId)).toMatchObject({ kind: 'tombstone', status: TransactionStatus.CANCELED });
  });

  test.each([
    ['id', { transactionId: 'nope' }],
    ['provider', { provider: 'bonus' }],
    ['operator', { operatorId: 'another' }],
    ['empty id', { transactionId: '' }],
  ])('of another %s is NOT_FOUND', async (_, changed) => {
    const placed = movement('u1');
    await call(method.bet, placed);
    const key = { operatorId, provider: 'platform', transactionId: placed.transactionId, ...changed };
    expect(await refusal(call(method.getTransaction, key))).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('an id that none can have', () => {
  const key = { operatorId, provider: 'platform', transactionId: 't1' };
  const round = { operatorId, userId: 'u1', provider: 'platform', roundId: 'r1' };
  const get = (changed: object) => call(method.getTransaction, { ...key, ...changed });
  const list = (changed: object) => call(method.listTransactions, { operatorId, userId: 'u1', ...changed });
  const getRound = (changed: object) => call(method.getRound, { ...round, ...changed });

  test.each<[string, (changed: object) => Promise<unknown>, object, string]>([
    ['GetTransaction', get, { operatorId: 'ä' }, 'operator_id'],
    ['GetTransaction', get, { provider: 'ä' }, 'provider'],
    ['GetTransaction', get, { transactionId: 'ä' }, 'transaction_id'],
    ['GetTransaction', get, { transactionId: 'a b' }, 'transaction_id'],
    ['ListTransactions', list, { operatorId: 'ä' }, 'operator_id'],
    ['ListTransactions', list, { roundId: 'ä' }, 'round_id'],
    ['ListTransactions', list, { roundId: 'a b' }, 'round_id'],
    ['GetRound', getRound, { operatorId: 'ä' }, 'operator_id'],
    ['GetRound', getRound, { provider: 'ä' }, 'provider'],
    ['GetRound', getRound, { roundId: 'ä' }, 'round_id'],
  ])('is INVALID_ARGUMENT of %s, which names the field: %s %o', async (_, ask, changed, field) => {
    expect(await refusal(ask(changed))).toEqual({
      code: 'INVALID_ARGUMENT',
      details: expect.stringMatching(`^${field}: `),
    });
  });
});

describe('ListTransactions', () => {
  const pages = async (request: { userId: string; roundId?: string; pageSize: number }): Promise<bigint[][]> => {
    const found: bigint[][] = [];
    let pageToken = '';
    do {
      const page = await call(method.listTransactions, { operatorId, ...request, pageToken });
      found.push(page.transactions.map(({ seq }) => seq));
      pageToken = page.nextPageToken;
    } while (pageToken !== '');
    return found;
  };

  beforeAll(async () => {
    for (let n = 0; n < 24; n += 1) await call(method.bet, movement('u2', { roundId: `r${n % 2}`, amountUnits: 1n }));
  });

  test('gives every row once, newest last, in pages', async () => {
    const all = Array.from({ length: 25 }, (_, n) => BigInt(n + 1));
    expect(await pages({ userId: 'u2', pageSize: 10 })).toEqual([all.slice(0, 10), all.slice(10, 20), all.slice(20)]);
    expect(await pages({ userId: 'u2', pageSize: 25 })).toEqual([all]);
    expect(await pages({ userId: 'u2', pageSize: 0 })).toEqual([all]);
    expect(await pages({ userId: 'u2', pageSize: 24 })).toEqual([all.slice(0, 24), all.slice(24)]);
  });

  test('of one round', async () => {
    const odd = Array.from({ length: 12 }, (_, n) => BigInt(2 * n + 3));
    expect(await pages({ userId: 'u2', roundId: 'r1', pageSize: 5 })).toEqual([
      odd.slice(0, 5),
      odd.slice(5, 10),
      odd.slice(10),
    ]);
  });

  test('of a round that was not played is empty', async () => {
    await call(method.win, movement('u2', { roundId: '' }));
    expect(await pages({ userId: 'u2', roundId: 'r9', pageSize: 10 })).toEqual([[]]);
  });

  test('gives fewer rows a page where their contexts are large, and every row all the same', async () => {
    const context = JSON.stringify('x'.repeat(65_000));
    const sent = Array.from({ length: 70 }, () => movement('u1', { roundId: 'large', amountUnits: 0n, context }));
    await Promise.all(sent.map((each) => call(method.bet, each)));
    const found = await pages({ userId: 'u1', roundId: 'large', pageSize: 100 });
    // 4,000,000 characters a page.
    expect(found.map(({ length }) => length)).toEqual([61, 9]);
    expect(new Set(found.flat()).size).toBe(70);
  });

  test('shows a cancel as a row of its own, and what it undid as canceled', async () => {
    const placed = movement('u3');
    await call(method.bet, placed);
    await undo(placed);
    const { transactions } = await call(method.listTransactions, { operatorId, userId: 'u3' });
    expect(transactions.slice(1)).toMatchObject([
      { kind: 'bet', status: TransactionStatus.CANCELED, isReversal: false, balanceAfterUnits: START_UNITS - 100n },
      { kind: 'reversal', status: TransactionStatus.OK, isReversal: true, balanceAfterUnits: START_UNITS },
    ]);
  });

  test.each(['nobody', 'u2 ', 'U2'])('of player "%s" is NOT_FOUND', async (userId) => {
    expect(await refusal(call(method.listTransactions, { operatorId, userId }))).toMatchObject({ code: 'NOT_FOUND' });
  });
});

describe('rounds', () => {
  const round = (userId: string, roundId: string) => ({ operatorId, userId, provider: 'platform', roundId });

  test('GetRound counts what stands now, without what was canceled or refused', async () => {
    const roundId = 'counted';
    const canceled = movement('u4', { roundId, amountUnits: 7n });
    await call(method.bet, movement('u4', { roundId, amountUnits: 1_000n }));
    await call(method.bet, movement('u4', { roundId, amountUnits: 500n }));
    await call(method.bet, canceled);
    await call(method.bet, movement('u4', { roundId, amountUnits: 10n ** 12n }));
    await call(method.bet, movement('u4', { roundId: 'another' }));
    await call(method.refund, movement('u4', { roundId, amountUnits: 30n }));
    await undo(canceled);
    await undo(movement('u4', { roundId }));
    await call(method.win, movement('u4', { roundId, amountUnits: 200n, roundFinished: true }));
    expect(await call(method.getRound, round('u4', roundId))).toMatchObject({
      provider: 'platform',
      roundId,
      betUnits: 1_500n,
      winUnits: 200n,
      refundUnits: 30n,
      transactionCount: 4,
      closedAtMs: 0n,
      summedAtMs: 0n,
    });
    expect((await call(method.getRound, round('u4', roundId))).finishedAtMs).toBeGreaterThan(0n);
  });

  test('FinishRound closes, and may come again', async () => {
    const roundId = 'closed';
    await call(method.bet, movement('u5', { roundId }));
    expect(await call(method.finishRound, round('u5', roundId))).toMatchObject({ reason: 0, replayed: false });
    expect(await call(method.finishRound, round('u5', roundId))).toMatchObject({ reason: 0, replayed: true });
    const closed = await call(method.getRound, round('u5', roundId));
    expect(closed.closedAtMs).toBeGreaterThan(0n);
    expect(closed.finishedAtMs).toBe(closed.closedAtMs);
  });

  test('GetRound counts anew, whatever was summed, and takes the rake of the contexts exactly', async () => {
    const roundId = 'anew';
    await call(method.bet, movement('u5', { roundId, context: '{"rake":9}' }));
    await call(method.finishRound, round('u5', roundId));
    const win = movement('u5', { roundId, amountUnits: 60n, context: '{"reason":"COLLECT","rake":0.0328}' });
    await call(method.win, win);
    await call(method.win, movement('u5', { roundId, amountUnits: 0n, context: '{"rake":' }));
    const before = { betCount: 1, winCount: 2, refundCount: 0, rakeTenThousandths: 328n };
    expect(await call(method.getRound, round('u5', roundId))).toMatchObject({
      ...before,
      grossGamingRevenueUnits: 40n,
      summedAtMs: 0n,
    });
    await undo(win);
    expect(await call(method.getRound, round('u5', roundId))).toMatchObject({
      ...before,
      winCount: 1,
      rakeTenThousandths: 0n,
      grossGamingRevenueUnits: 100n,
    });
  });

  test('what was not played is NOT_FOUND: also outside of any round', async () => {
    await call(method.bet, movement('u4', { roundId: '' }));
    for (const roundId of ['never', '']) {
      expect(await refusal(call(method.getRound, round('u4', roundId)))).toMatchObject({
        code: expect.stringMatching(/^(NOT_FOUND|INVALID_ARGUMENT)$/),
      });
    }
    for (const changed of [{ userId: 'nobody' }, { provider: 'bonus' }, { operatorId: 'another' }]) {
      expect(await refusal(call(method.getRound, { ...round('u4', 'counted'), ...changed }))).toMatchObject({
        code: 'NOT_FOUND',
      });
    }
  });
});
