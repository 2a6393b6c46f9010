import { startWallet } from '../harness/processes.ts';
import { createOperator, createPlayers } from '../model/fixture.ts';
import { WalletClient } from '../model/wallet-client.ts';
import { askOverGrpc } from './ask.ts';
import { checkLedger } from './check-ledger.ts';
import { startCuttableLine } from './cuttable-line.ts';
import { startLoad } from './load.ts';
import type { KillOptions, KillResult } from './wallet-kills.ts';

const FUNDS_UNITS = 1_000_000_000n;
const PLAYERS = 12;
const WORKERS = 24;
const DEADLINE_MS = 500;

/** Cuts the wallet's connections between the server's COMMIT and the answer to it, again and again. */
export async function cutLines(databaseUrl: string, options: KillOptions): Promise<KillResult> {
  await using line = await startCuttableLine(databaseUrl);
  await using wallet = await startWallet({ env: { DATABASE_URL: line.url } });
  const client = new WalletClient(wallet.port);
  try {
    await createOperator(client);
    const userIds = await createPlayers(client, PLAYERS, FUNDS_UNITS);
    const load = startLoad({ ask: askOverGrpc(() => client, DEADLINE_MS), userIds, workers: WORKERS });
    for (let cut = 1; cut <= options.kills; cut += 1) {
      await load.settledMore(options.settledBetween + ((cut * 37) % 101));
      // Three ways to come back: at once, when somebody was told of it, and when all who were cut off have given up.
      const way = cut % 3;
      await line.cutAtCommit({ thenDown: way !== 0 });
      if (way === 1) await load.nextFault();
      if (way === 2) await load.allTold();
      line.restore();
      options.progress?.(cut, load.counts);
    }
    await load.settledMore(options.settledBetween);
    await load.stop();
    const wrong = [...load.wrong, ...(await checkLedger(client, userIds, FUNDS_UNITS, load.settled))];
    return { wrong, counts: load.counts };
  } finally {
    client.close();
  }
}
