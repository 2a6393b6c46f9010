import { type UnconfirmedPayload, WIN_SUFFIX } from '../common/unconfirmed-payload.ts';
import { MoneyService, Reason } from '../gen/wallet/v1/money_pb.ts';
import { readUnconfirmed, refusal } from './unconfirmed.ts';
import type { Processor, Work } from './worker.ts';

/** Cancels a bet that was answered `fail` before its outcome was known, and the win that came with it. */
export const voidBet: Processor = async (work) => {
  const payload = readUnconfirmed(work.payload);
  await cancel(work, payload, payload.transactionId);
  if (payload.winUnits !== '0') await cancel(work, payload, payload.transactionId + WIN_SUFFIX);
};

async function cancel({ wallet, requestId }: Work, payload: UnconfirmedPayload, transactionId: string): Promise<void> {
  const { operatorId, userId, provider } = payload;
  const request = { operatorId, userId, provider, transactionId };
  const { reason } = await wallet.call(MoneyService.method.cancel, request, requestId);
  // It never arrived, and if it still does, its id is taken.
  if (reason === Reason.UNSPECIFIED || reason === Reason.TRANSACTION_NOT_FOUND) return;
  throw refusal(reason);
}
