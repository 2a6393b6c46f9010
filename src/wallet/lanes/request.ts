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
