import { createWalletStream, type WalletStream } from '../../src/adapter/wallet-stream.ts';
import type { Logger } from '../../src/common/log.ts';
import { walletChannels } from '../../src/common/wallet-client.ts';

export type ConnectedStream = { wallet: WalletStream; close: () => void };

/** The adapter's stream to one real wallet, in the test's own process. */
export function connectStream(address: string, log: Logger): ConnectedStream {
  const tls = { WALLET_TLS_CA: '', WALLET_TLS_CERT: '', WALLET_TLS_KEY: '' };
  const channels = walletChannels({ WALLET_URLS: [address], WALLET_TOKEN: '', ...tls });
  const wallet = createWalletStream({ channels, maxInFlight: 1000, log, onConnect: () => undefined });
  const close = (): void => {
    wallet.close();
    for (const channel of channels) channel.close();
  };
  return { wallet, close };
}
