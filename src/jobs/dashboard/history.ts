import { growth, type Reading, type Series, sumOf } from './metrics-reading.ts';
import { isFailure } from './outcomes.ts';
import type { Point, ProviderName, Rates } from './overview.ts';

export const SAMPLE_MS = 2_000;
const KEPT_MS = 15 * 60_000;
const MINUTE_MS = 60_000;

/** What grew between two looks, over all processes. */
type Step = { atMs: number; grown: Series[] };

/** The last 15 minutes, in memory: a page that is opened has its charts at once. */
export type History = {
  /** `readings`: of the processes that answered, by instance. */
  add: (look: {
    atMs: number;
    readings: ReadonlyMap<string, Reading>;
    isAdapterUp: boolean;
    jobs: number | null;
  }) => void;
  points: (afterMs: number) => Point[];
  lastMinute: () => Series[];
  all: () => Series[];
};

const REQUESTS = 'croupier_adapter_requests_total';

export function createHistory(): History {
  const readings = new Map<string, Reading>();
  const steps: Step[] = [];
  const points: Point[] = [];
  let lastAtMs: number | null = null;

  const since = (fromMs: number): Series[] => steps.filter((step) => step.atMs > fromMs).flatMap((step) => step.grown);

  return {
    add: ({ atMs, readings: fresh, isAdapterUp, jobs }) => {
      // What a process counted before it was first seen belongs to no moment.
      const grown = [...fresh].flatMap(([instance, reading]) => {
        const before = readings.get(instance);
        readings.set(instance, reading);
        return before === undefined ? [] : growth(before, reading);
      });
      const seconds = lastAtMs === null ? SAMPLE_MS / 1000 : Math.max(0.1, (atMs - lastAtMs) / 1000);
      lastAtMs = atMs;
      steps.push({ atMs, grown });
      const rates = (provider: ProviderName) => (isAdapterUp ? ratesOf(grown, provider, seconds) : null);
      points.push({ atMs, platform: rates('platform'), stargame: rates('stargame'), jobs });
      forget(steps, atMs - KEPT_MS);
      forget(points, atMs - KEPT_MS);
    },
    points: (afterMs) => points.filter((point) => point.atMs > afterMs),
    lastMinute: () => since((lastAtMs ?? 0) - MINUTE_MS),
    all: () => since(0),
  };
}

function forget(entries: { atMs: number }[], beforeMs: number): void {
  while (entries[0] !== undefined && entries[0].atMs <= beforeMs) entries.shift();
}

function ratesOf(grown: readonly Series[], provider: ProviderName, seconds: number): Rates {
  const ofProvider = grown.filter((series) => series.labels.provider === provider);
  const failures = ofProvider.filter((series) => isFailure(provider, series.labels.outcome ?? ''));
  const perSecond = (count: number): number => Math.round((count / seconds) * 10) / 10;
  return {
    requests: perSecond(sumOf(ofProvider, REQUESTS)),
    failed: perSecond(sumOf(failures, REQUESTS)),
    missed: provider === 'stargame' ? perSecond(sumOf(grown, 'croupier_adapter_budget_missed_total')) : 0,
  };
}
