import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Pool, selectRow, selectRows } from '../../common/db.ts';
import { invalidArgument, notFound } from '../../common/fault.ts';
import { numberOr, pageSize, provider as providerField } from '../../common/fields.ts';
import { cutPage, keyNumber, pageKey } from '../../common/pages.ts';
import type {
  GetTransactionRequest,
  ListPlayRequest,
  ListPlayResponseSchema,
  ListTransactionsRequest,
  ListTransactionsResponseSchema,
  RoundRequest,
  RoundSchema,
  TransactionSchema,
} from '../../gen/wallet/v1/money_pb.ts';
import { countedOf } from '../books/entry.ts';
import { grossGamingRevenueUnits, type Totals, totalsOf } from '../books/totals.ts';
import { statusOf } from '../core/read.ts';
import { reasonOf } from '../core/reasons.ts';
import type { StoredStatus } from '../core/state.ts';
import { entriesOfRounds, type RoundKey, roundText } from './bookkeeping-rows.ts';

type TransactionInit = MessageInitShape<typeof TransactionSchema>;
type RoundInit = MessageInitShape<typeof RoundSchema>;

type TransactionRow = {
  operator_id: string;
  user_id: string;
  seq: bigint;
  provider: string;
  transaction_id: string;
  is_reversal: number;
  kind: string;
  status: StoredStatus;
  reason: string;
  amount_units: bigint;
  currency_code: string;
  balance_after_units: bigint;
  debit_account: string;
  credit_account: string;
  round_id: string;
  game_id: string;
  context: string | null;
  occurred_at_ms: bigint;
  created_at_ms: bigint;
  request_id: string;
  reversed: number | bigint;
};

const selectTransaction = (
  hint = '',
): string => `SELECT t.operator_id, p.user_id, t.seq, t.provider, t.transaction_id, t.is_reversal, t.kind,
  t.status, t.reason, t.amount_units, t.currency_code, t.balance_after_units, t.debit_account, t.credit_account, t.round_id,
  t.game_id, t.context, t.occurred_at_ms, t.created_at_ms, t.request_id, r.seq IS NOT NULL AS reversed
  FROM transactions t ${hint} JOIN players p ON p.player_id = t.player_id
  LEFT JOIN transactions r ON t.is_reversal = 0 AND r.operator_id = t.operator_id AND r.provider = t.provider
    AND r.transaction_id = t.transaction_id AND r.is_reversal = 1`;

export async function getTransaction(pool: Pool, request: GetTransactionRequest): Promise<TransactionInit> {
  const row = await selectRow<TransactionRow>(
    pool,
    `${selectTransaction()} WHERE t.operator_id = ? AND t.provider = ? AND t.transaction_id = ? AND t.is_reversal = 0`,
    [
      ascii('operator_id', request.operatorId),
      ascii('provider', request.provider),
      ascii('transaction_id', request.transactionId),
    ],
  );
  if (row === null) throw notFound('transaction');
  return toTransaction(row);
}

export async function listTransactions(
  pool: Pool,
  request: ListTransactionsRequest,
): Promise<MessageInitShape<typeof ListTransactionsResponseSchema>> {
  const size = pageSize(request.pageSize);
  const playerId = await playerIdOf(pool, request.operatorId, request.userId);
  const afterSeq = keyNumber(pageKey(request.pageToken, 1)?.[0] ?? '0');
  const inRound = request.roundId === '' ? '' : 'AND t.round_id = ?';
  const found = await selectRows<TransactionRow>(
    pool,
    `${selectTransaction()} WHERE t.player_id = ? AND t.seq > ? ${inRound} ORDER BY t.seq LIMIT ?`,
    [playerId, afterSeq, ...(inRound === '' ? [] : [ascii('round_id', request.roundId)]), size + 1],
  );
  const fitting = fittingLength(found.slice(0, size));
  const { page, nextPageToken } = cutPage(found, fitting, (row) => [String(row.seq)]);
  return { transactions: page.map(toTransaction), nextPageToken };
}

const MAX_PLAY_ROWS = 10_000;
const DEFAULT_PLAY_ROWS = 1_000;

/** What the game server's own books are compared with: it has no rounds, so its rows are those of the round ''. */
export async function listPlay(
  pool: Pool,
  request: ListPlayRequest,
): Promise<MessageInitShape<typeof ListPlayResponseSchema>> {
  const provider = providerField(request.provider);
  const { afterSeq, fromMs } = request;
  if (afterSeq < 0n) throw invalidArgument('after_seq', 'must not be negative');
  if (fromMs < 0n) throw invalidArgument('from_ms', 'must not be negative');
  const limit = numberOr(DEFAULT_PLAY_ROWS, 'limit', request.limit, { min: 1, max: MAX_PLAY_ROWS });
  const playerId = await playerIdOf(pool, request.operatorId, request.userId);
  // The index has the rows of a round in order of seq; the primary key would pass by everything else that the player did.
  const found = await selectRows<TransactionRow>(
    pool,
    `${selectTransaction('FORCE INDEX (by_round)')} WHERE t.player_id = ? AND t.provider = ? AND t.round_id = '' AND t.seq > ?
       AND t.created_at_ms >= ? ORDER BY t.seq LIMIT ?`,
    [playerId, provider, afterSeq, fromMs, limit + 1],
  );
  const length = fittingLength(found.slice(0, limit));
  return { transactions: found.slice(0, length).map(toTransaction), more: found.length > length };
}

