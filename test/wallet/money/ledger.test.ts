import { create } from '@bufbuild/protobuf';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { MoneyService, Reason, SumRoundRequestSchema, TransactionStatus } from '../../../src/gen/wallet/v1/money_pb.ts';
import { createPool } from '../../../src/wallet/db.ts';
import { sumRound } from '../../../src/wallet/services/ledger.ts';
import { createDatabaseProxy } from '../lanes/database-proxy.ts';
import { until } from '../lanes/fixture.ts';
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
let sql: mysql.Connection;

beforeAll(async () => {
  fixture = await startFixture();
  call = fixture.call;
  sql = await mysql.createConnection({ uri: fixture.databaseUrl, supportBigNumbers: true, bigNumberStrings: true });
  await addOperator(call);
  for (const userId of ['u1', 'u2', 'u3', 'u4', 'u5']) await addPlayer(call, userId, START_UNITS);
});
afterAll(async () => {
  await sql.end();
  await fixture.stop();
});

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
  const sum = (changed: object) =>
    call(method.sumRound, { playerId: 1n, provider: 'platform', roundId: 'r1', ...changed });

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
    ['SumRound', sum, { provider: 'ä' }, 'provider'],
    ['SumRound', sum, { roundId: 'ä' }, 'round_id'],
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
  const waitsForLock = async (roundId: string): Promise<boolean> => {
    const [rows] = await sql.query<mysql.RowDataPacket[]>(
      // Not innodb_trx: MariaDB answers from a cache there, which is never made anew while it is asked often.
      'SELECT 1 FROM information_schema.processlist WHERE info LIKE ? AND id <> CONNECTION_ID()',
      [`%FROM rounds%${roundId}%FOR UPDATE`],
    );
    return rows.length > 0;
  };
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

  test('FinishRound closes, SumRound writes the totals, and both may come again', async () => {
    const roundId = 'closed';
    const placed = movement('u5', { roundId });
    await call(method.bet, placed);
    expect(await call(method.finishRound, round('u5', roundId))).toMatchObject({ reason: 0, replayed: false });
    expect(await call(method.finishRound, round('u5', roundId))).toMatchObject({ reason: 0, replayed: true });
    const [[owed] = []] = await sql.query<mysql.RowDataPacket[]>('SELECT payload FROM outbox');
    const playerId = BigInt(JSON.parse(owed?.payload ?? '{}').playerId);

    const sum = () => call(method.sumRound, { playerId, provider: 'platform', roundId });
    expect(await sum()).toMatchObject({ roundId, betUnits: 100n, winUnits: 0n, transactionCount: 1 });
    expect((await sum()).summedAtMs).toBeGreaterThan(0n);
    await undo(placed);
    await call(method.win, movement('u5', { roundId, amountUnits: 60n }));
    expect(await sum()).toMatchObject({ betUnits: 0n, winUnits: 60n, transactionCount: 1 });
    const [stored] = await sql.query(
      `SELECT bet_units, win_units, refund_units, transaction_count, closed_at_ms FROM rounds
       WHERE player_id = ? AND round_id = ?`,
      [String(playerId), roundId],
    );
    expect(stored).toEqual([
      { bet_units: '0', win_units: '60', refund_units: '0', transaction_count: 1, closed_at_ms: expect.any(String) },
    ]);
  });

  test('two SumRounds at once leave what is so now, whichever of them is the slower', async () => {
    const roundId = 'raced';
    await call(method.bet, movement('u3', { roundId }));
    await call(method.finishRound, round('u3', roundId));
    const [[row] = []] = await sql.query<mysql.RowDataPacket[]>('SELECT player_id FROM rounds WHERE round_id = ?', [
      roundId,
    ]);
    const request = create(SumRoundRequestSchema, { playerId: BigInt(row?.player_id), provider: 'platform', roundId });
    const proxy = await createDatabaseProxy(fixture.databaseUrl);
    const slowPool = createPool(proxy.url, { connectionLimit: 1 });
    const pool = createPool(fixture.databaseUrl, { connectionLimit: 1 });

    const held = proxy.holdNext('UPDATE rounds');
    const slow = sumRound(slowPool, request, 1);
    const release = await held;
    await call(method.win, movement('u3', { roundId, amountUnits: 60n }));
    let done = false;
    const fast = sumRound(pool, request, 2).finally(() => {
      done = true;
    });
    await until('the second has written, or waits for the first', async () => done || (await waitsForLock(roundId)));
    release();
    await Promise.all([slow, fast]);
    await Promise.all([slowPool.end(), pool.end()]);
    await proxy.close();
    const [stored] = await sql.query('SELECT bet_units, win_units FROM rounds WHERE round_id = ?', [roundId]);
    expect(stored).toEqual([{ bet_units: '100', win_units: '60' }]);
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
    expect(
      await refusal(call(method.sumRound, { playerId: 1n, provider: 'platform', roundId: 'counted' })),
    ).toMatchObject({ code: 'NOT_FOUND' });
  });
});
