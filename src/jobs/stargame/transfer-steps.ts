import { status } from '@grpc/grpc-js';
import { RemoteError } from '../../adapter/outbound/remote-error.ts';
import { apiGetBalance } from '../../adapter/stargame/remote/operations/api-get-balance.ts';
import { apiOperationBalance } from '../../adapter/stargame/remote/operations/api-operation-balance.ts';
import type { Remote } from '../../adapter/stargame/remote/remote.ts';
import { reasonText } from '../../common/reason-names.ts';
import { MoneyService, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { codeOf, type Wallet } from '../wallet.ts';
import type { Credentials } from './credentials.ts';
import type { Transfer } from './transfer-rows.ts';
import type { Step, StepEvent } from './transfer-saga.ts';

/** `timeoutMs`: how long StarGame may take. */
export type Patience = { timeoutMs: number; stopping: AbortSignal };

export type StepDeps = { wallet: Wallet; remote: Remote; credentials: Credentials };

/** Does one step of a transfer, and says what came of it; what it doesn't know it calls unknown. */
export async function runStep(deps: StepDeps, transfer: Transfer, step: Step, patience: Patience): Promise<StepEvent> {
  switch (step) {
    case 'debit':
    case 'credit':
    case 'undo':
      return askWallet(deps.wallet, transfer, step);
    case 'read_balance':
    case 'increase':
    case 'decrease':
      return askStargame(deps, transfer, step, patience);
  }
}

const METHODS = {
  debit: MoneyService.method.bet,
  credit: MoneyService.method.win,
} as const;

async function askWallet(wallet: Wallet, transfer: Transfer, step: 'debit' | 'credit' | 'undo'): Promise<StepEvent> {
  const { operatorId, userId, hallId, uid, transferId, amountUnits } = transfer;
  const names = {
    operatorId,
    userId,
    provider: 'stargame',
    transactionId: `transfer:${transferId}`,
    context: JSON.stringify({ hall: hallId, terminal: uid, transfer: transferId }),
  };
  const requestId = `transfer-${transferId}`;
  try {
    const { reason } =
      step === 'undo'
        ? await wallet.call(MoneyService.method.cancel, names, requestId)
        : await wallet.call(METHODS[step], { ...names, amountUnits }, requestId);
    return reason === Reason.UNSPECIFIED ? { type: 'done' } : { type: 'refused', reason: reasonText(reason) };
  } catch (error) {
    const code = codeOf(error);
    if (code === undefined) throw error;
    // The same request gets the same answer for ever.
    if (code === status.INVALID_ARGUMENT) return { type: 'refused', reason: status[code] };
    return { type: 'unknown', detail: `wallet: ${status[code]}` };
  }
}

async function askStargame(
  { remote, credentials }: StepDeps,
  transfer: Transfer,
  step: 'read_balance' | 'increase' | 'decrease',
  { timeoutMs, stopping }: Patience,
): Promise<StepEvent> {
  const { hallId, uid, amountUnits, operationId } = transfer;
  try {
    const hall = await credentials.hall(hallId);
    if (hall === null) return { type: 'not_done', detail: 'the hall is not known' };
    const signer = { type: 'hall', secret: hall.secret } as const;
    const names = { user_id: uid, hall_id: hallId };
    // One request at a time: of each it has to be known whether it was answered.
    const signal = AbortSignal.any([stopping, AbortSignal.timeout(timeoutMs)]);
    const options = { attempts: 1, timeoutMs, signal };
    const readBalance = async (): Promise<StepEvent> => {
      const result = await remote.call(apiGetBalance, names, signer, options);
      return result.status === 'success'
        ? { type: 'balance', units: result.answer.balance }
        : { type: 'failure', code: result.code };
    };
    if (step === 'read_balance') return await readBalance();
    if (step === 'decrease' && transfer.doubtedAtMs === null) {
      // What can't be is not asked for: to that StarGame has no answer but one that may mean anything.
      const found = await readBalance().catch((error: unknown) => nothingAsked(error));
      if (found.type !== 'balance') return found;
      if (found.units < amountUnits) return { type: 'failure', code: 'terminal_balance_too_low' };
    }
    const request = { ...names, operation: step, operation_id: String(operationId), sum: amountUnits };
    const result = await remote.call(apiOperationBalance, request, signer, options);
    return result.status === 'success' ? { type: 'done' } : { type: 'failure', code: result.code };
  } catch (error) {
    return eventOf(error);
  }
}

/** Reading moves nothing, whatever became of it. */
function nothingAsked(error: unknown): StepEvent {
  const event = eventOf(error);
  return event.type === 'unknown' ? { type: 'not_done', detail: event.detail } : event;
}

function eventOf(error: unknown): StepEvent {
  if (error instanceof RemoteError) {
    switch (error.kind) {
      case 'invalid_request':
        return { type: 'failure', code: 'invalid_request' };
      case 'not_sent':
        return { type: 'not_done', detail: error.message };
      case 'unknown':
      case 'malformed':
        return { type: 'unknown', detail: error.message };
    }
  }
  const code = codeOf(error);
  if (code === undefined) throw error;
  return { type: 'not_done', detail: `wallet: ${status[code]}` };
}
