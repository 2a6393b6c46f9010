import { createTerminals, type Terminals } from '../../src/adapter/stargame/terminals.ts';
import { createWalletCalls, isNotFound } from '../../src/adapter/wallet-calls.ts';
import { createWalletStream, type WalletStream } from '../../src/adapter/wallet-stream.ts';
import type { Logger } from '../../src/common/log.ts';
import { walletChannels } from '../../src/common/wallet-client.ts';
import { HallService } from '../../src/gen/wallet/v1/halls_pb.ts';

export type ConnectedStream = { wallet: WalletStream; terminals: Terminals; close: () => void };

/** The adapter's stream to one real wallet, and its terminals, in the test's own process. */
export function connectStream(address: string, log: Logger): ConnectedStream {
  const tls = { WALLET_TLS_CA: '', WALLET_TLS_CERT: '', WALLET_TLS_KEY: '' };
  const channels = walletChannels({ WALLET_URLS: [address], WALLET_TOKEN: '', ...tls });
  const wallet = createWalletStream({ channels, maxInFlight: 1000, log, onConnect: () => undefined });
  const close = (): void => {
    wallet.close();
    for (const channel of channels) channel.close();
  };
  return { wallet, terminals: terminalsOf(channels, log), close };
}

function terminalsOf(channels: ReturnType<typeof walletChannels>, log: Logger): Terminals {
  const calls = createWalletCalls(channels, 2_000);
  return createTerminals({
    getTerminal: (hallId, uid) =>
      calls.call(HallService.method.getTerminal, { hallId, uid }).catch((error: unknown) => {
        if (isNotFound(error)) return null;
        throw error;
      }),
    listTerminals: async () => ({ terminals: [], nextPageToken: '' }),
    refreshMs: 600_000,
    maxCached: 10,
    log,
  });
}
