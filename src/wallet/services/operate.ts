import type { ServerDuplexStream } from '@grpc/grpc-js';
import type { CallContext } from '../../common/grpc-handler.ts';
import type { Logger } from '../../common/log.ts';
import {
  type Operation,
  type OperationFrame,
  OperationKind,
  type Outcome,
  type OutcomeFrame,
  Reason,
} from '../../gen/wallet/v1/money_pb.ts';
import { outcomeOf } from '../core/outcome.ts';
import type { Engine } from '../lanes/engine.ts';

export type OperateDeps = {
  engine: Engine;
  log: Logger;
  /** Operations of one stream that may be without an answer at a time; more are refused as OVERLOADED. */
  inFlightMax: number;
};

type Call = ServerDuplexStream<OperationFrame, OutcomeFrame>;

/** The cashier's transfers have unary methods of their own, with roles of their own. */
const STREAMED: ReadonlySet<OperationKind> = new Set([
  OperationKind.BET,
  OperationKind.WIN,
  OperationKind.REFUND,
  OperationKind.CANCEL,
  OperationKind.FINISH_ROUND,
  OperationKind.BALANCE,
  OperationKind.AUTHENTICATE,
  OperationKind.STATUS,
]);

/** The provider of deposits, withdrawals and corrections; nobody else may use its ids. */
export const CASHIER = 'cashier';

/**
 * The Operate stream: operations go to the engine as they come, and outcomes go back as they are decided; those of one batch share
 * a frame. `close` ends all streams once what they hold is answered.
 */
export function createOperate(deps: OperateDeps): {
  operate: (call: Call, context: CallContext) => void;
  close: () => void;
} {
  const open = new Set<() => void>();

  const operate = (call: Call, { service, requestId }: CallContext): void => {
    const { engine, log, inFlightMax } = deps;
    let outcomes: Outcome[] = [];
    let inFlight = 0;
    let ending = false;
    let broken = false;

    const isBroken = (): boolean => broken;

    const flush = (): void => {
      const frame = outcomes;
      outcomes = [];
      if (broken) return;
      // A caller that doesn't read its answers gets no more of its questions read.
      if (!call.write({ $typeName: 'wallet.v1.OutcomeFrame', outcomes: frame })) call.pause();
      endWhenAnswered();
    };

    const answer = (outcome: Outcome): void => {
      inFlight -= 1;
      outcomes.push(outcome);
      if (outcomes.length === 1) queueMicrotask(flush);
    };

    const endWhenAnswered = (): void => {
      if (ending && inFlight === 0 && outcomes.length === 0) call.end();
    };

    const end = (): void => {
      ending = true;
      endWhenAnswered();
    };

    const submit = (operation: Operation): void => {
      // Left unanswered: the stream ends after what it holds, and the caller asks another wallet.
      if (ending) return;
      inFlight += 1;
      if (!STREAMED.has(operation.kind)) {
        answer(outcomeOf(operation, Reason.INVALID_ARGUMENT, 'kind: not one of the stream'));
      } else if (operation.provider === CASHIER) {
        answer(outcomeOf(operation, Reason.INVALID_ARGUMENT, `provider: ${CASHIER} is reserved`));
      } else if (inFlight > inFlightMax) {
        answer(outcomeOf(operation, Reason.OVERLOADED));
      } else {
        engine.submit(operation, answer, isBroken);
      }
    };

    const lose = (): void => {
      if (broken) return;
      broken = true;
      open.delete(end);
      log.info({ service, requestId, unanswered: inFlight + outcomes.length }, 'operate stream closed');
    };

    open.add(end);
    log.info({ service, requestId, peer: call.getPeer() }, 'operate stream opened');
    call.on('data', (frame: OperationFrame) => {
      for (const operation of frame.operations) submit(operation);
    });
    call.on('drain', () => call.resume());
    call.on('end', end);
    call.on('finish', lose);
    call.on('cancelled', lose);
    call.on('error', lose);
  };

  return {
    operate,
    close: () => {
      for (const end of open) end();
    },
  };
}
