import { Gauge, type Registry } from 'prom-client';
import type { Pool } from '../../common/db.ts';
import type { Logger } from '../../common/log.ts';
import { HallMode, HallService } from '../../gen/wallet/v1/halls_pb.ts';
import type { Queues } from '../queues.ts';
import type { Wallet } from '../wallet.ts';
import { approveAutomatically } from './automatic.ts';
import type { ReconcileConfig } from './config.ts';
import { correctApproved } from './correct.ts';
import type { ReconcileMetrics } from './metrics.ts';
import { type Pending, readPending } from './pending.ts';
import { type Candidate, listCandidates, readCandidate, type TerminalKey } from './progress.ts';
import { type Horizon, reconcileTerminal } from './terminal.ts';

export type RunDeps = {
  pool: Pool;
  wallet: Wallet;
  queues: Pick<Queues, 'void' | 'credit'>;
  metrics: ReconcileMetrics;
  config: ReconcileConfig;
  log: Logger;
  now: () => number;
  recordsAtMost?: number;
};

export type RunProgress = {
  /** Found so far. */
  terminals: number;
  terminalsDone: number;
  terminalsFailed: number;
  recordsMatched: number;
  discrepanciesFound: number;
  correctionsMade: number;
};

export type RunOptions = {
  requestId: string;
  signal?: AbortSignal;
  /** Told after each page of terminals, and at the end; awaited. */
  onProgress?: (progress: RunProgress) => Promise<void>;
};

export type Reconciliation = {
  /** All terminals that have something new; then what may be corrected by itself, and what is approved. */
  runAll(options: RunOptions): Promise<RunProgress>;
  /** One terminal; null where its logs were never read. */
  runOne(terminal: TerminalKey, options: RunOptions): Promise<RunProgress | null>;
  /** Runs end behind the terminals that they are at. */
  stop(): void;
};

const TERMINALS_A_PAGE = 200;

export function createReconciliation(deps: RunDeps, registry: Registry): Reconciliation {
  const { pool, now } = deps;
  let reachedMs = now();
  const stopping = new AbortController();
  const isStopped = ({ signal }: RunOptions): boolean => stopping.signal.aborted || signal?.aborted === true;
  new Gauge({
    name: 'croupier_reconciliation_lag_seconds',
    help: 'How long ago the last run began that reached all terminals, as far as this process knows: of several processes the least counts.',
    registers: [registry],
    // It grows while nothing is reconciled, too.
    collect() {
      this.set(Math.max(0, now() - reachedMs) / 1000);
    },
  });

  const reconcilePage = async (
    page: readonly Candidate[],
    progress: RunProgress,
    options: RunOptions,
  ): Promise<void> => {
    const { requestId } = options;
    const pending = await readPending(deps.queues);
    const horizon = horizonOf(pending, deps.config);
    await inParallel(page, deps.config.RECONCILE_CONCURRENCY, async (terminal) => {
      if (isStopped(options)) return;
      try {
        const result = await reconcileTerminal({ ...deps, requestId }, terminal, horizon);
        progress.terminalsDone += 1;
        progress.recordsMatched += result.recordsMatched;
        progress.discrepanciesFound += result.discrepanciesFound;
        deps.metrics.records.inc(result.recordsMatched);
      } catch (error) {
        progress.terminalsFailed += 1;
        deps.metrics.failures.inc();
        deps.log.error({ hall: terminal.hallId, terminal: terminal.uid, requestId, err: error }, 'not reconciled');
      }
    });
  };

  const correct = async (progress: RunProgress, { requestId }: RunOptions): Promise<void> => {
    await approveAutomatically(deps);
    progress.correctionsMade += await correctApproved({ ...deps, requestId });
  };

  return {
    runAll: async (options) => {
      const startedMs = now();
      const progress = noProgress();
      const halls = await seamlessHalls(deps.wallet, options.requestId);
      const untilMs = startedMs - deps.config.RECONCILE_SETTLE_MS;
      for (let after: TerminalKey = { hallId: '', uid: '' }; !isStopped(options); ) {
        const found = await listCandidates(pool, { untilMs, after, limit: TERMINALS_A_PAGE });
        const last = found.at(-1);
        if (last === undefined) break;
        after = last;
        const page = found.filter(({ hallId }) => halls.has(hallId));
        progress.terminals += page.length;
        await reconcilePage(page, progress, options);
        await options.onProgress?.(progress);
      }
      if (progress.terminalsFailed === 0 && !isStopped(options)) reachedMs = startedMs;
      await correct(progress, options);
      await options.onProgress?.(progress);
      return progress;
    },

    runOne: async (terminal, options) => {
      const candidate = await readCandidate(pool, terminal);
      if (candidate === null) return null;
      const progress = { ...noProgress(), terminals: 1 };
      const halls = await seamlessHalls(deps.wallet, options.requestId);
      if (halls.has(terminal.hallId)) await reconcilePage([candidate], progress, options);
      await correct(progress, options);
      await options.onProgress?.(progress);
      return progress;
    },

    stop: () => stopping.abort(),
  };
}

/** In the halls that are not among these money is carried to the terminals and back: their spins are none of our ledger's. */
async function seamlessHalls(wallet: Wallet, requestId: string): Promise<Set<string>> {
  const { halls } = await wallet.call(HallService.method.listHalls, {}, requestId);
  return new Set(halls.filter(({ mode }) => mode !== HallMode.TRANSFER).map(({ hallId }) => hallId));
}

/** Not beyond what is pending, nor what could be taken for it. */
function horizonOf(pending: Pending, { RECONCILE_CLOCK_TOLERANCE_MS: toleranceMs }: ReconcileConfig): Horizon {
  return (player) => {
    const earliestMs = pending.earliestMs(player);
    return earliestMs === null ? Number.MAX_SAFE_INTEGER : earliestMs - toleranceMs - 1;
  };
}

const noProgress = (): RunProgress => ({
  terminals: 0,
  terminalsDone: 0,
  terminalsFailed: 0,
  recordsMatched: 0,
  discrepanciesFound: 0,
  correctionsMade: 0,
});

async function inParallel<T>(
  items: readonly T[],
  concurrency: number,
  work: (item: T) => Promise<void>,
): Promise<void> {
  const rest = items.values();
  const lane = async (): Promise<void> => {
    for (const item of rest) await work(item);
  };
  await Promise.all(Array.from({ length: concurrency }, lane));
}
