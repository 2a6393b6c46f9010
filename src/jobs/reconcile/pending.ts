import type { Job } from 'bullmq';
import type { JobData } from '../../common/queues.ts';
import { occurredAtMsOf, unconfirmedSchema } from '../../common/unconfirmed-payload.ts';
import { isPermanent } from '../permanent-failure.ts';
import type { Queues } from '../queues.ts';
import type { Player } from './ledger.ts';

/** For each player with wins or voids that may still come: the time of the earliest of them. */
export type Pending = { earliestMs(player: Player): number | null };

const STATES = ['waiting', 'active', 'delayed', 'prioritized', 'failed'] as const;
const JOBS_AT_MOST = 2_000;
/** A job may name when its notification was answered, which came that much earlier at most. */
const NOTIFICATION_MS = 1_000;

/**
 * What the queues `void` and `credit` still hold: whose spins must not be judged yet. Asked before the ledger is read: what leaves a queue
 * after that only seems to be pending. Rejects where Redis is away, or holds so many that there is an outage to see to first.
 *
 * A win in the spool of an adapter that is dead, or that hasn't emptied it yet after Redis was away, is not seen here: older than
 * RECONCILE_SETTLE_MS it looks as if it never reached us. Where it comes after it was credited, the two are found as `win_twice`.
 */
export async function readPending(queues: Pick<Queues, 'void' | 'credit'>): Promise<Pending> {
  const earliest = new Map<string, number>();
  for (const queue of [queues.void, queues.credit]) {
    // One look at all states: a job that moves on between two looks could be missed by both.
    const jobs = await queue.getJobs([...STATES], 0, JOBS_AT_MOST - 1);
    if (jobs.length >= JOBS_AT_MOST) throw new Error(`too many jobs in the queue ${queue.name} to reconcile now`);
    for (const job of jobs) note(earliest, job);
  }
  return { earliestMs: (player) => earliest.get(keyOf(player)) ?? null };
}

function note(earliest: Map<string, number>, job: Job<JobData> | undefined): void {
  // What the wallet has refused for good will never come.
  if (job === undefined || isPermanent(job.failedReason)) return;
  const payload = unconfirmedSchema.safeParse(job.data.payload).data;
  if (payload === undefined) return;
  const key = keyOf(payload);
  const atMs = Number(occurredAtMsOf(payload)) - NOTIFICATION_MS;
  earliest.set(key, Math.min(atMs, earliest.get(key) ?? atMs));
}

const keyOf = ({ operatorId, userId }: Pick<Player, 'operatorId' | 'userId'>): string => `${operatorId} ${userId}`;
