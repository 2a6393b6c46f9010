import { startWallet, type TestProcess } from '../harness/processes.ts';
import { createOperator, createPlayers } from '../model/fixture.ts';
import { WalletClient } from '../model/wallet-client.ts';
import { askOverGrpc } from './ask.ts';
import { checkLedger } from './check-ledger.ts';
import { type Counts, startLoad } from './load.ts';

export type KillOptions = {
  kills: number;
  /** How many requests get their certain end between two kills, about. */
  settledBetween: number;
  progress?: (kill: number, counts: Readonly<Counts>) => void;
};

export type KillResult = { wrong: string[]; counts: Readonly<Counts> };

const FUNDS_UNITS = 1_000_000_000n;
const PLAYERS = 12;
const WORKERS = 24;

/** Kills the wallet in the middle of its work, again and again, and starts it again on its port. */
export async function killWallets(databaseUrl: string, options: KillOptions): Promise<KillResult> {
  let wallet = await startWallet({ env: { DATABASE_URL: databaseUrl } });
  const port = String(wallet.port);
  const client = new WalletClient(wallet.port);
  try {
    await createOperator(client);
    const userIds = await createPlayers(client, PLAYERS, FUNDS_UNITS);
    const load = startLoad({ ask: askOverGrpc(() => client), userIds, workers: WORKERS });
    for (let kill = 1; kill <= options.kills; kill += 1) {
      // Never at the same point of the work.
      await load.settledMore(options.settledBetween + ((kill * 37) % 101));
      await wallet.kill('SIGKILL');
      wallet = await startAgain(databaseUrl, port);
      options.progress?.(kill, load.counts);
    }
    await load.settledMore(options.settledBetween);
    await load.stop();
    return {
      wrong: [...load.wrong, ...(await checkLedger(client, userIds, FUNDS_UNITS, load.settled))],
      counts: load.counts,
    };
  } finally {
    client.close();
    await wallet.stop();
  }
}

function startAgain(databaseUrl: string, port: string): Promise<TestProcess> {
  return startWallet({ env: { DATABASE_URL: databaseUrl, WALLET_PORT: port } });
}
