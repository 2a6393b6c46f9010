import { create } from '@bufbuild/protobuf';
import { reasonText } from '../../common/reason-names.ts';
import { occurredAtMsOf, type UnconfirmedPayload, WIN_SUFFIX } from '../../common/unconfirmed-payload.ts';
import { type Operation, OperationKind, OperationSchema, type Outcome, Reason } from '../../gen/wallet/v1/money_pb.ts';
import type { WalletStream } from '../wallet-stream.ts';
import type { OperationRecord } from './spool.ts';

/** done: the wallet has said what became of it; refused: it never can be done; unknown: ask again. */
export type Settled = { verdict: 'done' | 'refused' | 'unknown'; reason: string };

const DEADLINE_MS = 2000;

/** Asks the wallet for what is owed, once, and tells what came of it. Idempotent: the ids are those of the operation. */
export function settleWithWallet(
  wallet: Pick<WalletStream, 'ask'>,
  { kind, payload }: OperationRecord,
  tell: (settled: Settled) => void,
): void {
  const giveUpAtMs = performance.now() + DEADLINE_MS;
  const askFor = (operation: Operation, then: (settled: Settled) => void): void =>
    wallet.ask(operation, giveUpAtMs, { settle: (outcome) => then(judge(operation.kind, outcome)) });

  if (kind === 'credit') {
    askFor(creditOf(payload), tell);
    return;
  }
  askFor(cancelOf(payload, ''), (bet) => {
    if (bet.verdict !== 'done' || payload.winUnits === '0') tell(bet);
    else askFor(cancelOf(payload, WIN_SUFFIX), tell);
  });
}

function judge(kind: OperationKind, { reason }: Outcome): Settled {
  const name = reasonText(reason);
  if (reason === Reason.UNSPECIFIED) return { verdict: 'done', reason: '' };
  // It never arrived, and if it still does, its id is taken.
  if (kind === OperationKind.CANCEL && reason === Reason.TRANSACTION_NOT_FOUND)
    return { verdict: 'done', reason: name };
  return { verdict: UNKNOWN.has(reason) ? 'unknown' : 'refused', reason: name };
}

const UNKNOWN: ReadonlySet<Reason> = new Set([
  Reason.DEADLINE_PASSED,
  Reason.OVERLOADED,
  Reason.UNAVAILABLE,
  Reason.OUTCOME_UNKNOWN,
]);

function creditOf(payload: UnconfirmedPayload): Operation {
  const { amountUnits, context } = payload;
  return create(OperationSchema, {
    ...namesOf(payload),
    kind: OperationKind.WIN,
    amountUnits: BigInt(amountUnits),
    context,
    occurredAtMs: occurredAtMsOf(payload),
  });
}

function cancelOf(payload: UnconfirmedPayload, suffix: string): Operation {
  const names = namesOf(payload);
  return create(OperationSchema, {
    ...names,
    kind: OperationKind.CANCEL,
    transactionId: names.transactionId + suffix,
  });
}

const namesOf = ({ operatorId, userId, provider, transactionId, requestId }: UnconfirmedPayload) => ({
  operatorId,
  userId,
  provider,
  transactionId,
  requestId,
});
