import { createPlatformClient } from '../harness/platform.ts';
import { startPrivateDatabase } from '../harness/private-servers.ts';
import { startAdapter, startWallet } from '../harness/processes.ts';
import { createOperator, createPlayers, OPERATOR } from '../model/fixture.ts';
import { WalletClient } from '../model/wallet-client.ts';
import { askOverGrpc, askOverHttp } from './ask.ts';
import { checkLedger } from './check-ledger.ts';
import { startLoad } from './load.ts';
import type { KillOptions, KillResult } from './wallet-kills.ts';

const FUNDS_UNITS = 1_000_000_000n;
const PLAYERS = 12;
const WORKERS = 24;

/**
 * Kills the database server in the middle of its work, again and again, and starts it again. The wallet and the adapter stay up
 * all the time, answer all the time, and recover by themselves. `protocol` says which way the requests come.
 */
export async function killDatabases(protocol: 'grpc' | 'http', options: KillOptions): Promise<KillResult> {
  await using database = await startPrivateDatabase();
  await using wallet = await startWallet({ env: { DATABASE_URL: database.url } });
  const client = new WalletClient(wallet.port);
  try {
    await createOperator(client);
    const userIds = await createPlayers(client, PLAYERS, FUNDS_UNITS);
    await using adapter = await startAdapter({ env: { WALLET_URLS: wallet.address } });
    const platform = createPlatformClient({ url: adapter.url, ...OPERATOR });
    const ask = protocol === 'grpc' ? askOverGrpc(() => client) : askOverHttp(platform);
    const load = startLoad({ ask, userIds, workers: WORKERS });
    for (let kill = 1; kill <= options.kills; kill += 1) {
      await load.settledMore(options.settledBetween + ((kill * 37) % 101));
      await database.kill();
      // The outage must be noticed before it ends: answers that say so are part of what is tested.
      await load.nextFault();
      await database.restart();
      options.progress?.(kill, load.counts);
    }
    await load.settledMore(options.settledBetween);
    await load.stop();
    platform.close();
    return {
      wrong: [...load.wrong, ...(await checkLedger(client, userIds, FUNDS_UNITS, load.settled))],
      counts: load.counts,
    };
  } finally {
    client.close();
  }
}
