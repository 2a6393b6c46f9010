import { Counter, Gauge, type Registry } from 'prom-client';

export type HarvestMetrics = {
  terminals: Counter<'outcome'>;
  records: Counter<'result'>;
};

/** What a look into the tables tells; `lagMs` is counted from the moment of the look. */
export type HarvestState = { lagMs: number; behind: number; failing: number; gaps: number };

export function createHarvestMetrics(registry: Registry): HarvestMetrics {
  const registers = [registry];
  const terminals = new Counter({
    name: 'croupier_harvest_terminals_total',
    help: 'Terminals whose game log this process has read, or has not: outcome read or failed.',
    labelNames: ['outcome'] as const,
    registers,
  });
  const records = new Counter({
    name: 'croupier_harvest_records_total',
    help: 'Records that were read: new, known, or differs (from what is kept under the same id).',
    labelNames: ['result'] as const,
    registers,
  });
  for (const outcome of ['read', 'failed']) terminals.inc({ outcome }, 0);
  for (const result of ['new', 'known', 'differs']) records.inc({ result }, 0);
  return { terminals, records };
}

/** A look is not worth more than that. */
const FRESH_MS = 5_000;

/** Gauges that are looked up when they are asked for, at most every few seconds; without an answer they stay away. */
export function exportHarvestState(
  registry: Registry,
  look: () => Promise<HarvestState | null>,
  now: () => number,
): void {
  let looked: { atMs: number; state: Promise<HarvestState | null> } | null = null;
  const recent = (): Promise<HarvestState | null> => {
    if (looked === null || now() - looked.atMs > FRESH_MS) looked = { atMs: now(), state: look() };
    return looked.state;
  };
  const gauge = (name: string, help: string, read: (state: HarvestState) => number): void => {
    new Gauge({
      name,
      help,
      registers: [registry],
      async collect() {
        const state = await recent();
        if (state === null) this.remove();
        else this.set(read(state));
      },
    });
  };
  gauge(
    'croupier_harvest_lag_seconds',
    'How far back the oldest game log may be that should have been read; StarGame keeps seven days.',
    ({ lagMs }) => lagMs / 1000,
  );
  gauge(
    'croupier_harvest_terminals_behind',
    'Terminals that are played at and whose game log was last read more than two hours ago.',
    ({ behind }) => behind,
  );
  gauge(
    'croupier_harvest_terminals_failing',
    'Terminals whose game log could not be read at the last try.',
    (state) => state.failing,
  );
  gauge('croupier_harvest_gaps', 'Spans that StarGame may no longer have had when they were read.', ({ gaps }) => gaps);
}
