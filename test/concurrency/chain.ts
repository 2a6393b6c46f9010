import { createTestDatabase } from '../harness/database.ts';
import { createPlatformClient } from '../harness/platform.ts';
import { startAdapter, startWallet, type TestProcess } from '../harness/processes.ts';
import { createDriver } from '../model/driver.ts';
import { createOperator, OPERATOR } from '../model/fixture.ts';
import type { LedgerRow } from '../model/types.ts';
import { WalletClient } from '../model/wallet-client.ts';

/** Two wallets on one database, an adapter that uses both, and PLATFORM. */
export type Chain = Awaited<ReturnType<typeof startChain>>;

export async function startChain() {
  const database = await createTestDatabase();
  // Deadlines are for other tests: on a machine that stalls, they must not decide here.
  const env = { DATABASE_URL: database.url, WALLET_DEADLINE_MAX_MS: '60000' };
  // One after the other: the first one migrates.
  const wallets = [await startWallet({ env }), await startWallet({ env })] as const;
  const clients = [new WalletClient(wallets[0].port), new WalletClient(wallets[1].port)] as const;
  await createOperator(clients[0]);
  const walletUrls = wallets.map(({ address }) => address).join(',');
  const adapter = await startAdapter({ env: { WALLET_URLS: walletUrls, PLATFORM_DEADLINE_MS: '60000' } });
  const platform = createPlatformClient({ url: adapter.url, ...OPERATOR });
  const killed = new Set<TestProcess>();
  const driver = createDriver(clients[0]);
  return {
    database,
    wallets,
    clients,
    adapter,
    platform,
    kill: async (wallet: TestProcess): Promise<void> => {
      killed.add(wallet);
      await wallet.kill('SIGKILL');
    },
    ledger: (userId: string): Promise<LedgerRow[]> => driver.ledger({ operatorId: OPERATOR.operatorId, userId }),
    balanceUnits: (userId: string): Promise<bigint> => driver.balanceUnits({ operatorId: OPERATOR.operatorId, userId }),
    stop: async (): Promise<void> => {
      platform.close();
      for (const client of clients) client.close();
      await adapter.stop();
      await Promise.all(wallets.filter((wallet) => !killed.has(wallet)).map((wallet) => wallet.stop()));
      await database.drop();
    },
  };
}
