import { z } from 'zod';
import { MoneyService, type Transaction, TransactionStatus } from '../../gen/wallet/v1/money_pb.ts';
import type { Wallet } from '../wallet.ts';
import type { TerminalKey } from './progress.ts';
import type { LedgerRow } from './types.ts';

export const PROVIDER = 'stargame';

/** A terminal's player, as the wallet knows it. */
export type Player = { operatorId: string; userId: string; currencyCode: string };

/** A terminal's part of the ledger, from some row on. */
export type LedgerPart = {
  rows: LedgerRow[];
  /** Of cancels that weren't seen before, by whom else but the reconciliation, of rows that are not among these: the times of the rows. */
  canceledBeforeMs: number[];
  /** Cancels of these rows, by whom else but the reconciliation, by transaction id. */
  canceledAtSeq: Map<string, bigint>;
  /** The last row that was read, of whatever terminal. */
  lastSeq: bigint;
  /** There is more: all rows written before this time are here. null: all there are. */
  writtenUntilMs: number | null;
};

const ROWS_A_CALL = 10_000;
/** Rows are small, but several terminals are read at a time. */
const ROWS_AT_MOST = 50_000;

const contextSchema = z.object({
  hall: z.string(),
  terminal: z.string(),
  reconciliation: z.union([z.string(), z.number()]).optional(),
});

type Context = z.output<typeof contextSchema>;

type Deps = { wallet: Wallet; requestId: string };

/** Where to begin; `fromMs` keeps out what was written before there were any logs. */
export type LedgerStart = { afterSeq: bigint; seenSeq: bigint; fromMs: number };

/** Reads a terminal's rows behind `afterSeq`. Rejects as `wallet.call`. */
export async function readLedger(
  deps: Deps,
  terminal: TerminalKey,
  player: Player,
  { afterSeq, seenSeq, fromMs }: LedgerStart,
): Promise<LedgerPart> {
  const { operatorId, userId } = player;
  const names = { operatorId, userId, provider: PROVIDER, fromMs: BigInt(Math.max(0, fromMs)), limit: ROWS_A_CALL };
  const part: LedgerPart = {
    rows: [],
    canceledBeforeMs: [],
    canceledAtSeq: new Map(),
    lastSeq: afterSeq,
    writtenUntilMs: null,
  };
  const reversals: Transaction[] = [];
  const known = new Set<string>();
  for (let read = 0; ; ) {
    const request = { ...names, afterSeq: part.lastSeq };
    const { transactions, more } = await deps.wallet.call(MoneyService.method.listPlay, request, deps.requestId);
    for (const row of transactions) {
      part.lastSeq = row.seq;
      if (row.kind === 'reversal') {
        if (readContext(row.context)?.reconciliation === undefined) reversals.push(row);
      } else if (isPlay(row, terminal)) {
        known.add(row.transactionId);
        part.rows.push(toRow(row));
      }
    }
    read += transactions.length;
    const last = transactions.at(-1);
    if (!more || last === undefined) break;
    if (read >= ROWS_AT_MOST) {
      part.writtenUntilMs = Number(last.createdAtMs);
      break;
    }
  }
  for (const { transactionId, seq } of reversals) {
    if (known.has(transactionId)) part.canceledAtSeq.set(transactionId, seq);
  }
  const late = reversals.filter(({ seq, transactionId }) => seq > seenSeq && !known.has(transactionId));
  part.canceledBeforeMs = await lateCancels(deps, terminal, player, late);
  return part;
}

/** Cancels of rows from before: the reversal itself doesn't say of which terminal, so the row is asked for. */
async function lateCancels(
  { wallet, requestId }: Deps,
  terminal: TerminalKey,
  { operatorId }: Player,
  reversals: readonly Transaction[],
): Promise<LedgerPart['canceledBeforeMs']> {
  const found: LedgerPart['canceledBeforeMs'] = [];
  for (const { transactionId } of reversals) {
    const request = { operatorId, provider: PROVIDER, transactionId };
    const row = await wallet.call(MoneyService.method.getTransaction, request, requestId);
    if (isPlay(row, terminal)) found.push(timeOf(row));
  }
  return found;
}

/** Bets and wins of this terminal; not transfers, tombstones, or another terminal of the same player. */
function isPlay(row: Transaction, { hallId, uid }: TerminalKey): boolean {
  if (row.kind !== 'bet' && row.kind !== 'win') return false;
  if (row.transactionId.startsWith('transfer:')) return false;
  const context = readContext(row.context);
  return context?.hall === hallId && context.terminal === uid;
}

function readContext(json: string): Context | null {
  if (json === '') return null;
  try {
    return contextSchema.safeParse(JSON.parse(json)).data ?? null;
  } catch {
    return null;
  }
}

function toRow(row: Transaction): LedgerRow {
  const isRefused = row.status === TransactionStatus.ERROR;
  return {
    seq: row.seq,
    transactionId: row.transactionId,
    kind: row.kind === 'bet' ? 'bet' : 'win',
    status: isRefused ? 'refused' : 'ok',
    amountUnits: row.amountUnits,
    balanceAfterUnits: row.balanceAfterUnits,
    atMs: timeOf(row),
    isCanceled: row.status === TransactionStatus.CANCELED,
  };
}

/** When the notification came: what was queued says so, anything else is written at once. */
export function timeOf({ occurredAtMs, createdAtMs }: Pick<Transaction, 'occurredAtMs' | 'createdAtMs'>): number {
  return Number(occurredAtMs > 0n ? occurredAtMs : createdAtMs);
}
