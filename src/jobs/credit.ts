import { occurredAtMsOf } from '../common/unconfirmed-payload.ts';
import { MoneyService, Reason } from '../gen/wallet/v1/money_pb.ts';
import { readUnconfirmed, refusal } from './unconfirmed.ts';
import type { Processor } from './worker.ts';

/** Credits a win whose outcome was not known when its notification was answered. */
export const creditWin: Processor = async ({ payload, wallet, requestId }) => {
  const owed = readUnconfirmed(payload);
  const { operatorId, userId, provider, transactionId, amountUnits, context } = owed;
  const movement = { operatorId, userId, provider, transactionId, amountUnits: BigInt(amountUnits), context };
  const request = { ...movement, occurredAtMs: occurredAtMsOf(owed) };
  const { reason } = await wallet.call(MoneyService.method.win, request, requestId);
  if (reason !== Reason.UNSPECIFIED) throw refusal(reason);
};
