import { create } from '@bufbuild/protobuf';
import { WireType } from '@bufbuild/protobuf/wire';
import mysql from 'mysql2/promise';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import {
  MoneyService,
  OperationFrameSchema,
  OperationKind,
  Reason,
  TransactionStatus,
} from '../../../src/gen/wallet/v1/money_pb.ts';
import { SessionService } from '../../../src/gen/wallet/v1/sessions_pb.ts';
import { addOperator, addPlayer, type Fixture, OPERATOR, startFixture } from '../services/fixture.ts';
import { type OperationInit, openStream, type StreamClient } from './stream-client.ts';

const STREAM_MAX = 10;
const START_UNITS = 100_000n;
const { operatorId } = OPERATOR;

let fixture: Fixture;
let stream: StreamClient;
let holder: mysql.Connection;
let token: string;

beforeAll(async () => {
  fixture = await startFixture({ WALLET_STREAM_MAX: String(STREAM_MAX), WALLET_LANES: '1' });
  await addOperator(fixture.call);
  for (const userId of ['u1', 'u2', 'u3']) await addPlayer(fixture.call, userId, START_UNITS);
  ({ token } = await fixture.call(SessionService.method.openSession, { operatorId, userId: 'u1', gameId: '200' }));
  holder = await mysql.createConnection(fixture.databaseUrl);
});
afterAll(async () => {
  await holder.end();
  await fixture.stop();
});
beforeEach(() => {
  stream = openStream(fixture.wallet.address);
});
afterEach(() => stream.close());

let lastId = 0;
function operation(kind: OperationKind, more: Partial<OperationInit> = {}): OperationInit & { transactionId: string } {
  lastId += 1;
  return {
    id: lastId,
    kind,
    operatorId,
    userId: 'u1',
    provider: 'platform',
    amountUnits: 100n,
    currencyCode: 'EUR',
    roundId: 'r1',
    gameId: '200',
    deadlineMs: 8_000,
    ...more,
    transactionId: more.transactionId ?? `s${lastId}`,
  };
}
const bet = (more: Partial<OperationInit> = {}) => operation(OperationKind.BET, more);

async function lockAccount(userId: string): Promise<void> {
  await holder.query('START TRANSACTION');
  await holder.query(
    'SELECT a.seq FROM accounts a JOIN players p ON p.player_id = a.player_id WHERE p.user_id = ? FOR UPDATE',
    [userId],
  );
}

describe('each operation', () => {
  test('is answered under its own id, whatever else is in the frame', async () => {
    const placed = bet();
    const [first] = await stream.send(placed);
    expect(first).toMatchObject({ id: placed.id, reason: Reason.UNSPECIFIED, balanceUnits: START_UNITS - 100n });
    const { transactionId } = placed;
    const noTransaction = { transactionId: '', amountUnits: 0n };
    const outcomes = await stream.send(
      bet({ transactionId }),
      operation(OperationKind.STATUS, { transactionId }),
      operation(OperationKind.WIN, { amountUnits: 50n }),
      operation(OperationKind.REFUND, { amountUnits: 0n }),
      operation(OperationKind.BALANCE, noTransaction),
      operation(OperationKind.AUTHENTICATE, { ...noTransaction, userId: '', sessionToken: token }),
      bet({ sessionToken: 'unknown' }),
    );
    expect(outcomes.map(({ reason }) => reason)).toEqual([0, 0, 0, 0, 0, 0, Reason.SESSION_INVALID]);
    expect(outcomes[0]).toMatchObject({ replayed: true, balanceUnits: START_UNITS - 100n });
    expect(outcomes[1]).toMatchObject({ transactionStatus: TransactionStatus.OK });
    expect(outcomes[5]).toMatchObject({ identity: { userId: 'u1', userName: 'name of u1', country: 'Germany' } });
    await stream.send(bet({ roundId: 'r2' }));
    const finish = operation(OperationKind.FINISH_ROUND, { ...noTransaction, roundId: 'r2' });
    expect(await stream.send(finish)).toMatchObject([{ reason: Reason.UNSPECIFIED }]);
    expect(await stream.send(bet({ roundId: 'r2' }))).toMatchObject([{ reason: Reason.ROUND_CLOSED }]);
    expect(await stream.send(operation(OperationKind.CANCEL, { transactionId, amountUnits: 0n }))).toMatchObject([
      { reason: 0, transactionStatus: TransactionStatus.CANCELED },
    ]);
  });

  test('that is slow does not hold up what comes after it', async () => {
    await stream.send(bet());
    await lockAccount('u1');
    const slow = stream.send(bet());
    expect(await stream.send(operation(OperationKind.BALANCE, { userId: 'u2', transactionId: '' }))).toMatchObject([
      { reason: Reason.UNSPECIFIED },
    ]);
    await holder.query('ROLLBACK');
    expect(await slow).toMatchObject([{ reason: Reason.UNSPECIFIED }]);
  });
});

