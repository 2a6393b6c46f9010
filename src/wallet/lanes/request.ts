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
  /** Called exactly once. */
  done: (outcome: Outcome) => void;
};

const LEAST_PATIENCE_MS = 50;

/** How long the database may take over a batch: nobody waits longer than until the latest deadline. */
export function patienceMs(batch: readonly Request[], nowMs: number): number {
  let latest = nowMs;
  for (const { deadlineAtMs } of batch) if (deadlineAtMs > latest) latest = deadlineAtMs;
  return Math.max(latest - nowMs, LEAST_PATIENCE_MS);
}
