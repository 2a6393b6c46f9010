import { Counter, Gauge, type Registry } from 'prom-client';

export type ReconcileMetrics = {
  discrepancies: Gauge<'kind' | 'state'>;
  oldestAge: Gauge<'state'>;
  reportDifferences: Gauge<'operator'>;
  records: Counter;
  corrections: Counter<'kind'>;
  failures: Counter;
};

export function createReconcileMetrics(registry: Registry): ReconcileMetrics {
  const registers = [registry];
  return {
    discrepancies: new Gauge({
      name: 'croupier_discrepancies',
      help: "Differences between our books and providers' logs and reports that are not done with, by kind and state.",
      labelNames: ['kind', 'state'],
      registers,
    }),
    oldestAge: new Gauge({
      name: 'croupier_discrepancies_oldest_age_seconds',
      help: 'How long the oldest of them has been known, by state; 0: there is none.',
      labelNames: ['state'],
      registers,
    }),
    reportDifferences: new Gauge({
      name: 'croupier_report_differences',
      help: "Differences between our books and PLATFORM's reports that are not done with, by operator.",
      labelNames: ['operator'],
      registers,
    }),
    records: new Counter({
      name: 'croupier_reconciled_records_total',
      help: 'Log records that were matched with the ledger, each once.',
      registers,
    }),
    corrections: new Counter({
      name: 'croupier_reconciliation_corrections_total',
      help: 'Corrections that the wallet has made, by the kind of discrepancy.',
      labelNames: ['kind'],
      registers,
    }),
    failures: new Counter({
      name: 'croupier_reconciliation_failures_total',
      help: 'Terminals that could not be matched; the next run tries them again.',
      registers,
    }),
  };
}
