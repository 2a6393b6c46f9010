import { Client, credentials } from '@grpc/grpc-js';
import { callUnary } from '../../../src/common/grpc.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { createTestDatabase } from '../../harness/database.ts';
import { createPlatformClient, type PlatformClient } from '../../harness/platform.ts';
import { startAdapter, startWallet, type TestProcess } from '../../harness/processes.ts';

/** The whole chain, real: HTTP, adapter, gRPC, wallet, database. */
export type Chain = {
  wallet: TestProcess;
  adapter: TestProcess;
  /** To the wallet, for what tests set up and look at. */
  grpc: Client;
  addOperator: (operatorId: string, allowlist?: string[]) => Promise<PlatformClient>;
  stop: () => Promise<void>;
};

export const SECRET = 'secret_key';
export const CALL = { deadlineMs: 20_000 };

/** With `adapterEnv` beside what joins the processes. */
export async function startChain(adapterEnv: Record<string, string> = {}): Promise<Chain> {
  const database = await createTestDatabase();
  const wallet = await startWallet({ env: { DATABASE_URL: database.url } });
  const adapter = await startAdapter({ env: { WALLET_URLS: wallet.address, ...adapterEnv } });
  const grpc = new Client(wallet.address, credentials.createInsecure());
  const clients: PlatformClient[] = [];
  return {
    wallet,
    adapter,
    grpc,
    addOperator: async (operatorId, allowlist = []) => {
      const request = { operatorId, secret: SECRET, currencies: ['EUR', 'USD'], allowlist };
      await callUnary(grpc, OperatorService.method.createOperator, request, CALL);
      const client = createPlatformClient({ url: adapter.url, operatorId, secret: SECRET });
      clients.push(client);
      return client;
    },
    stop: async () => {
      for (const client of clients) client.close();
      grpc.close();
      await adapter.stop();
      await wallet.stop();
      await database.drop();
    },
  };
}
