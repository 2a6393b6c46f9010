import { type Pool, type SqlValue, selectRows } from '../../common/db.ts';
import * as fields from '../../common/fields.ts';
import { PLAYED_WITHIN_DAYS } from '../books/entry.ts';
import { DAY_MS, parseDay } from './book-days.ts';
import { PLAYED_DAY } from './played-days.ts';

const HOUR_MS = 3_600_000;

/** One of SumPlayedDays' sums; the day in days since 1970. */
export type PlayedSum = { day: number; operatorId: string; provider: string; vendor: string; currencyCode: string };

/** Some games: those named, or all but those. */
export type Games = { names: readonly string[]; allBut: boolean };

/** Part of the ledger by the time its rows were written, from `fromMs` to before `toMs`, and the games of which it is read. */
export type Slice = { fromMs: number; toMs: number; games: Games };

/** Throws INVALID_ARGUMENT. */
export function playedSumOf(request: Omit<PlayedSum, 'day'> & { day: string }): PlayedSum {
  return {
    day: parseDay('day', request.day),
    operatorId: fields.operatorId(request.operatorId),
    provider: fields.provider(request.provider),
    vendor: fields.label('vendor', request.vendor, { min: 0, max: 64 }),
    currencyCode: fields.currencyCode(request.currencyCode),
  };
}

/** Which games a sum is of. */
type SumGames = {
  /** Those booked under its vendor on its day, written or played, and those that the catalogue has under it. */
  all: Games;
  /** Those of other written days that something played on its day was booked on. */
  elsewhere: Map<number, string[]>;
};

/**
 * Where in the ledger a sum's transactions are, oldest first: its day by the hour, an hour around it for what was made just before midnight
 * and canceled before it could be booked, and of the days nearby the games of which the books have something there. By the hour, so that no
 * statement runs for long, whatever a day holds.
 */
export async function slicesOf(pool: Pool, sum: PlayedSum): Promise<Slice[]> {
  const { all, elsewhere } = await gamesOf(pool, sum);
  const [dayMs, endMs] = [sum.day * DAY_MS, (sum.day + 1) * DAY_MS];
  const hours = (2 * PLAYED_WITHIN_DAYS + 1) * 24;
  const slices = Array.from({ length: hours }, (_, hour): Slice => {
    const fromMs = dayMs - PLAYED_WITHIN_DAYS * DAY_MS + hour * HOUR_MS;
    const isNear = fromMs >= dayMs - HOUR_MS && fromMs <= endMs;
    const ofDay = { names: elsewhere.get(Math.floor(fromMs / DAY_MS)) ?? [], allBut: false };
    return { fromMs, toMs: fromMs + HOUR_MS, games: isNear ? all : ofDay };
  });
  return slices.filter(({ games }) => games.allBut || games.names.length > 0);
}

/** A game that was booked under two vendors on the day, because it changed hands, is among those of both. */
async function gamesOf(pool: Pool, sum: PlayedSum): Promise<SumGames> {
  const booked = await bookedGames(pool, sum);
  const own = booked.filter((row) => row.vendor === sum.vendor);
  const ownGames = new Set(own.map((row) => row.game_id));
  const ofOthers = new Set(booked.map((row) => row.game_id).filter((gameId) => !ownGames.has(gameId)));
  const away = Map.groupBy(
    own.filter((row) => row.day !== sum.day),
    (row) => row.day,
  );
  return {
    all: sum.vendor === '' ? await allBut(pool, sum, ownGames, ofOthers) : await allOf(pool, sum, ownGames, ofOthers),
    elsewhere: new Map(Array.from(away, ([day, rows]) => [day, [...new Set(rows.map((row) => row.game_id))]])),
  };
}

async function allOf(
  pool: Pool,
  { provider, vendor }: PlayedSum,
  own: ReadonlySet<string>,
  ofOthers: ReadonlySet<string>,
): Promise<Games> {
  const listed = await listedGames(pool, 'provider = ? AND vendor = ?', [provider, vendor]);
  return { names: [...own, ...listed.filter((gameId) => !own.has(gameId) && !ofOthers.has(gameId))], allBut: false };
}

/** Nobody names the games that are in no catalogue: they are all but those that are. */
async function allBut(
  pool: Pool,
  { provider }: PlayedSum,
  own: ReadonlySet<string>,
  ofOthers: ReadonlySet<string>,
): Promise<Games> {
  const listed = await listedGames(pool, "provider = ? AND vendor <> ''", [provider]);
  return {
    names: [...ofOthers, ...listed.filter((gameId) => !own.has(gameId) && !ofOthers.has(gameId))],
    allBut: true,
  };
}

type BookedRow = { day: number; game_id: string; vendor: string };

/** Under which vendor the day's games were booked: what the catalogue says by now may be another. */
function bookedGames(pool: Pool, { day, operatorId, provider, currencyCode }: PlayedSum): Promise<BookedRow[]> {
  return selectRows<BookedRow>(
    pool,
    `SELECT DISTINCT day, game_id, vendor FROM day_totals
     WHERE day BETWEEN ? AND ? AND (day = ? OR ${PLAYED_DAY} = ?) AND operator_id = ? AND provider = ? AND currency_code = ?
       AND (bet_count <> 0 OR win_count <> 0 OR refund_count <> 0)`,
    [day - PLAYED_WITHIN_DAYS, day + PLAYED_WITHIN_DAYS, day, day, operatorId, provider, currencyCode],
  );
}

async function listedGames(pool: Pool, condition: string, values: readonly SqlValue[]): Promise<string[]> {
  const rows = await selectRows<{ game_id: string }>(pool, `SELECT game_id FROM games WHERE ${condition}`, values);
  return rows.map((row) => row.game_id);
}
