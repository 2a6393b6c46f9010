/** What the wallet's lanes have done since it started. */
export type LaneCounters = { batches: number; operations: number };

/** From the wallet's /metrics. */
export async function readLaneCounters(opsPort: number): Promise<LaneCounters> {
  const response = await fetch(`http://127.0.0.1:${opsPort}/metrics`);
  return parseLaneCounters(await response.text());
}

export function parseLaneCounters(metrics: string): LaneCounters {
  return {
    batches: counter(metrics, 'croupier_wallet_lane_batches_total'),
    operations: counter(metrics, 'croupier_wallet_lane_operations_total'),
  };
}

function counter(metrics: string, name: string): number {
  const value = new RegExp(`^${name}(?:\\{.*\\})? (\\S+)$`, 'm').exec(metrics)?.[1];
  if (value === undefined) throw new Error(`the wallet's metrics have no ${name}`);
  return Number(value);
}

/** Null where no lane wrote anything: replays, and what has no lanes. */
export function operationsPerTransaction(before: LaneCounters | null, after: LaneCounters | null): number | null {
  if (after === null) return null;
  const batches = after.batches - (before?.batches ?? 0);
  return batches === 0 ? null : (after.operations - (before?.operations ?? 0)) / batches;
}
