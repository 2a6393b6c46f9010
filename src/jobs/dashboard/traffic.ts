import { gaugeOf, type Series, sumOf, sumsBy } from './metrics-reading.ts';
import { isFailure } from './outcomes.ts';
import type { CommandView, LatencyView, LateView, ProviderName, ProviderView, UnconfirmedView } from './overview.ts';

const REQUESTS = 'croupier_adapter_requests_total';
const DURATION = 'croupier_adapter_request_duration_seconds';
const UNCONFIRMED = 'croupier_adapter_unconfirmed';
const PROVIDERS = ['platform', 'stargame'] as const satisfies ProviderName[];

/** `minute`: what grew in the last one. */
export function providerViews(minute: readonly Series[], gauges: readonly Series[]): ProviderView[] {
  return PROVIDERS.map((name) => {
    const ofProvider = minute.filter((series) => series.labels.provider === name);
    return { name, commands: commandViews(name, ofProvider), latency: latencyView(name, ofProvider, minute, gauges) };
  });
}

function commandViews(provider: ProviderName, ofProvider: readonly Series[]): CommandView[] {
  const commands = [...sumsBy(ofProvider, REQUESTS, 'command')].sort(([a], [b]) => a.localeCompare(b));
  return commands.map(([command, requests]) => {
    const counts = [...sumsBy(ofProvider, REQUESTS, 'outcome', { command })].filter(([outcome]) => outcome !== 'OK');
    const outcomes = counts.map(([outcome, count]) => ({ outcome, count })).sort((a, b) => b.count - a.count);
    const failed = outcomes.reduce((sum, { outcome, count }) => sum + (isFailure(provider, outcome) ? count : 0), 0);
    const refused = outcomes.reduce((sum, { count }) => sum + count, 0) - failed;
    return { command, requests, refused, failed, outcomes: outcomes.slice(0, 4) };
  });
}

function latencyView(
  provider: ProviderName,
  ofProvider: readonly Series[],
  minute: readonly Series[],
  gauges: readonly Series[],
): LatencyView | null {
  const upTo = [...sumsBy(ofProvider, `${DURATION}_bucket`, 'le')]
    .map(([le, count]) => ({ upToMs: le === '+Inf' ? null : Number(le) * 1000, count }))
    .sort((a, b) => (a.upToMs ?? Infinity) - (b.upToMs ?? Infinity));
  const count = sumOf(ofProvider, `${DURATION}_count`);
  if (count === 0) return null;
  const budgetSeconds = gaugeOf(gauges, 'croupier_adapter_budget_seconds', { provider });
  const budgetMs = budgetSeconds === null ? null : budgetSeconds * 1000;
  const percentile = (share: number): number | null =>
    upTo.find((bucket) => bucket.count >= count * share)?.upToMs ?? null;
  // A bucket that nothing fell into in this minute did not grow, and is missing where all before it are as well.
  return {
    count,
    buckets: upTo.map((bucket, index) => ({ ...bucket, count: bucket.count - (upTo[index - 1]?.count ?? 0) })),
    p50Ms: percentile(0.5),
    p99Ms: percentile(0.99),
    p999Ms: percentile(0.999),
    budgetMs,
    missed: provider === 'stargame' ? sumOf(minute, 'croupier_adapter_budget_missed_total') : 0,
  };
}

/** `recent`: what grew in the time that is kept. */
export const lateView = (recent: readonly Series[], hasWallet: boolean): LateView | null =>
  hasWallet
    ? {
        recent: sumOf(recent, 'croupier_wallet_late_bets_total'),
        reversedRecent: sumOf(recent, 'croupier_wallet_late_bets_reversed_total'),
      }
    : null;

export function unconfirmedView(recent: readonly Series[], gauges: readonly Series[]): UnconfirmedView | null {
  if (!gauges.some((series) => series.name === UNCONFIRMED)) return null;
  return {
    owed: [...sumsBy(gauges, UNCONFIRMED, 'kind')].map(([kind, count]) => ({ kind, count })),
    oldestAgeSeconds: gaugeOf(gauges, 'croupier_adapter_unconfirmed_oldest_age_seconds') ?? 0,
    recent: sumOf(recent, 'croupier_adapter_unconfirmed_total'),
    settledRecent: sumOf(recent, 'croupier_adapter_unconfirmed_settled_total'),
  };
}
