import type { MessageInitShape } from '@bufbuild/protobuf';
import { type Pool, type SqlValue, selectRows } from '../../common/db.ts';
import { invalidArgument } from '../../common/fault.ts';
import { pageSize } from '../../common/fields.ts';
import { cutPage, keyNumber, pageKey } from '../../common/pages.ts';
import {
  type ExplainPlayedDayRequest,
  type ExplainPlayedDayResponseSchema,
  type ListPlayedTransactionsRequest,
  type ListPlayedTransactionsResponseSchema,
  PlayClass,
  type PlayedTransactionSchema,
} from '../../gen/wallet/v1/bookkeeping_pb.ts';
import { PLAYED_WITHIN_MS } from '../books/entry.ts';
import { FREE_SPIN, JACKPOT, noTotals, type Totals } from '../books/totals.ts';
import { DAY_MS } from './book-days.ts';
import { fittingLength } from './ledger.ts';
import { playTotals } from './played-days.ts';
import { type Games, type PlayedSum, playedSumOf, type Slice, slicesOf } from './played-slices.ts';

/** The row `t`, its reversal `r`, and `a` where the row's round has a bet that stands unresolved; read in this order. */
const LEDGER = `transactions t FORCE INDEX (by_time)
  LEFT JOIN transactions r ON r.operator_id = t.operator_id AND r.provider = t.provider
    AND r.transaction_id = t.transaction_id AND r.is_reversal = 1
  LEFT JOIN anomalies a ON a.player_id = t.player_id AND a.provider = t.provider AND a.round_id = t.round_id
    AND a.kind = 'bet_unresolved' AND a.resolved_at_ms IS NULL`;

/** As `playedDayOf` says it of an entry. */
const PLAYED_AT_MS = `IF(t.round_id <> '' AND t.occurred_at_ms > 0 AND t.occurred_at_ms BETWEEN
  t.created_at_ms - ${PLAYED_WITHIN_MS} AND t.created_at_ms + ${PLAYED_WITHIN_MS}, t.occurred_at_ms, t.created_at_ms)`;
const IS_MOVE = "t.kind IN ('bet', 'win', 'refund') AND t.is_reversal = 0";
const IS_PLAY = `${IS_MOVE} AND t.status = 'ok'`;

type NamedClass = Exclude<(typeof PlayClass)[keyof typeof PlayClass], typeof PlayClass.UNSPECIFIED>;

/** For each class, the condition that a row must meet. COUNTED has those of two others in it; apart from them, a row is of one at most. */
function conditionsOf(day: number): Record<NamedClass, string> {
  const [fromMs, toMs] = [day * DAY_MS, (day + 1) * DAY_MS];
  const made = `${PLAYED_AT_MS} >= ${fromMs} AND ${PLAYED_AT_MS} < ${toMs}`;
  const written = `t.created_at_ms >= ${fromMs} AND t.created_at_ms < ${toMs}`;
  const counted = `${IS_PLAY} AND ${made} AND r.seq IS NULL`;
  return {
    [PlayClass.COUNTED]: counted,
    [PlayClass.CANCELED_LATER]: `${IS_PLAY} AND ${made} AND r.created_at_ms >= ${toMs}`,
    [PlayClass.CANCELED]: `${IS_PLAY} AND ${made} AND r.created_at_ms < ${toMs}`,
    [PlayClass.WRITTEN_ANOTHER_DAY]: `${counted} AND NOT (${written})`,
    [PlayClass.MADE_ANOTHER_DAY]: `${IS_PLAY} AND ${written} AND NOT (${made}) AND r.seq IS NULL`,
    [PlayClass.UNRESOLVED]: `${counted} AND t.kind = 'bet' AND a.player_id IS NOT NULL`,
    [PlayClass.REFUSED]: `${IS_MOVE} AND t.status = 'error' AND ${made}`,
    [PlayClass.TOMBSTONE]: `t.kind = 'tombstone' AND ${written}`,
  };
}

/** A slice of the ledger, of a sum's operator, provider, vendor and currency. */
function whereSlice(sum: PlayedSum, { fromMs, toMs, games }: Slice): { condition: string; values: SqlValue[] } {
  // What belongs to no round is booked under no vendor.
  const inRounds = sum.vendor === '' ? '' : "AND t.round_id <> ''";
  const lists = namesIn(games);
  const ofGames = lists
    .map(() => `t.game_id ${games.allBut ? 'NOT IN' : 'IN'} (?)`)
    .join(games.allBut ? ' AND ' : ' OR ');
  return {
    condition: `t.created_at_ms >= ? AND t.created_at_ms < ? AND (${ofGames})
      AND t.operator_id = ? AND t.provider = ? AND t.currency_code = ? ${inRounds}`,
    values: [fromMs, toMs, ...lists, sum.operatorId, sum.provider, sum.currencyCode],
  };
}

