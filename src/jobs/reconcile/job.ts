import { z } from 'zod';
import { permanentFailure } from '../permanent-failure.ts';
import type { Processor } from '../worker.ts';
import { type CorrectDeps, correct } from './correct.ts';
import type { Reconciliation, RunProgress } from './run.ts';

/** A correction that somebody approved; anything else: a run. */
const payloadSchema = z.object({
  discrepancyId: z
    .string()
    .regex(/^\d{1,18}$/)
    .optional(),
});

export type ReconcilePayload = z.input<typeof payloadSchema>;

/** Two: an approved correction need not wait for the run. */
export const RECONCILE_JOBS_CONCURRENCY = 2;

type Deps = { reconciliation: Reconciliation } & Omit<CorrectDeps, 'wallet' | 'requestId'>;

/** Jobs of the queue `reconcile`. They only wake it up: what is to be done is in the tables. */
export function createReconcileJob({ reconciliation, ...deps }: Deps): Processor {
  let running: Promise<RunProgress> | null = null;
  return async ({ payload, wallet, requestId }) => {
    const parsed = payloadSchema.safeParse(payload);
    if (!parsed.success) throw permanentFailure('payload discrepancyId');
    if (parsed.data.discrepancyId !== undefined) {
      await correct({ ...deps, wallet, requestId }, BigInt(parsed.data.discrepancyId));
      return;
    }
    // One at a time is enough; several processes at once are harmless.
    if (running !== null) return;
    running = reconciliation.runAll({ requestId }).finally(() => {
      running = null;
    });
    deps.log.info({ requestId, ...(await running) }, 'reconciled');
  };
}
