import type { Operation, Outcome } from '../../gen/wallet/v1/money_pb.ts';

/** An operation on its way through the engine. */
export type Request = {
  operation: Operation;
  /** null: the user is unknown, or not looked up yet. */
  playerId: bigint | null;
  /** On the engine's monotonic clock. */
  receivedAtMs: number;
  deadlineAtMs: number;
  /** A COMMIT that held it was lost: it may have been applied. Known again once its id was read. */
  uncertain: boolean;
  /** Set by `done`. What is answered while its batch is under way is left out of the rest of it. */
  answered: boolean;
  /** The first answer counts. */
  done: (outcome: Outcome) => void;
};

/** A database that only stalls answers after it. To cut the connection instead would make certain outcomes unknown. */
const LEAST_PATIENCE_MS = 1_000;
/** Nobody answers for so long but a connection that is dead. */
const MOST_PATIENCE_MS = 3_000;

/** How long the database may take over a batch: until the latest deadline, within bounds. */
export function patienceMs(batch: readonly Request[], nowMs: number): number {
  let latest = nowMs;
  for (const { deadlineAtMs } of batch) if (deadlineAtMs > latest) latest = deadlineAtMs;
  return Math.min(Math.max(latest - nowMs, LEAST_PATIENCE_MS), MOST_PATIENCE_MS);
}
