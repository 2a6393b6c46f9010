import { type ServiceError, status } from '@grpc/grpc-js';
import { readConfig } from '../common/config.ts';
import { walletChannels } from '../common/wallet-client.ts';
import { CliError } from './cli.ts';
import { cliConfig } from './config.ts';
import { connectPeer, describePeerFault, isServiceError, type Peer } from './peer.ts';

/** The wallet, connected. Calls reject with grpc-js's ServiceError. */
export type Wallet = Peer;

/** Connects to the first of WALLET_URLS that answers. */
export async function connectWallet(env: Record<string, string | undefined>): Promise<Wallet> {
  const config = readConfig(cliConfig, env);
  const wallet = await connectPeer(walletChannels(config), config.CLI_TIMEOUT_MS);
  if (wallet === null) {
    throw new CliError(
      `no wallet answers at ${config.WALLET_URLS.join(' or ')}: start it with \`npm start\`, or say with WALLET_URLS where it is`,
    );
  }
  return {
    ...wallet,
    call: (method, request) =>
      wallet.call(method, request).catch((error: unknown) => {
        throw noSuchPlayer(error, request) ?? error;
      }),
  };
}

/** The same words for an unknown player, whichever call met it. */
function noSuchPlayer(error: unknown, request: object): CliError | undefined {
  if (!isServiceError(error) || error.code !== status.NOT_FOUND || !error.details.includes('player')) {
    return undefined;
  }
  const { operatorId, userId } = request as { operatorId?: string; userId?: string };
  return userId === undefined ? undefined : new CliError(`player ${userId} not found at operator ${operatorId}`);
}

/** One line about a failed call, for people. */
export const describeFault = (error: ServiceError): string =>
  describePeerFault(error, { name: 'the wallet', tokenVariable: 'WALLET_TOKEN', timeoutVariable: 'CLI_TIMEOUT_MS' });
