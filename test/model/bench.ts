import mysql, { type Connection } from 'mysql2/promise';
import { createTestDatabase } from '../harness/database.ts';
import { startWallet } from '../harness/processes.ts';
import { WalletClient } from './wallet-client.ts';

/** Wallet processes on one database of their own, for histories. */
export type Bench = {
  /** Of each wallet process one: requests go to each in turn. */
  clients: readonly [WalletClient, ...WalletClient[]];
  database: Connection;
  /** A name for a run: runs share the database. */
  nextRun: () => string;
  stop: () => Promise<void>;
};

export async function startBench(walletCount: 1 | 2): Promise<Bench> {
  const database = await createTestDatabase();
  // A machine that stalls must not make a deadline pass: the model knows none.
  const env = { DATABASE_URL: database.url, WALLET_DEADLINE_MAX_MS: '60000' };
  const first = await startWallet({ env });
  // The first one migrates, the second finds that done.
  const wallets = walletCount === 1 ? [first] : [first, await startWallet({ env })];
  const [client, ...others] = wallets.map(({ port }) => new WalletClient(port));
  if (client === undefined) throw new Error('no wallet');
  const clients = [client, ...others] as const;
  const connection = await mysql.createConnection({
    uri: database.url,
    supportBigNumbers: true,
    bigNumberStrings: true,
  });
  let runs = 0;
  return {
    clients,
    database: connection,
    nextRun: () => {
      runs += 1;
      return String(runs);
    },
    stop: async () => {
      for (const each of clients) each.close();
      await connection.end();
      await Promise.all(wallets.map((wallet) => wallet.stop()));
      await database.drop();
    },
  };
}
