import type { Registry } from 'prom-client';
import { createGate } from '../../adapter/outbound/gate.ts';
import type { Remote } from '../../adapter/stargame/remote/remote.ts';
import type { Pool } from '../../common/db.ts';
import { loggable } from '../../common/db.ts';
import type { Logger } from '../../common/log.ts';
import type { Credentials } from '../stargame/credentials.ts';
import type { Wallet } from '../wallet.ts';
import type { Processor } from '../worker.ts';
import { followActivity, noteTerminal } from './activity.ts';
import type { HarvestConfig } from './config.ts';
import { readCoverage } from './coverage.ts';
import { createHarvestMetrics, exportHarvestState, type HarvestState } from './metrics.ts';
import { StargameAway } from './read-terminal.ts';
import { chosenSource, dueSource, newProgress, type RunDeps, type RunProgress, run } from './run.ts';
import type { Span } from './windows.ts';

export type HarvestDeps = {
  pool: Pool;
  wallet: Wallet;
  remote: Remote;
  credentials: Credentials;
  /** With an empty STARGAME_API_URL nothing is read, and nothing is late. */
  config: HarvestConfig & { STARGAME_API_URL: string };
  registry: Registry;
  log: Logger;
  now: () => number;
};

/** What is read by hand. `uid` and `hallId` empty: of all; `span` null: what is due, or one terminal from where it was left. */
export type HarvestChoice = { hallId: string; uid: string; span: Span | null };

export type Harvest = {
  /** Reads what is due. Jobs only wake it up: how far each terminal is read is in our tables. */
  process: Processor;
  /** Reads what was chosen, and keeps `progress` up to date. Throws as `run` does. */
  byHand: (
    choice: HarvestChoice,
    options: { progress: RunProgress; signal: AbortSignal; requestId: string },
  ) => Promise<void>;
  /** Ends what is under way, between two windows of each terminal. */
  stop: () => void;
};

const WAITING_MAX = 10_000;

export function createHarvest(deps: HarvestDeps): Harvest {
  const { pool, wallet, config, registry, log, now } = deps;
  const stopping = new AbortController();
  const gate = createGate({
    ratePerSecond: config.HARVEST_RATE_PER_SECOND,
    concurrency: config.HARVEST_CONCURRENCY,
    queueMax: WAITING_MAX,
  });
  const runDeps: RunDeps = { ...deps, gate, metrics: createHarvestMetrics(registry) };
  const activityDeps = { pool, wallet, config, now };
  exportHarvestState(registry, () => lookUp(deps), now);

  return {
    process: async ({ requestId }) => {
      if (config.STARGAME_API_URL === '') return;
      const progress = newProgress();
      try {
        await followActivity(activityDeps, requestId);
        await run(runDeps, dueSource(runDeps, ''), { progress, signal: stopping.signal });
      } catch (error) {
        if (stopping.signal.aborted) return;
        if (!(error instanceof StargameAway)) throw error;
        log.warn({ requestId, err: error.cause }, "StarGame can't be asked: the next harvest goes on");
      }
      if (progress.done > 0) log.info({ requestId, ...progress }, 'harvested');
    },
    byHand: async ({ hallId, uid, span }, { progress, signal, requestId }) => {
      await followActivity(activityDeps, requestId);
      if (uid !== '') await noteTerminal(activityDeps, { hallId, uid }, requestId);
      const source =
        uid === '' && span === null ? dueSource(runDeps, hallId) : chosenSource(runDeps, { hallId, uid, span });
      await run(runDeps, source, { progress, signal: AbortSignal.any([signal, stopping.signal]) });
    },
    stop: () => stopping.abort(),
  };
}

/** null: not known, for now. */
async function lookUp({ pool, config, log, now }: HarvestDeps): Promise<HarvestState | null> {
  if (config.STARGAME_API_URL === '') return null;
  try {
    const nowMs = now();
    const { harvestedUntilMs, behind, failing, gaps } = await readCoverage(pool, config, '', nowMs);
    return { lagMs: harvestedUntilMs === null ? 0 : Math.max(0, nowMs - harvestedUntilMs), behind, failing, gaps };
  } catch (error) {
    log.debug({ err: loggable(error) }, "can't look up the harvest's state");
    return null;
  }
}
