import { gaugeOf, type Series, sumOf } from './metrics-reading.ts';
import type { StargameView } from './overview.ts';

/** What the jobs know of StarGame's server and of the books kept with it; null where no jobs process can be read. */
export function stargameView(gauges: readonly Series[]): StargameView | null {
  const lagSeconds = gaugeOf(gauges, 'croupier_reconciliation_lag_seconds');
  if (lagSeconds === null) return null;
  return {
    isUnreachable: gaugeOf(gauges, 'croupier_stargame_breaker_open') === 1,
    harvestLagSeconds: gaugeOf(gauges, 'croupier_harvest_lag_seconds'),
    stuckTransfers: sumOf(gauges, 'croupier_transfers_unfinished', { state: 'stuck' }),
    discrepancies: sumOf(gauges, 'croupier_discrepancies'),
  };
}
