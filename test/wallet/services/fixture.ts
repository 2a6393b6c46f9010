import type { DescMessage, MessageInitShape, MessageShape } from '@bufbuild/protobuf';
import { type Metadata, type ServiceError, status } from '@grpc/grpc-js';
import { callUnary, type UnaryMethod } from '../../../src/common/grpc.ts';
import { createLog } from '../../../src/common/log.ts';
import { walletChannels } from '../../../src/common/wallet-client.ts';
import { MoneyService } from '../../../src/gen/wallet/v1/money_pb.ts';
import { OperatorService } from '../../../src/gen/wallet/v1/operators_pb.ts';
import { PlayerService } from '../../../src/gen/wallet/v1/players_pb.ts';
import { readWalletConfig } from '../../../src/wallet/config.ts';
import { startWallet as startWalletInProcess } from '../../../src/wallet/wallet.ts';
import { createTestDatabase } from '../../harness/database.ts';
import { track } from '../../harness/leaks.ts';
import { startWallet, type TestProcess } from '../../harness/processes.ts';

export const OPERATOR = { operatorId: 'casino', secret: 'secret_key', currencies: ['EUR', 'RUB'], allowlist: [] };

export type Call = <I extends DescMessage, O extends DescMessage>(
  method: UnaryMethod<I, O>,
  request: MessageInitShape<I>,
  metadata?: Metadata,
) => Promise<MessageShape<O>>;

/** The real wallet on a database of its own, and a client of it. */
export type Fixture = { wallet: TestProcess; databaseUrl: string; call: Call; stop: () => Promise<void> };

export async function startFixture(env: Record<string, string> = {}): Promise<Fixture> {
  const database = await createTestDatabase();
  const wallet = await startWallet({ env: { DATABASE_URL: database.url, ...env } });
  const client = createCall(wallet);
  return {
    wallet,
    databaseUrl: database.url,
    call: client.call,
    stop: async () => {
      client.close();
      await wallet.stop();
      await database.drop();
    },
  };
}

/** The whole wallet within the test's own process, for tests that start it many times. */
export async function startInProcess(databaseUrl: string, env: Record<string, string> = {}): Promise<InProcess> {
  const config = readWalletConfig({
    NODE_ENV: 'test',
    LOG_LEVEL: 'silent',
    CROUPIER_DEMO: '0',
    SECRETS_KEY: '00'.repeat(32),
    WALLET_PORT: '0',
    WALLET_OPS_PORT: '0',
    DATABASE_URL: databaseUrl,
    ...env,
  });
  const { port, steps } = await startWalletInProcess(config, createLog('wallet', config.LOG_LEVEL));
  const client = createCall({ address: `127.0.0.1:${port}` }, { token: env.WALLET_TOKEN ?? '' });
  const stop = async (): Promise<void> => {
    client.close();
    for (const step of steps) await step.run();
  };
  const stopped = track(`wallet on port ${port}`, stop);
  return {
    address: `127.0.0.1:${port}`,
    call: client.call,
    stop: () => {
      stopped();
      return stop();
    },
  };
}

export type InProcess = { address: string; call: Call; stop: () => Promise<void> };

type ClientOptions = { token?: string; ca?: string; cert?: string; key?: string };

/** A client as the other processes make it. */
export function createCall(
  wallet: { address: string },
  options: ClientOptions = {},
): { call: Call; close: () => void } {
  const [channel] = walletChannels({
    WALLET_URLS: [wallet.address],
    WALLET_TOKEN: options.token ?? '',
    WALLET_TLS_CA: options.ca ?? '',
    WALLET_TLS_CERT: options.cert ?? '',
    WALLET_TLS_KEY: options.key ?? '',
  });
  if (channel === undefined) throw new Error('no channel');
  return {
    call: (method, request, metadata) =>
      callUnary(channel.client, method, request, { deadlineMs: 20_000, metadata: metadata ?? channel.metadata }),
    close: channel.close,
  };
}

export async function addOperator(call: Call): Promise<void> {
  await call(OperatorService.method.createOperator, OPERATOR);
}

/** A player of the fixture's operator, with `balanceUnits`. */
export async function addPlayer(call: Call, userId: string, balanceUnits = 0n): Promise<void> {
  const { operatorId } = OPERATOR;
  await call(PlayerService.method.createPlayer, {
    operatorId,
    userId,
    userName: `name of ${userId}`,
    country: 'Germany',
    currencyCode: 'EUR',
  });
  if (balanceUnits === 0n) return;
  await call(MoneyService.method.deposit, {
    operatorId,
    userId,
    transactionId: `deposit-${userId}`,
    amountUnits: balanceUnits,
  });
}

/** What a refused call was told: the status by name, and the words. */
export async function refusal(answer: Promise<unknown>): Promise<{ code: string; details: string }> {
  try {
    await answer;
  } catch (error) {
    const { code, details } = error as ServiceError;
    return { code: status[code], details };
  }
  throw new Error('the call was expected to be refused');
}
