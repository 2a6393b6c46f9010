import mysql from 'mysql2/promise';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createPool } from '../../../src/common/db.ts';
import { OperationKind, Reason } from '../../../src/gen/wallet/v1/money_pb.ts';
import { verifyLedger } from '../../../src/wallet/verify.ts';
import { createTestDatabase, type TestDatabase } from '../../harness/database.ts';
import { startWallet, type TestProcess } from '../../harness/processes.ts';
import { until } from '../lanes/fixture.ts';
import { addOperator, addPlayer, createCall, OPERATOR } from '../services/fixture.ts';
import { openStream } from './stream-client.ts';

const USERS = ['u1', 'u2', 'u3', 'u4'];

let database: TestDatabase;
let wallet: TestProcess;

beforeAll(async () => {
  database = await createTestDatabase();
  wallet = await startWallet({ env: { DATABASE_URL: database.url } });
  const client = createCall(wallet);
  await addOperator(client.call);
  for (const userId of USERS) await addPlayer(client.call, userId, 10n ** 9n);
  client.close();
});
afterAll(() => database.drop());

/** Sends bet after bet, several at a time, until the stream ends; gives the ids of those that were answered as done. */
async function keepBusy(userId: string, done: Set<string>, odd: Reason[]): Promise<void> {
  const stream = openStream(wallet.address);
  let id = 0;
  const one = async (): Promise<void> => {
    for (;;) {
      id += 1;
      const transactionId = `${userId}-${id}`;
      const [outcome] = await stream.send({
        id,
        kind: OperationKind.BET,
        operatorId: OPERATOR.operatorId,
        userId,
        provider: 'platform',
        transactionId,
        amountUnits: 1n,
        deadlineMs: 5_000,
      });
      if (outcome?.reason === Reason.UNSPECIFIED) done.add(transactionId);
      else if (outcome !== undefined) odd.push(outcome.reason);
    }
  };
  await Promise.allSettled(Array.from({ length: 8 }, one));
  stream.close();
}

test('a wallet that is told to stop under load answers what it took, exits cleanly, and what it answered is there once', async () => {
  const done = new Set<string>();
  const odd: Reason[] = [];
  const busy = Promise.all(USERS.map((userId) => keepBusy(userId, done, odd)));
  await until('some were done', async () => done.size > 300);
  // Rejects where it does not exit with 0.
  await wallet.stop();
  await busy;
  // Whoever came while it drained was turned away.
  expect(odd.filter((reason) => reason !== Reason.OVERLOADED)).toEqual([]);

  const sql = await mysql.createConnection(database.url);
  const [rows] = await sql.query<mysql.RowDataPacket[]>("SELECT transaction_id FROM transactions WHERE kind = 'bet'");
  await sql.end();
  const stored = rows.map((row) => String(row.transaction_id));
  expect(new Set(stored).size).toBe(stored.length);
  expect([...done].filter((id) => !stored.includes(id))).toEqual([]);

  const pool = createPool(database.url, { connectionLimit: 1 });
  expect(await verifyLedger(pool, async () => {})).toMatchObject({ findings: 0n });
  await pool.end();
});
