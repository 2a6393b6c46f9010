import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Pool, selectRow, selectRows } from '../../common/db.ts';
import { invalidArgument } from '../../common/fault.ts';
import * as fields from '../../common/fields.ts';
import type {
  PlayedDaySchema,
  PlayTotalsSchema,
  SumPlayedDaysRequest,
  SumPlayedDaysResponseSchema,
} from '../../gen/wallet/v1/bookkeeping_pb.ts';
import { PLAYED_WITHIN_DAYS } from '../books/entry.ts';
import type { Totals } from '../books/totals.ts';
import { formatDay, parseSpan } from './book-days.ts';
import { type DAY_COLUMNS, sumsOf } from './bookkeeping-rows.ts';
import { readWatermark, WATERMARKS } from './bookkeeping-sweep.ts';

const MAX_DAYS = 100;
/** A message of so many stays well below what gRPC takes. */
const MAX_SUMS = 10_000;

/**
 * The played day of a row of day_totals. Wallets of the version before played days, also those that still run beside a newer one that has
 * migrated the database, wrote none (0), and book as their stored books say: under the written day.
 */
export const PLAYED_DAY = 'IF(played_day = 0, day, played_day)';

const PLAY_COLUMNS = [
  'bet_count',
  'bet_units',
  'win_count',
  'win_units',
  'refund_count',
  'refund_units',
  'free_spin_count',
  'free_spin_win_units',
  'jackpot_count',
  'jackpot_units',
  'free_spin_bet_count',
] as const satisfies readonly (typeof DAY_COLUMNS)[number][];

type SumRow = Record<(typeof PLAY_COLUMNS)[number], bigint> & {
  sum_day: number | bigint;
  operator_id: string;
  vendor: string;
  currency_code: string;
};

type PlayTotalsInit = MessageInitShape<typeof PlayTotalsSchema>;
type PlayedDayInit = MessageInitShape<typeof PlayedDaySchema>;

export async function sumPlayedDays(
  pool: Pool,
  request: SumPlayedDaysRequest,
): Promise<MessageInitShape<typeof SumPlayedDaysResponseSchema>> {
  const [from, to] = parseSpan(request.fromDay, request.toDay, MAX_DAYS);
  const ofOperator = request.operatorId === '' ? null : fields.operatorId(request.operatorId);
  const scope = { from, to, provider: fields.provider(request.provider), operatorId: ofOperator };
  // Read first: what is added meanwhile only makes the sums more complete than they are said to be.
  const completeUntilMs = await readCompleteUntilMs(pool);
  const days = new Map<string, PlayedDayInit>();
  for (const row of await selectSums(pool, 'day', scope)) dayOf(days, row).written = toPlayTotals(row);
  for (const row of await selectSums(pool, PLAYED_DAY, scope)) dayOf(days, row).played = toPlayTotals(row);
  if (days.size > MAX_SUMS) throw invalidArgument('to_day', `more than ${MAX_SUMS} sums: ask for fewer days`);
  const inOrder = [...days].sort(([a], [b]) => (a < b ? -1 : 1));
  return { days: inOrder.map(([, day]) => day), completeUntilMs: BigInt(completeUntilMs) };
}

type SumScope = { from: number; to: number; provider: string; operatorId: string | null };

/** Sums by one of a row's two days. They are never farther apart than PLAYED_WITHIN_DAYS, so the key of the written day serves both. */
function selectSums(pool: Pool, day: string, { from, to, provider, operatorId }: SumScope): Promise<SumRow[]> {
  return selectRows<SumRow>(
    pool,
    `SELECT ${day} AS sum_day, operator_id, vendor, currency_code, ${sumsOf(PLAY_COLUMNS)} FROM day_totals
     WHERE day BETWEEN ? AND ? AND ${day} BETWEEN ? AND ? AND provider = ? ${operatorId === null ? '' : 'AND operator_id = ?'}
     GROUP BY ${day}, operator_id, vendor, currency_code
     HAVING ${PLAY_COLUMNS.map((name) => `SUM(${name}) <> 0`).join(' OR ')} LIMIT ?`,
    [
      from - PLAYED_WITHIN_DAYS,
      to + PLAYED_WITHIN_DAYS,
      from,
      to,
      provider,
      ...(operatorId === null ? [] : [operatorId]),
      MAX_SUMS + 1,
    ],
  );
}

const NO_PLAY: PlayTotalsInit = { freeSpinBetCount: 0n };

function dayOf(days: Map<string, PlayedDayInit>, row: SumRow): PlayedDayInit {
  const { operator_id: operatorId, vendor, currency_code: currencyCode } = row;
  const day = formatDay(Number(row.sum_day));
  const key = JSON.stringify([day, operatorId, vendor, currencyCode]);
  const found = days.get(key);
  if (found !== undefined) return found;
  const made: PlayedDayInit = { day, operatorId, vendor, currencyCode, played: NO_PLAY, written: NO_PLAY };
  days.set(key, made);
  return made;
}

const toPlayTotals = (row: SumRow): PlayTotalsInit =>
  playTotals({
    betCount: row.bet_count,
    betUnits: row.bet_units,
    winCount: row.win_count,
    winUnits: row.win_units,
    refundCount: row.refund_count,
    refundUnits: row.refund_units,
    freeSpinCount: row.free_spin_count,
    freeSpinWinUnits: row.free_spin_win_units,
    jackpotCount: row.jackpot_count,
    jackpotUnits: row.jackpot_units,
    freeSpinBetCount: row.free_spin_bet_count,
  });

/** Free spins of which none is a bet are not told apart: they were booked before their bets were counted, or came without any. */
export function playTotals({ freeSpinBetCount, ...totals }: Omit<Totals, 'rakeTenThousandths'>): PlayTotalsInit {
  const isToldApart = freeSpinBetCount !== 0n || totals.freeSpinCount === 0n;
  return isToldApart ? { ...totals, freeSpinBetCount } : totals;
}

/**
 * The time before which all that was written is in the days' totals. Play outside of rounds is, up to the first watermark. Play in rounds
 * is at the latest when the second watermark has passed it, whoever ended the round or didn't. And what a message is still owed for, a win
 * after the end or a cancel, was written no earlier than the message. 0: nothing was swept yet.
 */
async function readCompleteUntilMs(pool: Pool): Promise<number> {
  const settledMs = await readWatermark(pool, WATERMARKS.settled);
  const overdueMs = await readWatermark(pool, WATERMARKS.overdue);
  // Message ids are in order of time.
  const owed = await selectRow<{ created_at_ms: bigint }>(
    pool,
    "SELECT created_at_ms FROM outbox WHERE topic = 'round-close' ORDER BY message_id LIMIT 1",
  );
  return Math.min(settledMs, overdueMs, Number(owed?.created_at_ms ?? Number.MAX_SAFE_INTEGER));
}
