import { Client, credentials } from '@grpc/grpc-js';
import mysql from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { callUnary } from '../../../src/common/grpc.ts';
import { MoneyService, Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/database.ts';
import { startWallet, type TestProcess } from '../../harness/processes.ts';
import { createDatabaseProxy, type DatabaseProxy } from '../lanes/database-proxy.ts';
import { processes, until } from '../lanes/fixture.ts';
import { addOperator, addPlayer, type Call, createCall, OPERATOR, refusal } from '../services/fixture.ts';

const { method } = MoneyService;
const { operatorId } = OPERATOR;

let database: TestDatabase;
let proxy: DatabaseProxy;
let wallet: TestProcess;
let client: { call: Call; close: () => void };
let sql: mysql.Connection;

beforeAll(async () => {
  database = await createTestDatabase();
  proxy = await createDatabaseProxy(database.url);
  wallet = await startWallet({
    env: {
      DATABASE_URL: proxy.url,
      WALLET_LANES: '1',
      WALLET_QUEUE_MAX: '2',
      // The wallet gives up before its callers do, so that they hear from it.
      WALLET_DEADLINE_MAX_MS: '1500',
    },
  });
  client = createCall(wallet);
  await addOperator(client.call);
  await addPlayer(client.call, 'u1', 10_000n);
  sql = await mysql.createConnection(database.url);
});
afterAll(async () => {
  await sql.end();
  client.close();
  await wallet.stop();
  await proxy.close();
  await database.drop();
});

let lastId = 0;
const bet = (more = {}) => ({
  operatorId,
  userId: 'u1',
  provider: 'bonus',
  transactionId: `f${++lastId}`,
  amountUnits: 100n,
  ...more,
});

async function rowsOf(transactionId: string): Promise<number> {
  const [rows] = await sql.query<mysql.RowDataPacket[]>('SELECT 1 FROM transactions WHERE transaction_id = ?', [
    transactionId,
  ]);
  return rows.length;
}

async function lockAccount(): Promise<void> {
  await sql.query('START TRANSACTION');
  await sql.query('SELECT * FROM accounts FOR UPDATE');
}

test('the wallet gives up: DEADLINE_EXCEEDED, and nothing was done', async () => {
  const late = bet();
  await lockAccount();
  expect(await refusal(client.call(method.bet, late))).toEqual({
    code: 'DEADLINE_EXCEEDED',
    details: 'nothing was done',
  });
  await sql.query('ROLLBACK');
  expect(await client.call(method.bet, bet())).toMatchObject({ reason: Reason.UNSPECIFIED });
  expect(await rowsOf(late.transactionId)).toBe(0);
});

test('the caller gives up first: nothing is done after that', async () => {
  const late = bet();
  await lockAccount();
  const impatient = new Client(wallet.address, credentials.createInsecure());
  const answer = callUnary(impatient, method.bet, late, { deadlineMs: 200 });
  expect(await refusal(answer)).toMatchObject({ code: 'DEADLINE_EXCEEDED' });
  // The wallet has the same deadline: its statement is ended while the lock still stands.
  const watcher = await mysql.createConnection(database.url);
  await until('the lane stopped waiting', async () =>
    (await processes(watcher)).every(({ info }) => !info.includes('FOR UPDATE')),
  );
  await watcher.end();
  await sql.query('ROLLBACK');
  expect(await client.call(method.bet, bet())).toMatchObject({ reason: Reason.UNSPECIFIED });
  expect(await rowsOf(late.transactionId)).toBe(0);
  impatient.close();
});

test('too much is queued: RESOURCE_EXHAUSTED, at once', async () => {
  await lockAccount();
  const codes: string[] = [];
  const ask = async (): Promise<void> => {
    const answer = client.call(method.bet, bet()).then(() => 'OK');
    codes.push(await answer.catch(() => refusal(answer).then(({ code }) => code)));
  };
  // At most one is on its way and two are queued; those whose player is locked elsewhere count as queued.
  const all = Promise.all(Array.from({ length: 7 }, ask));
  await until('four were turned away', async () => codes.length >= 4);
  expect(new Set(codes)).toEqual(new Set(['RESOURCE_EXHAUSTED']));
  await sql.query('ROLLBACK');
  await all;
  const done = codes.filter((code) => code === 'OK').length;
  expect(done).toBeGreaterThanOrEqual(2);
  expect(codes.filter((code) => code === 'RESOURCE_EXHAUSTED')).toHaveLength(7 - done);
});

test('the database is lost with the answer to a COMMIT: UNKNOWN, and the truth when it is asked again', async () => {
  const lost = bet();
  const reached = proxy.nextCommit('lost after');
  const answer = refusal(client.call(method.bet, lost));
  await reached;
  await until('the COMMIT took effect', async () => (await rowsOf(lost.transactionId)) > 0);
  proxy.away();
  const { code, details } = await answer;
  expect(code).toBe('UNKNOWN');
  expect(details).toMatch(/ask again/);
  proxy.back();
  expect(await client.call(method.bet, lost)).toMatchObject({ reason: Reason.UNSPECIFIED, replayed: true });
  expect(await rowsOf(lost.transactionId)).toBe(1);
});

test('the database is away: UNAVAILABLE, for movements and reads, and all is well when it is back', async () => {
  proxy.away();
  const answers = [
    client.call(method.bet, bet()),
    client.call(method.getBalance, { operatorId, userId: 'u1' }),
    client.call(method.listTransactions, { operatorId, userId: 'u1' }),
    client.call(method.getTransaction, { operatorId, provider: 'bonus', transactionId: 'f1' }),
  ];
  const codes = (await Promise.all(answers.map(refusal))).map(({ code }) => code);
  expect(codes).toEqual(Array(4).fill('UNAVAILABLE'));
  proxy.back();
  expect(await client.call(method.bet, bet())).toMatchObject({ reason: Reason.UNSPECIFIED });
});
