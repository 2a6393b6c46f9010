import { type Anomaly, type AnomalyRules, anomaliesOf } from '../books/anomalies.ts';
import {
  bookDifference,
  changesOf,
  type DayBook,
  formatBook,
  parseBook,
  roundBook,
  type VendorOf,
} from '../books/day-book.ts';
import { countedOf, type Entry } from '../books/entry.ts';
import { totalsOf } from '../books/totals.ts';
import { gameKey } from '../core/keys.ts';
import { change, inTransaction, type Pool, type Queryable, type SqlValue, selectRows } from '../db.ts';
import {
  addToDayTotals,
  entriesOfRounds,
  type RoundKey,
  recordAnomalies,
  resolveAnomalies,
  roundText,
  whereRounds,
} from './bookkeeping-rows.ts';

type RoundRow = {
  player_id: bigint;
  provider: string;
  round_id: string;
  closed_at_ms: bigint | null;
  booked: string | null;
};

/** A round's row, locked. */
type StandingRound = RoundKey & { closedAtMs: number | null; booked: DayBook };

export type SumDeps = { pool: Pool; nowMs: number; rules: AnomalyRules };

/** `messageId`: the outbox message that is done with it; 0: none. */
export type RoundToSum = RoundKey & { messageId: bigint };

/**
 * Sums rounds: their totals, what changes in the days' totals, their anomalies, and the end of the messages that asked for it, all or
 * none. The rounds' rows are locked first and their transactions read afterwards: of two sums at once the later sees all that the
 * earlier saw, and takes back exactly what that one booked. What moves in a closed round later owes another sum.
 * Gives for each round whether it is there.
 */
export function sumRounds(deps: SumDeps, rounds: readonly RoundToSum[]): Promise<boolean[]> {
  return inTransaction(deps.pool, async (connection) => {
    const standing = await lockRounds(connection, rounds);
    if (standing.size > 0) await sumStanding(connection, deps, [...standing.values()]);
    const found = rounds.map((round) => standing.has(roundText(round)));
    const done = rounds.filter((round, index) => found[index] && round.messageId !== 0n);
    if (done.length > 0) {
      await change(connection, 'DELETE FROM outbox WHERE message_id IN (?)', [done.map((round) => round.messageId)]);
    }
    return found;
  });
}

/** In the order of their key, so that two who sum the same rounds wait for each other instead of deadlocking. */
async function lockRounds(on: Queryable, rounds: readonly RoundKey[]): Promise<Map<string, StandingRound>> {
  const { condition, values } = whereRounds(rounds);
  const rows = await selectRows<RoundRow>(
    on,
    `SELECT player_id, provider, round_id, closed_at_ms, booked FROM rounds WHERE ${condition}
     ORDER BY player_id, provider, round_id FOR UPDATE`,
    values,
  );
  const standing = rows.map((row) => ({
    playerId: row.player_id,
    provider: row.provider,
    roundId: row.round_id,
    closedAtMs: row.closed_at_ms === null ? null : Number(row.closed_at_ms),
    booked: parseBook(row.booked),
  }));
  return new Map(standing.map((round) => [roundText(round), round]));
}

async function sumStanding(on: Queryable, deps: SumDeps, rounds: readonly StandingRound[]): Promise<void> {
  const entries = await entriesOfRounds(on, rounds);
  const vendorOf = await vendorsOf(on, [...entries.values()].flat());
  const changes: DayBook = new Map();
  const anomalies: Anomaly[] = [];
  const updates: SqlValue[][] = [];
  for (const round of rounds) {
    const ofRound = entries.get(roundText(round)) ?? [];
    const counted = countedOf(ofRound);
    const book = roundBook(counted, vendorOf);
    bookDifference(changes, round.booked, book);
    anomalies.push(...anomaliesOf(ofRound, round.closedAtMs, deps.rules));
    updates.push([
      round.playerId,
      round.provider,
      round.roundId,
      ...totalValues(counted),
      formatBook(book),
      deps.nowMs,
    ]);
  }
  await change(on, UPDATE_ROUNDS, [updates]);
  await addToDayTotals(on, changesOf(changes));
  await recordAnomalies(on, anomalies, deps.nowMs);
  await resolveAnomalies(on, rounds, anomalies, deps.nowMs);
}

/** An upsert of rows that exist and are locked: one statement for any number of rounds, on both servers. */
const UPDATE_ROUNDS = `INSERT INTO rounds (player_id, provider, round_id, bet_count, bet_units, win_count, win_units,
    refund_count, refund_units, transaction_count, rake_ten_thousandths, booked, summed_at_ms) VALUES ?
  ON DUPLICATE KEY UPDATE bet_count = VALUES(bet_count), bet_units = VALUES(bet_units), win_count = VALUES(win_count),
    win_units = VALUES(win_units), refund_count = VALUES(refund_count), refund_units = VALUES(refund_units),
    transaction_count = VALUES(transaction_count), rake_ten_thousandths = VALUES(rake_ten_thousandths),
    booked = VALUES(booked), summed_at_ms = VALUES(summed_at_ms)`;

function totalValues(counted: readonly Entry[]): SqlValue[] {
  const { betCount, betUnits, winCount, winUnits, refundCount, refundUnits, rakeTenThousandths } = totalsOf(counted);
  return [
    betCount,
    betUnits,
    winCount,
    winUnits,
    refundCount,
    refundUnits,
    betCount + winCount + refundCount,
    rakeTenThousandths,
  ];
}

type VendorRow = { provider: string; game_id: string; vendor: string };

async function vendorsOf(on: Queryable, entries: readonly Entry[]): Promise<VendorOf> {
  const games = new Map(entries.map((entry) => [gameKey(entry.provider, entry.gameId), entry]));
  if (games.size === 0) return () => '';
  const rows = await selectRows<VendorRow>(
    on,
    `SELECT provider, game_id, vendor FROM games
     WHERE ${Array.from(games, () => '(provider = ? AND game_id = ?)').join(' OR ')}`,
    Array.from(games.values(), ({ provider, gameId }) => [provider, gameId]).flat(),
  );
  const vendors = new Map(rows.map((row) => [gameKey(row.provider, row.game_id), row.vendor]));
  return (provider, gameId) => vendors.get(gameKey(provider, gameId)) ?? '';
}
