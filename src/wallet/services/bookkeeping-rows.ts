import { change, type Queryable, type SqlValue, selectRows } from '../../common/db.ts';
import type { Anomaly } from '../books/anomalies.ts';
import type { DayTotals } from '../books/day-book.ts';
import type { Entry } from '../books/entry.ts';
import type { StoredStatus } from '../core/state.ts';

/** A round's key; ids are as the ledger has them. */
export type RoundKey = { playerId: bigint; provider: string; roundId: string };

/** A string that no two rounds share, and that sorts all rounds. */
export const roundText = ({ playerId, provider, roundId }: RoundKey): string => `${playerId} ${provider} ${roundId}`;

/** Below what either server takes in one statement, whatever the rows hold. */
const ROWS_A_STATEMENT = 1_000;

type EntryRow = {
  player_id: bigint;
  operator_id: string;
  provider: string;
  transaction_id: string;
  is_reversal: number;
  kind: string;
  status: StoredStatus;
  amount_units: bigint;
  currency_code: string;
  round_id: string;
  game_id: string;
  context: string | null;
  occurred_at_ms: bigint;
  created_at_ms: bigint;
};

const ENTRY_COLUMNS = [
  'player_id',
  'operator_id',
  'provider',
  'transaction_id',
  'is_reversal',
  'kind',
  'status',
  'amount_units',
  'currency_code',
  'round_id',
  'game_id',
  'context',
  'occurred_at_ms',
  'created_at_ms',
] as const satisfies readonly (keyof EntryRow)[];

/** Rows of the ledger; `from` names the table (as `t`) and says which. */
export async function selectEntries(on: Queryable, from: string, values: readonly SqlValue[]): Promise<Entry[]> {
  const columns = ENTRY_COLUMNS.map((column) => `t.${column}`).join(', ');
  const rows = await selectRows<EntryRow>(on, `SELECT ${columns} FROM ${from}`, values);
  return rows.map(toEntry);
}

/** All entries of the rounds, by `roundText`; a round that nothing was played in is not there. */
export async function entriesOfRounds(on: Queryable, rounds: readonly RoundKey[]): Promise<Map<string, Entry[]>> {
  const { condition, values } = whereRounds(rounds, 't.');
  return Map.groupBy(await selectEntries(on, `transactions t WHERE ${condition}`, values), roundText);
}

/** A condition for any of the rounds; spelled out, because that is what both servers look up by key. */
export function whereRounds(rounds: readonly RoundKey[], table = ''): { condition: string; values: SqlValue[] } {
  const one = `(${table}player_id = ? AND ${table}provider = ? AND ${table}round_id = ?)`;
  return {
    condition: `(${rounds.map(() => one).join(' OR ')})`,
    values: rounds.flatMap(({ playerId, provider, roundId }) => [playerId, provider, roundId]),
  };
}

/** Adds changes to the days' totals; they come in the order of their keys, so that two who do this at once don't deadlock. */
export async function addToDayTotals(on: Queryable, changes: readonly DayTotals[]): Promise<void> {
  for (const some of chunks(changes)) {
    await change(
      on,
      `INSERT INTO day_totals (day, operator_id, provider, game_id, currency_code, vendor, played_day, ${DAY_COLUMNS.join(', ')})
       VALUES ? ON DUPLICATE KEY UPDATE ${DAY_COLUMNS.map((name) => `${name} = ${name} + VALUES(${name})`).join(', ')}`,
      [some.map(dayValues)],
    );
  }
}

export const DAY_COLUMNS = [
  'bet_count',
  'bet_units',
  'win_count',
  'win_units',
  'refund_count',
  'refund_units',
  'free_spin_count',
  'free_spin_win_units',
  'rake_ten_thousandths',
  'round_count',
  'jackpot_count',
  'jackpot_units',
  'free_spin_bet_count',
] as const;

/** Sums of columns, under their own names; what SUM gives would be read as text. */
export const sumsOf = (columns: readonly string[]): string =>
  columns.map((name) => `CAST(SUM(${name}) AS SIGNED) AS ${name}`).join(', ');

const dayValues = (row: DayTotals): SqlValue[] => [
  row.day,
  row.operatorId,
  row.provider,
  row.gameId,
  row.currencyCode,
  row.vendor,
  row.playedDay,
  row.betCount,
  row.betUnits,
  row.winCount,
  row.winUnits,
  row.refundCount,
  row.refundUnits,
  row.freeSpinCount,
  row.freeSpinWinUnits,
  row.rakeTenThousandths,
  row.roundCount,
  row.jackpotCount,
  row.jackpotUnits,
  row.freeSpinBetCount,
];

/** Records anomalies; one that stands keeps the time at which it was found first, one that was resolved stands again. */
export async function recordAnomalies(on: Queryable, anomalies: readonly Anomaly[], atMs: number): Promise<void> {
  const inOrder = [...anomalies].sort((a, b) => (anomalyText(a) < anomalyText(b) ? -1 : 1));
  for (const some of chunks(inOrder)) {
    await change(
      on,
      `INSERT INTO anomalies (player_id, provider, round_id, kind, game_id, detail, found_at_ms, resolved_at_ms) VALUES ?
       ON DUPLICATE KEY UPDATE game_id = VALUES(game_id), detail = VALUES(detail),
       found_at_ms = IF(resolved_at_ms IS NULL, found_at_ms, VALUES(found_at_ms)), resolved_at_ms = NULL`,
      [some.map((row) => [row.playerId, row.provider, row.roundId, row.kind, row.gameId, row.detail, atMs, null])],
    );
  }
}

type StandingRow = { player_id: bigint; provider: string; round_id: string; kind: string };

/** Resolves what stands of these rounds and is not among `found`. */
export async function resolveAnomalies(
  on: Queryable,
  rounds: readonly RoundKey[],
  found: readonly Anomaly[],
  atMs: number,
): Promise<void> {
  const still = new Set(found.map(anomalyText));
  const { condition, values } = whereRounds(rounds);
  const standing = await selectRows<StandingRow>(
    on,
    `SELECT player_id, provider, round_id, kind FROM anomalies WHERE ${condition} AND resolved_at_ms IS NULL
     ORDER BY player_id, provider, round_id, kind`,
    values,
  );
  for (const { player_id: playerId, provider, round_id: roundId, kind } of standing) {
    if (still.has(anomalyText({ playerId, provider, roundId, kind }))) continue;
    await change(
      on,
      `UPDATE anomalies SET resolved_at_ms = ? WHERE player_id = ? AND provider = ? AND round_id = ? AND kind = ?`,
      [atMs, playerId, provider, roundId, kind],
    );
  }
}

const anomalyText = (key: RoundKey & { kind: string }): string => `${roundText(key)} ${key.kind}`;

function toEntry(row: EntryRow): Entry {
  return {
    playerId: row.player_id,
    operatorId: row.operator_id,
    provider: row.provider,
    transactionId: row.transaction_id,
    isReversal: row.is_reversal === 1,
    kind: row.kind,
    status: row.status,
    amountUnits: row.amount_units,
    currencyCode: row.currency_code,
    roundId: row.round_id,
    gameId: row.game_id,
    context: row.context ?? '',
    occurredAtMs: Number(row.occurred_at_ms),
    createdAtMs: Number(row.created_at_ms),
  };
}

function chunks<T>(all: readonly T[]): T[][] {
  const count = Math.ceil(all.length / ROWS_A_STATEMENT);
  return Array.from({ length: count }, (_, index) =>
    all.slice(index * ROWS_A_STATEMENT, (index + 1) * ROWS_A_STATEMENT),
  );
}
