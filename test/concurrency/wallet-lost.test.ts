import { afterAll, beforeAll, expect, test } from 'vitest';
import { askOverHttp } from '../crash/ask.ts';
import { checkLedger } from '../crash/check-ledger.ts';
import { startLoad } from '../crash/load.ts';
import { startWallet } from '../harness/processes.ts';
import { createPlayers } from '../model/fixture.ts';
import { type Chain, startChain } from './chain.ts';

let chain: Chain;
beforeAll(async () => {
  chain = await startChain();
});
afterAll(() => chain?.stop());

const FUNDS_UNITS = 1_000_000_000n;

test('an adapter with two wallets, one killed: play goes on, and nothing is lost or done twice', async () => {
  const [, lost] = chain.wallets;
  const userIds = await createPlayers(chain.clients[0], 12, FUNDS_UNITS);
  const load = startLoad({ ask: askOverHttp(chain.platform), userIds, workers: 24 });
  await load.settledMore(400);
  await chain.kill(lost);
  await load.settledMore(800);
  await using _again = await startWallet({
    env: { DATABASE_URL: chain.database.url, WALLET_PORT: String(lost.port) },
  });
  await load.settledMore(400);
  await load.stop();
  const wrong = [...load.wrong, ...(await checkLedger(chain.clients[0], userIds, FUNDS_UNITS, load.settled))];
  expect(wrong).toEqual([]);
});
