import type { Connection } from 'mysql2/promise';
import { CURRENCY_CODE, OPERATOR_ID, PLAYER_COUNT } from '../requests.ts';

export const VENDORS = 50;
const GAMES_A_VENDOR = 40;
/** A vendor with a hundred transactions in a day of millions. */
export const RARE_VENDOR = 'rare';
const RARE_GAME = '99999';
const RARE_COUNT = 100;
const FIRST_SEQ = 1_000_000;
const ROWS_A_STATEMENT = 100_000;
const DAY_MS = 86_400_000;

export const vendorOf = (index: number): string => `vendor${index}`;

/**
 * A day's ledger of bets and wins in turns, spread evenly over the day, and the books of it: the sums that the wallet's bookkeeping would
 * have made. `day`: days since 1970.
 */
export async function seedDay(
  connection: Connection,
  { transactions, day }: { transactions: number; day: number },
  progress: (text: string) => void,
): Promise<void> {
  await seedGames(connection);
  const fromMs = day * DAY_MS;
  const digits =
    '(SELECT 0 AS d UNION ALL SELECT 1 UNION ALL SELECT 2 UNION ALL SELECT 3 UNION ALL SELECT 4 UNION ALL SELECT 5 UNION ALL SELECT 6 UNION ALL SELECT 7 UNION ALL SELECT 8 UNION ALL SELECT 9)';
  const numbers = `SELECT a.d + 10 * b.d + 100 * c.d + 1000 * e.d + 10000 * f.d AS n
    FROM ${digits} a, ${digits} b, ${digits} c, ${digits} e, ${digits} f ORDER BY n`;
  for (let first = 0; first < transactions; first += ROWS_A_STATEMENT) {
    progress(`reports: ledger of ${transactions} transactions, ${first} written`);
    await connection.query(
      `INSERT INTO transactions SELECT 1 + MOD(n, ${PLAYER_COUNT}), ${FIRST_SEQ} + FLOOR(n / ${PLAYER_COUNT}), ?, 'platform',
         CONCAT('9', LPAD(n, 12, '0')), 0, IF(MOD(n, 2) = 0, 'bet', 'win'), 'ok', '', 100, ?,
         IF(MOD(n, 2) = 0, 'player', 'games'), IF(MOD(n, 2) = 0, 'games', 'player'), 1000000, LPAD(FLOOR(n / 2), 12, '0'),
         IF(MOD(n, ?) = 0, ?, MOD(FLOOR(n / 2), ?)), '{"reason":"SPIN"}', '', ? + FLOOR(n * ?), ? + FLOOR(n * ?)
       FROM (SELECT n + ? AS n FROM (${numbers}) AS small) AS numbers`,
      [
        ...[OPERATOR_ID, CURRENCY_CODE, Math.floor(transactions / RARE_COUNT), RARE_GAME, VENDORS * GAMES_A_VENDOR],
        ...[fromMs, DAY_MS / transactions, fromMs, DAY_MS / transactions, first],
      ],
    );
  }
  progress('reports: books');
  await connection.query(
    `INSERT INTO day_totals (day, played_day, operator_id, provider, game_id, currency_code, vendor, bet_count, bet_units, win_count,
       win_units, refund_count, refund_units, free_spin_count, free_spin_win_units, rake_ten_thousandths, round_count, jackpot_count,
       jackpot_units)
     SELECT ?, ?, t.operator_id, t.provider, t.game_id, t.currency_code, g.vendor, SUM(t.kind = 'bet'),
       SUM(IF(t.kind = 'bet', t.amount_units, 0)), SUM(t.kind = 'win'), SUM(IF(t.kind = 'win', t.amount_units, 0)), 0, 0, 0, 0, 0,
       SUM(t.kind = 'bet'), 0, 0
     FROM transactions t JOIN games g ON g.provider = t.provider AND g.game_id = t.game_id
     WHERE t.created_at_ms >= ? AND t.created_at_ms < ? GROUP BY t.operator_id, t.provider, t.game_id, t.currency_code, g.vendor`,
    [day, day, fromMs, fromMs + DAY_MS],
  );
  const nowMs = Date.now();
  await connection.query("REPLACE INTO watermarks VALUES ('ledger', ?, ?), ('ledger-overdue', ?, ?)", [
    ...[nowMs, nowMs, nowMs, nowMs],
  ]);
}

async function seedGames(connection: Connection): Promise<void> {
  const games = Array.from({ length: VENDORS * GAMES_A_VENDOR }, (_, index) => [
    'platform',
    String(index),
    1,
    vendorOf(index % VENDORS),
    `Game ${index}`,
    0,
  ]);
  await connection.query('REPLACE INTO games (provider, game_id, enabled, vendor, title, updated_at_ms) VALUES ?', [
    [...games, ['platform', RARE_GAME, 1, RARE_VENDOR, 'Rare', 0]],
  ]);
}

/** PLATFORM's report of the day, as pulled now: as our books have it, but for one vendor. */
export async function seedReport(connection: Connection, reportDay: string, day: number): Promise<void> {
  const nowMs = Date.now();
  await connection.query(
    `INSERT INTO business_reports SELECT operator_id, ?, vendor, currency_code, 'bench', SUM(bet_count),
       SUM(bet_units) + IF(vendor = ?, 100, 0), SUM(win_count), SUM(win_units), 0, 0, 0, 0,
       SUM(bet_units) - SUM(win_units) + IF(vendor = ?, 100, 0), '{}', ?, ?
     FROM day_totals WHERE day = ? AND provider = 'platform' GROUP BY operator_id, vendor, currency_code`,
    [reportDay, vendorOf(7), vendorOf(7), nowMs, nowMs, day],
  );
  await connection.query(
    `INSERT INTO platform_pulls (operator_id, kind, item, due_at_ms, leased_until_ms, done_at_ms, pulls, failures, error)
     VALUES (?, 'report', ?, NULL, 0, ?, 1, 0, '')`,
    [OPERATOR_ID, reportDay, nowMs],
  );
}