/** Of a list of 1000 and more MariaDB makes a subquery, and looks it up in whole rows instead of in the index. */
const NAMES_IN_LIST = 900;

function namesIn({ names }: Games): (readonly string[])[] {
  // A list must not be empty, and no game's name has a bar.
  if (names.length === 0) return [['|']];
  const lists = Math.ceil(names.length / NAMES_IN_LIST);
  return Array.from({ length: lists }, (_, at) => names.slice(at * NAMES_IN_LIST, (at + 1) * NAMES_IN_LIST));
}

type PlayedRow = {
  player_id: bigint;
  seq: bigint;
  transaction_id: string;
  kind: string;
  amount_units: bigint;
  round_id: string;
  game_id: string;
  context: string | null;
  occurred_at_ms: bigint;
  created_at_ms: bigint;
  canceled_at_ms: bigint | null;
};

/** Where a page ended: in the order of the index that the ledger is read by. */
type PlaceKey = { createdAtMs: number; gameId: string; playerId: bigint; seq: bigint };

export async function listPlayedTransactions(
  pool: Pool,
  request: ListPlayedTransactionsRequest,
): Promise<MessageInitShape<typeof ListPlayedTransactionsResponseSchema>> {
  const sum = playedSumOf(request);
  const condition = conditionsOf(sum.day)[classOf(request.class)];
  const size = pageSize(request.pageSize);
  const after = placeOf(request.pageToken);
  const found: PlayedRow[] = [];
  for (const slice of await slicesOf(pool, sum)) {
    if (slice.toMs <= after.createdAtMs) continue;
    found.push(...(await selectPlayed(pool, sum, slice, condition, after, size + 1 - found.length)));
    if (found.length > size) break;
  }
  const fitting = fittingLength(found.slice(0, size));
  const { page, nextPageToken } = cutPage(found, fitting, (row) => [
    String(row.created_at_ms),
    row.game_id,
    String(row.player_id),
    String(row.seq),
  ]);
  const users = await usersOf(pool, page);
  return { transactions: page.map((row) => toPlayedTransaction(row, users)), nextPageToken };
}

function classOf(asked: PlayClass): NamedClass {
  if (asked === PlayClass.UNSPECIFIED) return PlayClass.COUNTED;
  const named = NAMED_CLASSES.find((name) => name === asked);
  if (named === undefined) throw invalidArgument('class', 'is not one that is known');
  return named;
}

function placeOf(token: string): PlaceKey {
  const [createdAtMs = '0', gameId = '', playerId = '0', seq = '0'] = pageKey(token, 4) ?? [];
  if (!/^[!-~]*$/.test(gameId) || !/^[0-9]{1,19}$/.test(playerId)) {
    throw invalidArgument('page_token', 'is not one of this list');
  }
  return {
    createdAtMs: Number(keyNumber(createdAtMs)),
    gameId,
    playerId: BigInt(playerId),
    seq: keyNumber(seq),
  };
}

/** STRAIGHT_JOIN: read in the order of the index, which is that of the page, and no further than the page. */
function selectPlayed(
  pool: Pool,
  sum: PlayedSum,
  slice: Slice,
  condition: string,
  after: PlaceKey,
  limit: number,
): Promise<PlayedRow[]> {
  const inSlice = whereSlice(sum, { ...slice, fromMs: Math.max(slice.fromMs, after.createdAtMs) });
  return selectRows<PlayedRow>(
    pool,
    `SELECT STRAIGHT_JOIN t.player_id, t.seq, t.transaction_id, t.kind, t.amount_units, t.round_id, t.game_id, t.context,
       t.occurred_at_ms, t.created_at_ms, r.created_at_ms AS canceled_at_ms
     FROM ${LEDGER}
     WHERE ${inSlice.condition} AND ${condition}
       AND (t.created_at_ms > ? OR t.game_id > ? OR (t.game_id = ? AND (t.player_id > ? OR (t.player_id = ? AND t.seq > ?))))
     ORDER BY t.created_at_ms, t.game_id, t.player_id, t.seq LIMIT ?`,
    [
      ...inSlice.values,
      after.createdAtMs,
      after.gameId,
      after.gameId,
      after.playerId,
      after.playerId,
      after.seq,
      limit,
    ],
  );
}

async function usersOf(pool: Pool, rows: readonly PlayedRow[]): Promise<Map<bigint, string>> {
  if (rows.length === 0) return new Map();
  const players = await selectRows<{ player_id: bigint; user_id: string }>(
    pool,
    'SELECT player_id, user_id FROM players WHERE player_id IN (?)',
    [[...new Set(rows.map((row) => row.player_id))]],
  );
  return new Map(players.map((row) => [row.player_id, row.user_id]));
}

