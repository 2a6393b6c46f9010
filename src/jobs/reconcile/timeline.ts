import { creditedDataId, type LedgerRow, type LogRecord, type ReconcileInput, type ReconcileOptions } from './types.ts';

/** What is to be settled, in order. */
export type Timeline = {
  /** By time, then by data id: within one second that is the order of play. */
  records: readonly LogRecord[];
  /** What came from the game server and moved money, also where it was canceled since; by time, then by seq. */
  rows: readonly LedgerRow[];
  /** The reconciliation's own credits, by the data id that each names. */
  credits: ReadonlyMap<bigint, LedgerRow>;
};

/** Leaves out what is settled already, what lies after the horizon, and what never moved money. */
export function createTimeline({ records, rows, from }: ReconcileInput, options: ReconcileOptions): Timeline {
  const { hallId, uid, untilMs } = options;
  const log = from?.log ?? null;
  const ledger = from?.ledger ?? null;
  const credits = new Map<bigint, LedgerRow>();
  const live: LedgerRow[] = [];
  for (const row of rows) {
    const dataId = row.transactionId.startsWith('log:') ? creditedDataId(row.transactionId, hallId, uid) : null;
    if (row.status === 'refused') continue;
    if (dataId !== null) credits.set(dataId, row);
    else if (row.atMs <= untilMs && row.amountUnits !== 0n && isAfterRow(row, ledger)) live.push(row);
  }
  return {
    records: inOrder(
      records.filter((record) => record.playedAtMs <= untilMs && isAfterRecord(record, log)),
      compareRecords,
    ),
    rows: inOrder(live, compareRows),
    credits,
  };
}

type LogPosition = { playedAtMs: number; dataId: bigint };
type LedgerPosition = { atMs: number; seq: bigint };

function compareRecords(a: LogPosition, b: LogPosition): number {
  return a.playedAtMs - b.playedAtMs || Number(a.dataId > b.dataId) - Number(a.dataId < b.dataId);
}

function compareRows(a: LedgerPosition, b: LedgerPosition): number {
  return a.atMs - b.atMs || Number(a.seq > b.seq) - Number(a.seq < b.seq);
}

function isAfterRecord(record: LogPosition, position: LogPosition | null): boolean {
  return position === null || compareRecords(record, position) > 0;
}

function isAfterRow(row: LedgerPosition, position: LedgerPosition | null): boolean {
  return position === null || compareRows(row, position) > 0;
}

/** Mostly it comes in order, and looking is cheaper than sorting. */
function inOrder<T>(items: T[], compare: (a: T, b: T) => number): T[] {
  const isOrdered = items.every((item, index) => {
    const before = items[index - 1];
    return before === undefined || compare(before, item) <= 0;
  });
  return isOrdered ? items : items.sort(compare);
}
