import { status } from '@grpc/grpc-js';
import { callUnary } from '../../src/common/grpc.ts';
import {
  MoneyService,
  OperationKind,
  type Outcome,
  Reason,
  ReasonSchema,
  type Transaction,
  TransactionStatus,
} from '../../src/gen/wallet/v1/money_pb.ts';
import type { Via } from './plan.ts';
import type { Answer, OperationKind as Kind, LedgerRow, Operation, RoundView, StatusName } from './types.ts';
import {
  asReply,
  isServiceError,
  type OperationInit,
  PATIENT_MS,
  type Reply,
  type WalletClient,
} from './wallet-client.ts';

/** Speaks the model's words with the real wallet. */
export type Driver = ReturnType<typeof createDriver>;

type PlayerName = { operatorId: string; userId: string };

export function createDriver(client: WalletClient) {
  const options = { deadlineMs: PATIENT_MS };
  return {
    async send(operation: Operation, via: Via): Promise<Answer> {
      const reply = via === 'stream' ? client.operate(initOf(operation)) : unary(client, operation);
      return answerOf(operation.kind, await reply);
    },

    async sendFrame(operations: readonly Operation[]): Promise<Answer[]> {
      const replies = await Promise.all(client.operateFrame(operations.map(initOf)));
      return replies.map((reply, i) => answerOf(operations[i]?.kind ?? 'bet', reply));
    },

    async ledger(player: PlayerName, pageSize?: number): Promise<LedgerRow[]> {
      return (await listAll(client, player, pageSize)).map(rowOf);
    },

    async balanceUnits({ operatorId, userId }: PlayerName): Promise<bigint> {
      const request = { operatorId, userId };
      return (await callUnary(client.grpc, MoneyService.method.getBalance, request, options)).balanceUnits;
    },

    /** null: there is none. */
    async transaction(operatorId: string, provider: string, transactionId: string): Promise<LedgerRow | null> {
      const request = { operatorId, provider, transactionId };
      const call = callUnary(client.grpc, MoneyService.method.getTransaction, request, options);
      return nullWhereNone(call.then(rowOf));
    },

    async round({ operatorId, userId }: PlayerName, provider: string, roundId: string): Promise<RoundView | null> {
      const request = { operatorId, userId, provider, roundId };
      const call = callUnary(client.grpc, MoneyService.method.getRound, request, options);
      return nullWhereNone(
        call.then(({ betUnits, winUnits, refundUnits, transactionCount, closedAtMs }) => ({
          betUnits,
          winUnits,
          refundUnits,
          transactionCount,
          closed: closedAtMs !== 0n,
        })),
      );
    },
  };
}

/** A player's whole ledger, page by page. */
export async function listAll(
  { grpc }: WalletClient,
  { operatorId, userId }: PlayerName,
  pageSize = 1_000,
): Promise<Transaction[]> {
  const rows: Transaction[] = [];
  let pageToken = '';
  do {
    const request = { operatorId, userId, pageSize, pageToken };
    const page = await callUnary(grpc, MoneyService.method.listTransactions, request, { deadlineMs: PATIENT_MS });
    rows.push(...page.transactions);
    pageToken = page.nextPageToken;
  } while (pageToken !== '');
  return rows;
}

const KINDS: Record<Kind, OperationKind> = {
  bet: OperationKind.BET,
  win: OperationKind.WIN,
  refund: OperationKind.REFUND,
  cancel: OperationKind.CANCEL,
  finishRound: OperationKind.FINISH_ROUND,
  balance: OperationKind.BALANCE,
  authenticate: OperationKind.AUTHENTICATE,
  status: OperationKind.STATUS,
  deposit: OperationKind.DEPOSIT,
  withdrawal: OperationKind.WITHDRAWAL,
  correction: OperationKind.CORRECTION,
};

export function initOf({ kind, sessionToken, roundFinished, ...rest }: Operation): OperationInit {
  return {
    ...rest,
    kind: KINDS[kind],
    ...(sessionToken === null ? {} : { sessionToken }),
    ...(roundFinished === null ? {} : { roundFinished }),
  };
}

function unary({ grpc }: WalletClient, operation: Operation): Promise<Reply> {
  const { kind, provider: _, ...common } = initOf(operation);
  const movement = { ...common, provider: operation.provider };
  const transfer = { ...common, note: '' };
  const options = { deadlineMs: PATIENT_MS };
  const { method } = MoneyService;
  const call = (): Promise<Outcome> => {
    switch (operation.kind) {
      case 'bet':
        return callUnary(grpc, method.bet, movement, options);
      case 'win':
        return callUnary(grpc, method.win, movement, options);
      case 'refund':
        return callUnary(grpc, method.refund, movement, options);
      case 'cancel':
        return callUnary(grpc, method.cancel, movement, options);
      case 'finishRound':
        return callUnary(grpc, method.finishRound, movement, options);
      case 'deposit':
        return callUnary(grpc, method.deposit, transfer, options);
      case 'withdrawal':
        return callUnary(grpc, method.withdraw, transfer, options);
      case 'correction':
        return callUnary(grpc, method.correct, transfer, options);
      case 'balance':
        return callUnary(grpc, method.getBalance, common, options);
      default:
        throw new Error(`${operation.kind} (${kind}) is in the stream only`);
    }
  };
  return asReply(call());
}

function answerOf(kind: Kind, reply: Reply): Answer {
  const answer = { reason: reasonName(reply.reason), replayed: reply.replayed };
  if (answer.reason !== '') return answer;
  if (kind === 'finishRound') return answer;
  if (kind === 'cancel' || kind === 'status')
    return { ...answer, transactionStatus: statusName(reply.transactionStatus) };
  const withBalance = { ...answer, balanceUnits: reply.balanceUnits, currencyCode: reply.currencyCode };
  if (kind !== 'authenticate' || reply.identity === undefined) return withBalance;
  const { userId, userName, displayName, country, group } = reply.identity;
  return { ...withBalance, identity: { userId, userName, displayName, country, group } };
}

function rowOf(transaction: Transaction): LedgerRow {
  const { seq, provider, transactionId, isReversal, amountUnits, currencyCode } = transaction;
  return {
    seq,
    provider,
    transactionId,
    isReversal,
    kind: transaction.kind as LedgerRow['kind'],
    status: statusName(transaction.status),
    reason: reasonName(transaction.reason),
    amountUnits,
    currencyCode,
    balanceAfterUnits: transaction.balanceAfterUnits,
    debitAccount: transaction.debitAccount,
    creditAccount: transaction.creditAccount,
    roundId: transaction.roundId,
    gameId: transaction.gameId,
    context: transaction.context,
  };
}

/** As in the proto, without the prefix; '' for REASON_UNSPECIFIED. */
export function reasonName(reason: Reason): string {
  if (reason === Reason.UNSPECIFIED) return '';
  return ReasonSchema.values.find(({ number }) => number === reason)?.localName ?? `reason ${reason}`;
}

function statusName(value: TransactionStatus): StatusName {
  if (value === TransactionStatus.OK) return 'OK';
  if (value === TransactionStatus.ERROR) return 'ERROR';
  if (value === TransactionStatus.CANCELED) return 'CANCELED';
  throw new Error(`an answer without a transaction status (${value})`);
}

async function nullWhereNone<T>(call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (isServiceError(error) && error.code === status.NOT_FOUND) return null;
    throw error;
  }
}
