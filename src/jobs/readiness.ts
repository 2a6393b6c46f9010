import type { Redis } from 'ioredis';
import type { ReadyCheck } from '../common/ops-server.ts';
import type { Wallet } from './wallet.ts';

const WALLET_TIMEOUT_MS = 1000;

type Deps = { redis: Redis; wallet: Wallet; tablesAnswer: () => Promise<boolean> };

/** Ready where Redis, a wallet and our tables answer: without one of them things don't get done, though nothing is lost either. */
export function readiness({ redis, wallet, tablesAnswer }: Deps): ReadyCheck {
  return async () => {
    const [redisAnswers, walletAnswers, databaseAnswers] = await Promise.all([
      redis.ping().then(
        () => true,
        () => false,
      ),
      wallet.isReachable(WALLET_TIMEOUT_MS),
      tablesAnswer(),
    ]);
    const missing = [
      ...(redisAnswers ? [] : ['redis']),
      ...(walletAnswers ? [] : ['wallet']),
      ...(databaseAnswers ? [] : ['database']),
    ];
    return missing.length === 0 ? null : `not reachable: ${missing.join(', ')}`;
  };
}
