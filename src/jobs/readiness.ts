import type { Redis } from 'ioredis';
import type { ReadyCheck } from '../common/ops-server.ts';
import type { Wallet } from './wallet.ts';

const WALLET_TIMEOUT_MS = 1000;

/** Ready where both Redis and a wallet answer: without one of them nothing gets done, though nothing is lost either. */
export function readiness(redis: Redis, wallet: Wallet): ReadyCheck {
  return async () => {
    const [redisAnswers, walletAnswers] = await Promise.all([
      redis.ping().then(
        () => true,
        () => false,
      ),
      wallet.isReachable(WALLET_TIMEOUT_MS),
    ]);
    const missing = [...(redisAnswers ? [] : ['redis']), ...(walletAnswers ? [] : ['wallet'])];
    return missing.length === 0 ? null : `not reachable: ${missing.join(', ')}`;
  };
}
