import { once } from 'node:events';
import { createWalletStream } from '../../src/adapter/wallet-stream.ts';
import { readConfig } from '../../src/common/config.ts';
import { createLog } from '../../src/common/log.ts';
import { walletChannels, walletClientConfig } from '../../src/common/wallet-client.ts';
import type { Driver, DriverOptions } from './driver.ts';
import { betOperation, DEADLINE_MS, faultOf } from './operations.ts';

/** The wallet over one Operate stream, through the adapter's own client of it. */
export async function createGrpcDriver(
  target: { address: string },
  { slots, players, onAnswer }: DriverOptions,
): Promise<Driver> {
  const channels = walletChannels(readConfig(walletClientConfig, { WALLET_URLS: target.address }));
  const up = new EventTarget();
  const stream = createWalletStream({
    channels,
    maxInFlight: slots,
    log: createLog('bench', 'warn'),
    onConnect: () => up.dispatchEvent(new Event('up')),
  });
  if (!stream.isUp()) await once(up, 'up');
  const askers = Array.from({ length: slots }, (_, slot) => ({
    settle: (outcome: Parameters<typeof faultOf>[0]) => onAnswer(slot, faultOf(outcome)),
  }));

  return {
    send: (slot, number) => {
      const asker = askers[slot];
      if (asker === undefined) throw new Error(`no slot ${slot}`);
      stream.ask(betOperation(number, players), performance.now() + DEADLINE_MS, asker);
    },
    close: async () => {
      stream.close();
      for (const channel of channels) channel.close();
    },
  };
}