describe('what the stream does not take', () => {
  test.each([
    ['a deposit', { kind: OperationKind.DEPOSIT }, 'kind'],
    ['a withdrawal', { kind: OperationKind.WITHDRAWAL }, 'kind'],
    ['a correction', { kind: OperationKind.CORRECTION }, 'kind'],
    ['no kind', { kind: OperationKind.UNSPECIFIED }, 'kind'],
    ['a kind of the future', { kind: 99 as OperationKind }, 'kind'],
    ['ids of the cashier', { provider: 'cashier' }, 'provider'],
    ['a field that is malformed', { transactionId: 'a b' }, 'transaction_id'],
    ['a win with a win', { kind: OperationKind.WIN, winUnits: 1n }, 'win_units'],
    ['a win below zero', { winUnits: -1n }, 'win_units'],
    ['a cancel that is void when late', { kind: OperationKind.CANCEL, voidIfLate: true }, 'void_if_late'],
    ['an id without room for that of its win', { winUnits: 1n, transactionId: 't'.repeat(61) }, 'transaction_id'],
    ['an amount below zero', { amountUnits: -1n }, 'amount_units'],
  ])('%s: answered with the field, and the stream goes on', async (_, changed, field) => {
    const [outcome] = await stream.send(bet(changed));
    expect(outcome).toMatchObject({
      reason: Reason.INVALID_ARGUMENT,
      message: expect.stringMatching(new RegExp(`^${field}: `)),
    });
    expect(await stream.send(bet())).toMatchObject([{ reason: Reason.UNSPECIFIED }]);
  });

  test('bytes that are no frame end that stream alone', async () => {
    const other = openStream(fixture.wallet.address);
    // `operations` as a number: no reader of this schema can read that.
    const $unknown = [{ no: 1, wireType: WireType.Varint, data: new Uint8Array([7]) }];
    other.frame({ ...create(OperationFrameSchema), $unknown });
    expect(await other.ended).not.toBe('OK');
    other.close();
    expect(await stream.send(bet())).toMatchObject([{ reason: Reason.UNSPECIFIED }]);
  });
});

describe('in flight', () => {
  test('no more than the bound; what is over it is turned away at once, and there is room again afterwards', async () => {
    await stream.send(bet({ userId: 'u3' }));
    await lockAccount('u3');
    const operations = Array.from({ length: STREAM_MAX + 7 }, () => bet({ userId: 'u3' }));
    const outcomes = stream.send(...operations);
    const over = await stream.send(bet({ userId: 'u3' }));
    expect(over).toMatchObject([{ reason: Reason.OVERLOADED }]);
    await holder.query('ROLLBACK');
    const reasons = (await outcomes).map(({ reason }) => reason);
    expect(reasons).toEqual([...Array(STREAM_MAX).fill(Reason.UNSPECIFIED), ...Array(7).fill(Reason.OVERLOADED)]);
    const again = await stream.send(...Array.from({ length: STREAM_MAX }, () => bet({ userId: 'u3' })));
    expect(again.map(({ reason }) => reason)).toEqual(Array(STREAM_MAX).fill(Reason.UNSPECIFIED));
  });

  test('is counted for each stream by itself', async () => {
    await stream.send(bet({ userId: 'u3' }));
    await lockAccount('u3');
    const full = stream.send(...Array.from({ length: STREAM_MAX }, () => bet({ userId: 'u3' })));
    const other = openStream(fixture.wallet.address);
    const alsoThere = other.send(bet({ userId: 'u3' }));
    await holder.query('ROLLBACK');
    expect(await alsoThere).toMatchObject([{ reason: Reason.UNSPECIFIED }]);
    expect((await full).every(({ reason }) => reason === Reason.UNSPECIFIED)).toBe(true);
    other.close();
  });
});

