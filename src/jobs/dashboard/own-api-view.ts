import { gaugeOf, type Series } from './metrics-reading.ts';
import type { OwnApiView } from './overview.ts';

/** As the gauge has them. */
const WARNING = 1;
const EXCEEDED = 2;

/** What the jobs know of PLATFORM's own API; null where it is not asked, or no jobs process can be read. */
export function ownApiView(gauges: readonly Series[], nowMs: number): OwnApiView | null {
  const synced = gauges.filter(({ name }) => name === 'croupier_catalogue_synced_timestamp_seconds');
  const overdueSeconds = gaugeOf(gauges, 'croupier_platform_reports_overdue_seconds');
  if (synced.length === 0 && overdueSeconds === null) return null;
  const oldest = Math.min(...synced.map(({ value }) => value));
  return {
    isUnreachable: gauges.some(({ name, value }) => name === 'croupier_platform_breaker_open' && value === 1),
    catalogueAgeSeconds: synced.length === 0 ? 0 : Math.max(0, nowMs / 1_000 - oldest),
    reportsOverdueSeconds: overdueSeconds ?? 0,
    limitsExceeded: limitsIn(gauges, EXCEEDED),
    limitsNear: limitsIn(gauges, WARNING),
  };
}

/** Operators with a limit in that state. */
function limitsIn(gauges: readonly Series[], state: number): string[] {
  const operators = gauges
    .filter(({ name, value }) => name === 'croupier_platform_limit_state' && value === state)
    .map(({ labels }) => labels.operator ?? '');
  return [...new Set(operators)].sort();
}
