import { change, inTransaction, type Pool, type Queryable, type SqlValue, selectRows } from '../../common/db.ts';
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
import {
  addToDayTotals,
  entriesOfRounds,
  type RoundKey,
  recordAnomalies,
  resolveAnomalies,
  roundText,
  whereRounds,
} from './bookkeeping-rows.ts';
import { deleteMessages } from './outbox.ts';

/** A round with what the last sum booked of it. */
type StandingRound = RoundKey & { closedAtMs: number | null; booked: DayBook };

export type SumDeps = { pool: Pool; nowMs: number; rules: AnomalyRules };

/** `messageId`: the outbox message that is done with it; 0: none. */
export type RoundToSum = RoundKey & { messageId: bigint };

/**
 * Sums rounds that were called finished or closed: their totals, what changes in the days' totals, their anomalies, and the end of the
 * messages that asked for it, all or none. Gives for each round whether it is there.
 */
export function sumRounds(deps: SumDeps, rounds: readonly RoundToSum[]): Promise<boolean[]> {
  return inTransaction(deps.pool, async (connection) => {
    const ended = await endedRounds(connection, rounds);
    if (ended.size > 0) await sum(connection, deps, [...ended.values()]);
    const found = rounds.map((round) => ended.has(roundText(round)));
    const done = rounds.filter((round, index) => found[index] && round.messageId !== 0n);
    await deleteMessages(
      connection,
      done.map((round) => round.messageId),
    );
    return found;
  });
}

/** The same of rounds of the ledger, each named once, whether or not anybody has ended them. */
export function sumPlayedRounds(deps: SumDeps, rounds: readonly RoundKey[]): Promise<void> {
  return inTransaction(deps.pool, (connection) => sum(connection, deps, rounds));
}

type RoundRow = { player_id: bigint; provider: string; round_id: string };

async function endedRounds(on: Queryable, rounds: readonly RoundKey[]): Promise<Map<string, RoundKey>> {
  const { condition, values } = whereRounds(rounds);
  const rows = await selectRows<RoundRow>(
    on,
    `SELECT player_id, provider, round_id FROM rounds WHERE ${condition}`,
    values,
  );
  const keys = rows.map((row) => ({ playerId: row.player_id, provider: row.provider, roundId: row.round_id }));
  return new Map(keys.map((key) => [roundText(key), key]));
}

/**
 * Takes no lock that a money transaction could wait for, and waits for none of theirs. The rounds' rows in round_totals are locked
 * first; everything else is read afterwards, each statement as of its own time: of two sums at once the later sees all that the earlier
 * saw, and takes back exactly what that one booked. What moves in an ended round after it was read here owes another sum (core/bookkeeping.ts).
 */
async function sum(on: Queryable, deps: SumDeps, rounds: readonly RoundKey[]): Promise<void> {
  await lockTotals(on, rounds);
  await sumStanding(on, deps, await standingRounds(on, rounds));
}

/** The upsert locks a row, there or not. In one order, so that two who sum the same rounds wait for each other instead of deadlocking. */
async function lockTotals(on: Queryable, rounds: readonly RoundKey[]): Promise<void> {
  const inOrder = [...rounds].sort((a, b) => (roundText(a) < roundText(b) ? -1 : 1));
  await change(
    on,
    `INSERT INTO round_totals (player_id, provider, round_id) VALUES ?
     ON DUPLICATE KEY UPDATE round_id = VALUES(round_id)`,
    [inOrder.map(({ playerId, provider, roundId }) => [playerId, provider, roundId])],
  );
}

type StandingRow = RoundRow & { booked: string | null; closed_at_ms: bigint | null };

async function standingRounds(on: Queryable, rounds: readonly RoundKey[]): Promise<StandingRound[]> {
  const { condition, values } = whereRounds(rounds, 's.');
  const rows = await selectRows<StandingRow>(
    on,
    `SELECT s.player_id, s.provider, s.round_id, s.booked, r.closed_at_ms FROM round_totals s
     LEFT JOIN rounds r ON r.player_id = s.player_id AND r.provider = s.provider AND r.round_id = s.round_id
     WHERE ${condition}`,
    values,
  );
  return rows.map((row) => ({
    playerId: row.player_id,
    provider: row.provider,
    roundId: row.round_id,
    closedAtMs: row.closed_at_ms === null ? null : Number(row.closed_at_ms),
    booked: parseBook(row.booked),
  }));
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
  await change(on, UPDATE_TOTALS, [updates]);
  await addToDayTotals(on, changesOf(changes));
  await recordAnomalies(on, anomalies, deps.nowMs);
  await resolveAnomalies(on, rounds, anomalies, deps.nowMs);
}

/** An upsert of rows that exist and are locked: one statement for any number of rounds, on both servers. */
const UPDATE_TOTALS = `INSERT INTO round_totals (player_id, provider, round_id, bet_count, bet_units, win_count, win_units,
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
