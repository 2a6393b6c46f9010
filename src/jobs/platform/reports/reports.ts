import { randomUUID } from 'node:crypto';
import type { MessageInitShape } from '@bufbuild/protobuf';
import { loggable } from '../../../common/db.ts';
import type { PullReportsProgressSchema, ReconcileReportsResponseSchema } from '../../../gen/jobs/v1/reports_pb.ts';
import type { PlatformDeps } from '../deps.ts';
import type { HandHistories } from '../evidence/hand-histories.ts';
import { daysBetween } from './due.ts';
import { daysToReconcile } from './pending.ts';
import { readCompleteUntilMs } from './play.ts';
import { createReportPull } from './pull.ts';
import { type DayOutcome, reconcileDay } from './reconcile.ts';
import type { DayKey } from './report-rows.ts';

/** Days are yyyy-mm-dd, both ends included; empty operator: all. */
export type ReportSpan = { operatorId: string; fromDay: string; toDay: string };

export type Reports = {
  /** Pulls what is due, and compares what was pulled or is not settled. */
  runDue: () => Promise<void>;
  /** One for each report; a caller that goes away (`signal`) stops it between two. */
  pull: (span: ReportSpan, signal: AbortSignal) => AsyncIterable<MessageInitShape<typeof PullReportsProgressSchema>>;
  reconcile: (span: ReportSpan) => Promise<MessageInitShape<typeof ReconcileReportsResponseSchema>>;
  stop: () => Promise<void>;
};

/** Days of which a process remembers when it compared them. */
const REMEMBERED = 10_000;

export function createReports(deps: PlatformDeps & { handHistories: HandHistories }): Reports {
  const { pool, wallet, operators, log, now } = deps;
  const pull = createReportPull(deps);
  const stopping = new AbortController();
  const running = new Set<Promise<unknown>>();
  const comparedAtMs = new Map<string, number>();
  const nameOf = ({ operatorId, day }: DayKey): string => `${operatorId} ${day}`;

  const compare = async (key: DayKey): Promise<DayOutcome> => {
    const atMs = now();
    const comparing = reconcileDay(deps, key, stopping.signal);
    running.add(comparing);
    try {
      const outcome = await comparing;
      if (comparedAtMs.size >= REMEMBERED) comparedAtMs.clear();
      comparedAtMs.set(nameOf(key), atMs);
      return outcome;
    } finally {
      running.delete(comparing);
    }
  };

  /** One that fails doesn't keep the others; the next run tries it again. */
  const comparePending = async (): Promise<void> => {
    const completeUntilMs = await readCompleteUntilMs(wallet, randomUUID());
    const known = (key: DayKey): number => comparedAtMs.get(nameOf(key)) ?? 0;
    for (const key of await daysToReconcile(pool, { nowMs: now(), completeUntilMs, comparedAtMs: known })) {
      if (stopping.signal.aborted) return;
      await compare(key).catch((error: unknown) => {
        log.warn({ operator: key.operatorId, day: key.day, err: loggable(error) }, 'report not compared');
      });
    }
  };

  return {
    runDue: async () => {
      await pull.ensure();
      await pull.runDue(async (operatorId, day) => void (await compare({ operatorId, day })));
      await comparePending();
    },

    async *pull(span, signal) {
      const outcomes = new Map<string, DayOutcome>();
      const onPulled = async (operatorId: string, day: string): Promise<void> => {
        outcomes.set(nameOf({ operatorId, day }), await compare({ operatorId, day }));
      };
      for await (const pulled of pull.pullNow(span, onPulled, signal)) {
        const { operatorId, reportDay: day } = pulled;
        const { agrees = 0, differs = 0, provisional = 0 } = outcomes.get(nameOf({ operatorId, day })) ?? {};
        outcomes.clear();
        yield { ...pulled, agrees, differs, provisional };
      }
    },

    reconcile: async ({ operatorId, fromDay, toDay }) => {
      const all = operatorId === '' ? (await operators.all()).map((each) => each.operatorId) : [operatorId];
      const sum = { compared: 0, agrees: 0, differs: 0, provisional: 0, found: 0, explained: 0 };
      for (const day of daysBetween(fromDay, toDay)) {
        for (const each of all) {
          const outcome = await compare({ operatorId: each, day });
          sum.agrees += outcome.agrees;
          sum.differs += outcome.differs;
          sum.provisional += outcome.provisional;
          sum.found += outcome.found;
          sum.explained += outcome.explained;
        }
      }
      const { found, explained, ...counts } = sum;
      const compared = counts.agrees + counts.differs + counts.provisional;
      return { ...counts, compared, discrepanciesFound: found, discrepanciesExplained: explained };
    },

    stop: async () => {
      stopping.abort();
      await pull.stop();
      await Promise.allSettled(running);
    },
  };
}