describe('the end of a stream', () => {
  test('comes after the last answer', async () => {
    await stream.send(bet({ userId: 'u2' }));
    await lockAccount('u2');
    const outcomes = stream.send(...Array.from({ length: STREAM_MAX }, () => bet({ userId: 'u2' })));
    stream.end();
    await holder.query('ROLLBACK');
    expect((await outcomes).map(({ reason }) => reason)).toEqual(Array(STREAM_MAX).fill(Reason.UNSPECIFIED));
    expect(await stream.ended).toBe('OK');
  });

  test('of an idle one comes at once', async () => {
    await stream.send(bet());
    stream.end();
    expect(await stream.ended).toBe('OK');
  });

  test('broken by its caller: what was in flight is done or not, and says so when it is asked again', async () => {
    await stream.send(bet({ userId: 'u2' }));
    await lockAccount('u2');
    const inFlight = bet({ userId: 'u2' });
    stream.frame(create(OperationFrameSchema, { operations: [inFlight] }));
    await stream.send(operation(OperationKind.BALANCE, { userId: 'u1', transactionId: '' }));
    stream.cancel();
    expect(await stream.ended).toBe('CANCELLED');
    await fixture.wallet.waitForLog((line) => line.msg === 'operate stream closed' && line.unanswered === 1);
    await holder.query('ROLLBACK');
    const other = openStream(fixture.wallet.address);
    const before = await fixture.call(MoneyService.method.getBalance, { operatorId, userId: 'u2' });
    expect(await other.send(inFlight)).toMatchObject([{ reason: Reason.UNSPECIFIED }]);
    expect(await other.send(inFlight)).toMatchObject([{ reason: Reason.UNSPECIFIED, replayed: true }]);
    const after = await fixture.call(MoneyService.method.getBalance, { operatorId, userId: 'u2' });
    expect([before.balanceUnits, before.balanceUnits - 100n]).toContain(after.balanceUnits);
    other.close();
  });

  test('broken under a bet that is void when late: nothing of it stands, and it never will', async () => {
    await stream.send(bet({ userId: 'u2' }));
    const balance = async (): Promise<bigint> =>
      (await fixture.call(MoneyService.method.getBalance, { operatorId, userId: 'u2' })).balanceUnits;
    const before = await balance();
    await lockAccount('u2');
    const inFlight = bet({ userId: 'u2', winUnits: 40n, voidIfLate: true });
    stream.frame(create(OperationFrameSchema, { operations: [inFlight] }));
    await stream.send(operation(OperationKind.BALANCE, { userId: 'u1', transactionId: '' }));
    stream.cancel();
    await fixture.wallet.waitForLog((line) => line.msg === 'operate stream closed' && line.unanswered === 1);
    await holder.query('ROLLBACK');
    const { transactionId } = inFlight;
    await fixture.wallet.waitForLog((line) => line.msg === 'late bet' && line.transaction === transactionId);
    expect(await balance()).toBe(before);
    const request = { operatorId, userId: 'u2', pageSize: 1_000 };
    const { transactions } = await fixture.call(MoneyService.method.listTransactions, request);
    expect(transactions.slice(-4).map(({ transactionId: id, kind }) => [id, kind])).toEqual([
      [transactionId, 'bet'],
      [`${transactionId}+win`, 'win'],
      [transactionId, 'reversal'],
      [`${transactionId}+win`, 'reversal'],
    ]);
    // Whoever asks again all the same.
    const other = openStream(fixture.wallet.address);
    expect(await other.send(inFlight)).toMatchObject([{ reason: Reason.TRANSACTION_CANCELED }]);
    other.close();
  });

  test('half closed is not broken: a bet that is void when late stands, and is answered', async () => {
    await stream.send(bet({ userId: 'u2' }));
    await lockAccount('u2');
    const outcomes = stream.send(bet({ userId: 'u2', winUnits: 40n, voidIfLate: true }));
    stream.end();
    await holder.query('ROLLBACK');
    expect(await outcomes).toMatchObject([{ reason: Reason.UNSPECIFIED }]);
    expect(await stream.ended).toBe('OK');
  });
});
