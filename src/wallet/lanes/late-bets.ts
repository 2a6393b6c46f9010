import type { Logger } from '../../common/log.ts';
import { type Operation, OperationKind, type Outcome, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { WIN_SUFFIX } from '../core/keys.ts';
import { outcomeOf } from '../core/outcome.ts';
import { reasonName } from '../core/reasons.ts';
import type { EngineMetrics } from './metrics.ts';
import type { Request } from './request.ts';

export type LateBets = {
  /**
   * Cancels a late bet, and the win that came with it, and then answers it: DEADLINE_PASSED where nothing of it stands for certain,
   * else OUTCOME_UNKNOWN.
   */
  reverse: (bet: Request, answer: (outcome: Outcome) => void) => void;
};

export type LateBetsDeps = {
  /** The engine's own: a cancel goes through the bet's lane, after the bet. */
  submit: (operation: Operation, done: (outcome: Outcome) => void) => void;
  log: Logger;
  metrics: Pick<EngineMetrics, 'lateBets' | 'lateBetsReversed'>;
  clock: () => number;
};

/** Whether a bet was done with nobody waiting for it any more, or may have been done. */
export function isLateBet(bet: Request, { reason }: Outcome, nowMs: number, isGone: boolean): boolean {
  if (reason === Reason.OUTCOME_UNKNOWN) return true;
  return reason === Reason.UNSPECIFIED && (isGone || nowMs > bet.deadlineAtMs);
}

export function createLateBets({ submit, log, metrics, clock }: LateBetsDeps): LateBets {
  const reverse = (bet: Request, answer: (outcome: Outcome) => void): void => {
    const { operation } = bet;
    const lateMs = Math.round(clock() - bet.deadlineAtMs);
    const cancels = cancelsOf(operation);
    let missing = cancels.length;
    let isCertain = true;
    metrics.lateBets.inc();

    const settle = ({ reason }: Outcome): void => {
      missing -= 1;
      if (reason !== Reason.UNSPECIFIED && reason !== Reason.TRANSACTION_NOT_FOUND) isCertain = false;
      if (missing > 0) return;
      const final = isCertain ? Reason.DEADLINE_PASSED : Reason.OUTCOME_UNKNOWN;
      if (isCertain) metrics.lateBetsReversed.inc();
      log.warn({ ...describe(operation), lateMs, outcome: reasonName(final) }, 'late bet');
      answer(outcomeOf(operation, final));
    };
    for (const cancel of cancels) submit(cancel, settle);
  };
  return { reverse };
}

/** As an adapter would ask: by the bet's id, then by its win's. Both at once, so that they share a batch. */
function cancelsOf(bet: Operation): Operation[] {
  const { sessionToken: _, roundFinished: __, ...said } = bet;
  const cancel: Operation = {
    ...said,
    kind: OperationKind.CANCEL,
    // The wallet's own maximum.
    deadlineMs: 0,
    amountUnits: 0n,
    currencyCode: '',
    winUnits: 0n,
    voidIfLate: false,
  };
  if (bet.winUnits === 0n) return [cancel];
  return [cancel, { ...cancel, transactionId: `${bet.transactionId}${WIN_SUFFIX}` }];
}

const describe = (operation: Operation): Record<string, string> => ({
  operator: operation.operatorId,
  player: operation.userId,
  provider: operation.provider,
  transaction: operation.transactionId,
  requestId: operation.requestId,
});
