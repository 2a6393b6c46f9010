import { Agent, type IncomingHttpHeaders, request } from 'node:http';
import { Client, credentials } from '@grpc/grpc-js';
import { callUnary } from '../../../src/common/grpc.ts';
import { HallMode, HallService } from '../../../src/gen/wallet/v1/halls_pb.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { createTestDatabase } from '../../harness/database.ts';
import { startAdapter, startWallet, type TestProcess } from '../../harness/processes.ts';

/** The whole chain, real: HTTP, adapter, gRPC, wallet, database; with the demo data. */
export type Chain = {
  readonly wallet: TestProcess;
  /** Starts it again, where it was, after the test has killed it. */
  restartWallet: () => Promise<void>;
  adapter: TestProcess;
  /** To the wallet, for what tests set up and look at. */
  grpc: Client;
  /** Sends a GET, or another method, as StarGame's game server does: path and query go out as they are. */
  get: (path: string, options?: GetOptions) => Promise<Answer>;
  stop: () => Promise<void>;
};

export type GetOptions = { method?: string; headers?: Record<string, string>; adapter?: TestProcess };

export type Answer = { status: number; headers: IncomingHttpHeaders; text: string };

export const PATH_SECRET = 'path-secret';
export const CALL = { deadlineMs: 20_000 };

/** Long enough for any machine: what is not about the budget must not fail because of it. */
const PATIENT = { STARGAME_BUDGET_MS: '30000', STARGAME_NETWORK_MS: '0', STARGAME_WIN_DEADLINE_MS: '30000' };

/** `prepare` runs before the adapter starts, so that it knows from the start what is made there. */
export async function startChain(
  adapterEnv: Record<string, string> = {},
  prepare: (grpc: Client) => Promise<void> = async () => undefined,
): Promise<Chain> {
  const database = await createTestDatabase();
  const walletEnv = { DATABASE_URL: database.url, CROUPIER_DEMO: '1' };
  let wallet = await startWallet({ env: walletEnv });
  const grpc = new Client(wallet.address, credentials.createInsecure());
  await prepare(grpc);
  const adapter = await startAdapter({ env: { WALLET_URLS: wallet.address, ...PATIENT, ...adapterEnv } });
  const agent = new Agent({ keepAlive: true });
  return {
    get wallet() {
      return wallet;
    },
    restartWallet: async () => {
      wallet = await startWallet({ env: { ...walletEnv, WALLET_PORT: String(wallet.port) } });
    },
    adapter,
    grpc,
    get: (path, options = {}) => get(options.adapter ?? adapter, agent, path, options),
    stop: async () => {
      agent.destroy();
      grpc.close();
      await adapter.stop();
      await wallet.stop();
      await database.drop();
    },
  };
}

/** An operator with one hall of its own. */
export async function addHall(
  grpc: Client,
  hallId: string,
  { allowlist = [], mode = HallMode.SEAMLESS }: { allowlist?: string[]; mode?: HallMode | undefined } = {},
): Promise<void> {
  const operator = { operatorId: operatorOf(hallId), secret: 'secret_key', currencies: ['EUR', 'RUB', 'USD', 'PTS'] };
  await callUnary(grpc, OperatorService.method.createOperator, operator, CALL);
  const secrets = { secret: 'hall secret', pathSecret: PATH_SECRET };
  const hall = { hallId, operatorId: operator.operatorId, ...secrets, allowlist, mode };
  await callUnary(grpc, HallService.method.createHall, hall, CALL);
}

export const operatorOf = (hallId: string): string => `casino-${hallId}`;

function get(adapter: TestProcess, agent: Agent, path: string, options: GetOptions): Promise<Answer> {
  const { method = 'GET', headers = {} } = options;
  return new Promise((resolve, reject) => {
    const outgoing = request({ host: '127.0.0.1', port: adapter.port, path, method, headers, agent }, (incoming) => {
      let text = '';
      incoming.setEncoding('utf8');
      incoming.on('data', (chunk: string) => {
        text += chunk;
      });
      incoming.once('error', reject);
      incoming.once('end', () => resolve({ status: incoming.statusCode ?? 0, headers: incoming.headers, text }));
    });
    outgoing.once('error', reject);
    outgoing.end();
  });
}