/** A page's contexts together stay well below the size of a message. */
const PAGE_CONTEXT_CHARACTERS = 4_000_000;

/** How many of the rows make a page; at least one. */
export function fittingLength(rows: readonly { context: string | null }[]): number {
  let characters = 0;
  const end = rows.findIndex((row, index) => {
    characters += row.context?.length ?? 0;
    return index > 0 && characters > PAGE_CONTEXT_CHARACTERS;
  });
  return end === -1 ? rows.length : end;
}

type RoundRow = { finished_at_ms: bigint | null; closed_at_ms: bigint | null };

/** The totals as of now, from the ledger; the rounds' tables say when it was finished, closed and summed. */
export async function getRound(pool: Pool, request: RoundRequest): Promise<RoundInit> {
  const playerId = await playerIdOf(pool, request.operatorId, request.userId);
  const provider = providerField(request.provider);
  const roundId = roundIdOf(request);
  const key = { playerId, provider, roundId };
  const entries = (await entriesOfRounds(pool, [key])).get(roundText(key)) ?? [];
  const row = await roundRow(pool, key);
  if (row === null && entries.length === 0) throw notFound('round');
  return toRound(key, totalsOf(countedOf(entries)), row, await summedAtMs(pool, key));
}

function roundRow(pool: Pool, { playerId, provider, roundId }: RoundKey): Promise<RoundRow | null> {
  return selectRow<RoundRow>(
    pool,
    'SELECT finished_at_ms, closed_at_ms FROM rounds WHERE player_id = ? AND provider = ? AND round_id = ?',
    [playerId, provider, roundId],
  );
}

/** Not a join with the round's row: a round that nobody ended has none, and is summed when it is overdue. 0: it was not summed. */
async function summedAtMs(pool: Pool, { playerId, provider, roundId }: RoundKey): Promise<bigint> {
  const row = await selectRow<{ summed_at_ms: bigint | null }>(
    pool,
    'SELECT summed_at_ms FROM round_totals WHERE player_id = ? AND provider = ? AND round_id = ?',
    [playerId, provider, roundId],
  );
  return row?.summed_at_ms ?? 0n;
}

async function playerIdOf(pool: Pool, operatorId: string, userId: string): Promise<bigint> {
  const row = await selectRow<{ player_id: bigint; user_id: string }>(
    pool,
    'SELECT player_id, user_id FROM players WHERE operator_id = ? AND user_id = ?',
    [ascii('operator_id', operatorId), userId],
  );
  // The collation ignores space at the end.
  if (row === null || row.user_id !== userId) throw notFound('player');
  return row.player_id;
}

function roundIdOf({ roundId }: { roundId: string }): string {
  if (roundId === '') throw invalidArgument('round_id', 'is missing');
  return ascii('round_id', roundId);
}

/** The server would refuse to compare an id that isn't ASCII with ours. */
function ascii(field: string, id: string): string {
  if (!/^[!-~]*$/.test(id)) throw invalidArgument(field, 'must be visible ASCII characters');
  return id;
}

function toTransaction(row: TransactionRow): TransactionInit {
  return {
    operatorId: row.operator_id,
    userId: row.user_id,
    seq: row.seq,
    provider: row.provider,
    transactionId: row.transaction_id,
    isReversal: row.is_reversal === 1,
    kind: row.kind,
    status: statusOf({ status: row.status, reversed: Number(row.reversed) === 1 }),
    reason: reasonOf(row.reason),
    amountUnits: row.amount_units,
    currencyCode: row.currency_code,
    balanceAfterUnits: row.balance_after_units,
    debitAccount: row.debit_account,
    creditAccount: row.credit_account,
    roundId: row.round_id,
    gameId: row.game_id,
    context: row.context ?? '',
    occurredAtMs: row.occurred_at_ms,
    createdAtMs: row.created_at_ms,
    requestId: row.request_id,
  };
}

function toRound({ provider, roundId }: RoundKey, totals: Totals, row: RoundRow | null, summedAt: bigint): RoundInit {
  const { betCount, winCount, refundCount } = totals;
  return {
    provider,
    roundId,
    betUnits: totals.betUnits,
    winUnits: totals.winUnits,
    refundUnits: totals.refundUnits,
    transactionCount: Number(betCount + winCount + refundCount),
    finishedAtMs: row?.finished_at_ms ?? 0n,
    closedAtMs: row?.closed_at_ms ?? 0n,
    summedAtMs: summedAt,
    betCount: Number(betCount),
    winCount: Number(winCount),
    refundCount: Number(refundCount),
    rakeTenThousandths: totals.rakeTenThousandths,
    grossGamingRevenueUnits: grossGamingRevenueUnits(totals),
  };
}
