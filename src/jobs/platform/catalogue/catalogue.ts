import { setTimeout as sleep } from 'node:timers/promises';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { notFound } from '../../../common/fault.ts';
import type { SyncCatalogueProgressSchema } from '../../../gen/jobs/v1/catalogue_pb.ts';
import type { PlatformDeps } from '../deps.ts';
import { addPulls, claimPull, drainPulls, type Pull, type PullKey } from '../pulls.ts';
import { type CatalogueCache, createCatalogueCache } from './cache.ts';
import { createCatalogueMetrics } from './metrics.ts';
import { missingPulls } from './store.ts';
import { createSync, type Synced } from './sync.ts';

/** What a launch and a hand history have to know of a game. */
export type KnownGame = { vendor: string; platform: string; enabled: boolean; funMode: boolean };

export type Catalogue = {
  runDue: () => Promise<void>;
  /** Reads the lists now; empty operator: of all. Gives what became of each, failures included. Throws NOT_FOUND. */
  sync: (operatorId: string) => AsyncIterable<MessageInitShape<typeof SyncCatalogueProgressSchema>>;
  /** Null: neither a list nor a person has it. A game that a person pinned or disabled is as they said. */
  game: (operatorId: string, gameId: string) => Promise<KnownGame | null>;
  /** Null: no list has it. */
  lobby: (operatorId: string, lobbyId: string) => Promise<{ vendor: string } | null>;
  /** What is stored, for those who search it. */
  stored: Pick<CatalogueCache, 'of' | 'decisions'>;
  stop: () => Promise<void>;
};

const KINDS = ['games', 'lobbies'] as const;
/** One operator's slow list holds up no other's. */
const AT_ONCE = 4;
/** By hand: how long one waits for another process that is at a list. */
const WAIT_MS = 30_000;
const WAIT_PAUSE_MS = 200;

export function createCatalogue(deps: PlatformDeps): Catalogue {
  const { pool, operators, config, now } = deps;
  const stopping = new AbortController();
  const underWay = new Set<Promise<Synced>>();
  const cache = createCatalogueCache(deps);
  const syncOne = createSync({ ...deps, metrics: createCatalogueMetrics(deps), stopping: stopping.signal });

  const syncPull = async (pull: Pull): Promise<Synced> => {
    const work = syncOne(pull);
    underWay.add(work);
    const synced = await work;
    underWay.delete(work);
    cache.expire();
    return synced;
  };

  /** Of every operator both lists. */
  const keepPulls = async (operatorIds: readonly string[]): Promise<void> => {
    const keys = operatorIds.flatMap((operatorId) => KINDS.map((kind) => ({ operatorId, kind, item: '' })));
    const dueAtMs = now();
    await addPulls(
      pool,
      (await missingPulls(pool, keys)).map((key) => ({ ...key, dueAtMs })),
    );
  };

  const runDue = async (): Promise<void> => {
    if (config.PLATFORM_API_URL === '') return;
    const known = await operators.all();
    await keepPulls(known.map(({ operatorId }) => operatorId));
    const what = { kinds: KINDS, leaseMs: config.PLATFORM_LEASE_MS, lanes: AT_ONCE };
    await drainPulls({ pool, now, ...what, signal: stopping.signal }, syncPull);
  };

  const claimByHand = async (key: PullKey): Promise<Pull | null> => {
    const giveUpAtMs = now() + WAIT_MS;
    while (!stopping.signal.aborted) {
      const pull = await claimPull(pool, key, { nowMs: now(), leaseMs: config.PLATFORM_LEASE_MS });
      if (pull !== null || now() >= giveUpAtMs) return pull;
      await sleep(WAIT_PAUSE_MS);
    }
    return null;
  };

  async function* sync(operatorId: string): ReturnType<Catalogue['sync']> {
    const chosen = operatorId === '' ? await operators.all() : [await operators.find(operatorId)];
    const operatorIds = chosen.map((operator) => {
      if (operator === null) throw notFound('operator');
      return operator.operatorId;
    });
    await keepPulls(operatorIds);
    for (const each of operatorIds) {
      for (const list of KINDS) {
        const pull = await claimByHand({ operatorId: each, kind: list, item: '' });
        const synced = pull === null ? { error: 'another process is at it' } : await syncPull(pull);
        yield { operatorId: each, list, ...synced };
      }
    }
  }

  return {
    runDue,
    sync,
    game: async (operatorId, gameId) => {
      const [{ games }, decisions] = await Promise.all([cache.of(operatorId), cache.decisions()]);
      const listed = games.get(gameId);
      const decision = decisions.get(gameId);
      if (listed === undefined) {
        // Whether it has a fun mode nobody has said.
        return decision === undefined ? null : { ...decision, platform: '', funMode: true };
      }
      const { vendor, platform, enabled, funMode } = listed;
      return { vendor, platform, enabled: decision?.enabled ?? enabled, funMode };
    },
    lobby: async (operatorId, lobbyId) => (await cache.of(operatorId)).lobbies.get(lobbyId) ?? null,
    stored: cache,
    stop: async () => {
      stopping.abort();
      await Promise.all(underWay);
    },
  };
}
