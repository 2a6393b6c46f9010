import { createProducerConnection } from '../../common/redis.ts';
import { HallService } from '../../gen/wallet/v1/halls_pb.ts';
import type { Arrivals } from '../arrivals.ts';
import type { AdapterConfig } from '../config.ts';
import { isNotFound, type WalletCalls } from '../wallet-calls.ts';
import type { CallbackDeps } from './callback.ts';
import { createCallbackSecrets } from './callback-secrets.ts';
import { createHalls } from './halls.ts';
import type { NotificationDeps } from './notification.ts';
import { createCallbackInbox } from './remote/callbacks.ts';
import type { StargameDeps } from './routes.ts';
import { createTerminals } from './terminals.ts';
import { createUnconfirmed, type Unconfirmed } from './unconfirmed.ts';

/** StarGame's side of the adapter, wired. */
export type Stargame = {
  routes: StargameDeps;
  callback: CallbackDeps;
  unconfirmed: Unconfirmed;
  /** Resolves once the halls are known, or could not be read: the adapter serves PLATFORM also where there are none. */
  start: () => Promise<void>;
  stop: () => void;
};

const PAGE_SIZE = 1_000;
/** Of an answer that comes to the callback. Reading it holds up bets, which have 50 ms: long lists are asked for without one. */
const CALLBACK_MAX_BYTES = 250_000;

type Common = Pick<NotificationDeps, 'wallet' | 'metrics' | 'log' | 'outcomeLog' | 'newRequestId' | 'isDraining'>;

export function createStargame(
  deps: Common & { arrivals: Arrivals; calls: WalletCalls; config: AdapterConfig },
): Stargame {
  const { calls, config, log, metrics, wallet, ...rest } = deps;
  const { method } = HallService;
  const refreshMs = config.HALLS_REFRESH_MS;
  const halls = createHalls({
    listCredentials: async () => (await calls.call(method.listHallCredentials, {})).credentials,
    refreshMs,
    log,
  });
  const terminals = createTerminals({
    getTerminal: async (hallId, uid) => {
      try {
        return await calls.call(method.getTerminal, { hallId, uid });
      } catch (error) {
        if (isNotFound(error)) return null;
        throw error;
      }
    },
    listTerminals: (updatedSinceMs, pageToken) =>
      calls.call(method.listTerminals, { updatedSinceMs, pageToken, pageSize: PAGE_SIZE }),
    refreshMs,
    maxCached: config.TERMINALS_CACHED_MAX,
    log,
  });
  const unconfirmed = createUnconfirmed({
    wallet,
    terminals,
    spoolDir: config.SPOOL_DIR,
    redisUrl: config.REDIS_URL,
    registry: metrics.registry,
    log,
  });
  const redis = createProducerConnection(config.REDIS_URL, log);
  return {
    callback: {
      inbox: createCallbackInbox(redis),
      secretFor: createCallbackSecrets(calls),
      maxBytes: CALLBACK_MAX_BYTES,
      isDraining: deps.isDraining,
      log,
    },
    routes: {
      ...rest,
      wallet,
      metrics,
      log,
      halls,
      terminals,
      unconfirmed,
      budgetMs: config.STARGAME_BUDGET_MS - config.STARGAME_NETWORK_MS,
      winDeadlineMs: config.STARGAME_WIN_DEADLINE_MS,
    },
    unconfirmed,
    start: async () => {
      await halls.start();
      terminals.start();
    },
    stop: () => {
      halls.stop();
      terminals.stop();
      redis.disconnect();
    },
  };
}