const toPlayedTransaction = (
  row: PlayedRow,
  users: ReadonlyMap<bigint, string>,
): MessageInitShape<typeof PlayedTransactionSchema> => ({
  userId: users.get(row.player_id) ?? '',
  transactionId: row.transaction_id,
  kind: row.kind,
  amountUnits: row.amount_units,
  roundId: row.round_id,
  gameId: row.game_id,
  context: row.context ?? '',
  occurredAtMs: row.occurred_at_ms,
  createdAtMs: row.created_at_ms,
  canceledAtMs: row.canceled_at_ms ?? 0n,
});

/** All classes, also those that nothing is in. */
export async function explainPlayedDay(
  pool: Pool,
  request: ExplainPlayedDayRequest,
): Promise<MessageInitShape<typeof ExplainPlayedDayResponseSchema>> {
  const sum = playedSumOf(request);
  const classes = new Map(NAMED_CLASSES.map((name) => [name, { totals: noTotals(), count: 0n }]));
  for (const slice of await slicesOf(pool, sum)) {
    for (const group of await selectGroups(pool, sum, slice)) {
      for (const name of NAMED_CLASSES) {
        const of = classes.get(name);
        if (of === undefined || Number(group[`is_${name}`]) !== 1) continue;
        of.count += group.count;
        addGroup(of.totals, group);
      }
    }
  }
  return {
    classes: Array.from(classes, ([name, { totals, count }]) => ({
      class: name,
      totals: playTotals(totals),
      transactionCount: count,
    })),
  };
}

const NAMED_CLASSES: readonly NamedClass[] = [
  PlayClass.COUNTED,
  PlayClass.CANCELED_LATER,
  PlayClass.CANCELED,
  PlayClass.WRITTEN_ANOTHER_DAY,
  PlayClass.MADE_ANOTHER_DAY,
  PlayClass.UNRESOLVED,
  PlayClass.REFUSED,
  PlayClass.TOMBSTONE,
];

/** Rows that are alike in everything that the totals ask. */
type GroupRow = Record<`is_${NamedClass}`, number | bigint> & {
  kind: string;
  is_free_spin: number | bigint;
  is_jackpot: number | bigint;
  count: bigint;
  units: bigint;
};

const REASON = "JSON_EXTRACT(t.context, '$.reason')";

/** A reason that is a string, as `readContext` reads it. What is looked for comes first: few contexts have it, and parsing takes time. */
const reasonIs = (first: string, condition: string): string =>
  `IF(${first}, IF(JSON_VALID(t.context), IF(JSON_TYPE(${REASON}) = 'STRING', ${condition}, 0), 0), 0)`;

const IS_FREE_SPIN = reasonIs(`t.context LIKE '%${FREE_SPIN}%'`, `JSON_UNQUOTE(${REASON}) = '${FREE_SPIN}'`);
const IS_JACKPOT = reasonIs(
  `t.kind = 'win' AND UPPER(t.context) LIKE '%${JACKPOT}%'`,
  `UPPER(JSON_UNQUOTE(${REASON})) LIKE '%${JACKPOT}%'`,
);

function selectGroups(pool: Pool, sum: PlayedSum, slice: Slice): Promise<GroupRow[]> {
  const inSlice = whereSlice(sum, slice);
  const conditions = conditionsOf(sum.day);
  const flags = NAMED_CLASSES.map((name) => `IF(${conditions[name]}, 1, 0) AS is_${name}`).join(', ');
  return selectRows<GroupRow>(
    pool,
    `SELECT STRAIGHT_JOIN ${flags}, t.kind, ${IS_FREE_SPIN} AS is_free_spin, ${IS_JACKPOT} AS is_jackpot,
       COUNT(*) AS count, CAST(SUM(t.amount_units) AS SIGNED) AS units
     FROM ${LEDGER} WHERE ${inSlice.condition}
     GROUP BY ${NAMED_CLASSES.map((name) => `is_${name}`).join(', ')}, t.kind, is_free_spin, is_jackpot`,
    inSlice.values,
  );
}

/** What `addEntry` makes of each of the rows; a tombstone or a reversal is no play. */
function addGroup(totals: Totals, { kind, count, units, ...group }: GroupRow): void {
  const isFreeSpin = Number(group.is_free_spin) === 1;
  if (kind === 'refund') {
    totals.refundCount += count;
    totals.refundUnits += units;
    return;
  }
  if (kind !== 'bet' && kind !== 'win') return;
  if (isFreeSpin) totals.freeSpinCount += count;
  if (kind === 'bet') {
    totals.betCount += count;
    totals.betUnits += units;
    if (isFreeSpin) totals.freeSpinBetCount += count;
    return;
  }
  totals.winCount += count;
  totals.winUnits += units;
  if (isFreeSpin) totals.freeSpinWinUnits += units;
  if (Number(group.is_jackpot) !== 1) return;
  totals.jackpotCount += count;
  totals.jackpotUnits += units;
}
