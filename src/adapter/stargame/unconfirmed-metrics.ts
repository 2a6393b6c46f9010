import { Counter, Gauge, type Registry } from 'prom-client';
import type { UnconfirmedKind } from './unconfirmed.ts';

export type UnconfirmedMetrics = {
  countOwed: (kind: UnconfirmedKind) => void;
  countSettled: (kind: UnconfirmedKind) => void;
  /** The wallet refuses it for good. */
  countRefused: (kind: UnconfirmedKind) => void;
  countEnqueueFailures: (kind: UnconfirmedKind, jobs: number) => void;
  countSpoolFailure: () => void;
};

export type OwedNow = { count: (kind: UnconfirmedKind) => number; oldestAgeMs: () => number };

const KINDS = ['void', 'credit'] as const;

export function createUnconfirmedMetrics(registry: Registry, owedNow: OwedNow): UnconfirmedMetrics {
  const registers = [registry];
  const byKind = (name: string, help: string): Counter<'kind'> => {
    const counter = new Counter({ name, help, labelNames: ['kind'], registers });
    // A series that begins with its first event hides that event from rate().
    for (const kind of KINDS) counter.inc({ kind }, 0);
    return counter;
  };
  const owed = byKind(
    'croupier_adapter_unconfirmed_total',
    'Operations answered before their outcome was known: bets to void, wins to credit',
  );
  const settled = byKind(
    'croupier_adapter_unconfirmed_settled_total',
    'Those of which the wallet has said what became',
  );
  const refused = byKind('croupier_adapter_unconfirmed_refused_total', 'Those that the wallet refuses for good');
  const enqueueFailures = byKind('croupier_adapter_enqueue_failures_total', 'Jobs that Redis did not take');
  const spoolFailures = new Counter({
    name: 'croupier_adapter_spool_failures_total',
    help: 'Failed writes of the local spool',
    registers,
  });
  new Gauge({
    name: 'croupier_adapter_unconfirmed',
    help: 'Operations whose outcome is still owed',
    labelNames: ['kind'],
    registers,
    collect() {
      for (const kind of KINDS) this.set({ kind }, owedNow.count(kind));
    },
  });
  new Gauge({
    name: 'croupier_adapter_unconfirmed_oldest_age_seconds',
    help: 'Age of the oldest of them; 0: there is none',
    registers,
    collect() {
      this.set(owedNow.oldestAgeMs() / 1000);
    },
  });
  return {
    countOwed: (kind) => owed.inc({ kind }),
    countSettled: (kind) => settled.inc({ kind }),
    countRefused: (kind) => refused.inc({ kind }),
    countEnqueueFailures: (kind, jobs) => enqueueFailures.inc({ kind }, jobs),
    countSpoolFailure: () => spoolFailures.inc(),
  };
}
