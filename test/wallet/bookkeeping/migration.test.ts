import { copyFile, mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { create } from '@bufbuild/protobuf';
import type mysql from 'mysql2/promise';
import { describe, expect, test } from 'vitest';
import { rootDir } from '../../../scripts/lib/paths.ts';
import { createPool } from '../../../src/common/db.ts';
import { migrate } from '../../../src/common/migrate.ts';
import { BookkeepingService, SumPlayedDaysRequestSchema } from '../../../src/gen/wallet/v1/bookkeeping_pb.ts';
import { WALLET_SCHEMA } from '../../../src/wallet/schema.ts';
import { sumRounds } from '../../../src/wallet/services/bookkeeping-rounds.ts';
import { SETTLED_MS, sweepLedger } from '../../../src/wallet/services/bookkeeping-sweep.ts';
import { getRound } from '../../../src/wallet/services/ledger.ts';
import { sumPlayedDays } from '../../../src/wallet/services/played-days.ts';
import { createTestDatabase } from '../../harness/database.ts';
import { connect } from '../lanes/fixture.ts';
import { fromBooks, fromLedger } from './fixture.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 1_700_000_000_000;
const ENDED_MS = NOW_MS - 3 * DAY_MS;
const FIRST = '0001_wallet.sql';
const BEFORE_PLAYED_DAYS = [FIRST, '0002_halls_and_books.sql', '0003_agents_and_passwords.sql'];

/** A database as an earlier version made it. */
async function migrateAsBefore(databaseUrl: string, files: readonly string[]): Promise<void> {
  await using folder = await mkdtempDisposable(join(tmpdir(), 'croupier-before-'));
  for (const file of files) await copyFile(join(rootDir, 'src/wallet/migrations', file), join(folder.path, file));
  expect(await migrate(databaseUrl, { ...WALLET_SCHEMA, folder: pathToFileURL(`${folder.path}/`) })).toEqual(files);
}

test('a database of the first version gets all of its rounds into the books, summed before or not', async () => {
  await using database = await createTestDatabase();
  await migrateAsBefore(database.url, [FIRST]);
  const sql = await connect(database.url);
  await playAsBefore(sql);
  expect((await migrate(database.url, WALLET_SCHEMA))[0]).toBe('0002_halls_and_books.sql');

  const pool = createPool(database.url, { connectionLimit: 2 });
  const deps = {
    pool,
    nowMs: NOW_MS,
    rules: { promotional: new Set<string>(), overdueBeforeMs: NOW_MS - DAY_MS },
  };
  // What was owed when the new version came is summed on its message, as ever.
  const owed = { playerId: 1n, provider: 'platform', roundId: 'owed', messageId: 7n };
  expect(await sumRounds(deps, [owed])).toEqual([true]);
  while (!(await sweepLedger(deps, 2)).caughtUp);

  expect(await fromBooks(sql)).toEqual(await fromLedger(sql));
  const [[days] = []] = await sql.query<mysql.RowDataPacket[]>(
    'SELECT SUM(bet_units) AS units, SUM(round_count) AS rounds FROM day_totals',
  );
  expect(days).toEqual({ units: '5500', rounds: '5' });
  expect((await sql.query('SELECT * FROM outbox'))[0]).toEqual([]);
  const round = await getRound(pool, {
    $typeName: 'wallet.v1.RoundRequest',
    operatorId: 'casino',
    userId: 'u1',
    provider: 'platform',
    roundId: 'summed',
    gameId: '',
  });
  expect(round).toMatchObject({ closedAtMs: BigInt(ENDED_MS), summedAtMs: BigInt(NOW_MS), betUnits: 1_000n });
  await pool.end();
  await sql.end();
});

/** Rounds as the first version left them: summed, closed and not summed, closed and owed, finished, open. A bet of 10.00 and more in each. */
async function playAsBefore(sql: mysql.Connection): Promise<void> {
  await sql.query(
    `INSERT INTO players (player_id, operator_id, user_id, user_name, display_name, country, player_group, currency_code,
       created_at_ms) VALUES (1, 'casino', 'u1', 'john', 'John', 'Germany', '', 'EUR', 0)`,
  );
  const rounds = ['summed', 'closed', 'owed', 'finished', 'open'];
  await sql.query('INSERT INTO transactions VALUES ?', [
    rounds.map((roundId, index) => [
      ...[
        1,
        index + 1,
        'casino',
        'platform',
        `bet-${roundId}`,
        0,
        'bet',
        'ok',
        '',
        1_000 + 50 * index,
        'EUR',
        'player',
      ],
      ...['games', 0, roundId, '200', null, '', 0, ENDED_MS - index],
    ]),
  ]);
  await sql.query(
    `INSERT INTO rounds (player_id, provider, round_id, finished_at_ms, closed_at_ms, bet_units, win_units, refund_units,
       transaction_count, summed_at_ms) VALUES ?`,
    [
      [
        [1, 'platform', 'summed', ENDED_MS, ENDED_MS, 1_000, 0, 0, 1, ENDED_MS],
        [1, 'platform', 'closed', ENDED_MS, ENDED_MS, 0, 0, 0, 0, null],
        [1, 'platform', 'owed', ENDED_MS, ENDED_MS, 0, 0, 0, 0, null],
        [1, 'platform', 'finished', ENDED_MS, null, 0, 0, 0, 0, null],
      ],
    ],
  );
  await sql.query("INSERT INTO outbox VALUES (7, 1, 'round-close', '{}', 0, 0)");
}

describe('books from before played days', () => {
  /** What the provider made just before midnight was written just after it. */
  const DAY = Math.floor(ENDED_MS / DAY_MS);
  const MADE_MS = DAY * DAY_MS - 500;
  const WRITTEN_MS = DAY * DAY_MS + 500;

  const row = (seq: number, transactionId: string, kind: string, roundId: string, atMs = WRITTEN_MS) => [
    ...[1, seq, 'casino', 'platform', transactionId, kind === 'reversal' ? 1 : 0, kind, 'ok', '', 100, 'EUR', 'player'],
    ...['games', 0, roundId, '200', kind === 'win' ? '{"reason":"JACKPOT"}' : null, '', MADE_MS, atMs],
  ];

  /** Of each kind of round, and of what is in none: a bet that the version before has booked. */
  const BOOKED = ['untouched', 'won-later', 'canceled-later', 'raced'];
  const OLD_TEXT = `[[${DAY},"casino","platform","200","EUR","","1","100","0","0","0","0","0","0","0","1"]]`;

  async function bookAsBefore(sql: mysql.Connection): Promise<void> {
    await sql.query('INSERT INTO transactions VALUES ?', [
      [
        ...BOOKED.map((roundId, index) => row(index + 1, `bet-${roundId}`, 'bet', roundId)),
        row(10, 'alone', 'bet', ''),
      ],
    ]);
    await sql.query('INSERT INTO rounds VALUES ?', [
      BOOKED.map((roundId) => [1, 'platform', roundId, WRITTEN_MS, WRITTEN_MS]),
    ]);
    // The last is booked by a wallet of the version before, beside one of this.
    for (const roundId of BOOKED) {
      await sql.query('INSERT INTO round_totals (player_id, provider, round_id, booked, summed_at_ms) VALUES (?)', [
        [1, 'platform', roundId, OLD_TEXT, WRITTEN_MS + 1],
      ]);
    }
    await sql.query('INSERT INTO day_totals VALUES (?)', [
      [DAY, 'casino', 'platform', '200', 'EUR', '', 4, 400, 0, 0, 0, 0, 0, 0, 0, 3],
    ]);
    await sql.query("INSERT INTO watermarks VALUES ('ledger', ?, 0), ('ledger-overdue', ?, 0)", [
      WRITTEN_MS + 1,
      WRITTEN_MS + 1,
    ]);
  }

  test('are taken back as they were booked, and booked anew under the played day', async () => {
    await using database = await createTestDatabase();
    await migrateAsBefore(database.url, BEFORE_PLAYED_DAYS);
    const sql = await connect(database.url);
    await bookAsBefore(sql);
    await migrate(database.url, WALLET_SCHEMA);
    await sql.query(
      `INSERT INTO day_totals (day, operator_id, provider, game_id, currency_code, vendor, bet_count, bet_units, win_count,
         win_units, refund_count, refund_units, free_spin_count, free_spin_win_units, rake_ten_thousandths, round_count)
       VALUES (?) ON DUPLICATE KEY UPDATE bet_count = bet_count + VALUES(bet_count), bet_units = bet_units + VALUES(bet_units),
         round_count = round_count + VALUES(round_count)`,
      [[DAY, 'casino', 'platform', '200', 'EUR', '', 1, 100, 0, 0, 0, 0, 0, 0, 0, 1]],
    );
    const pool = createPool(database.url, { connectionLimit: 2 });
    const days = async () => {
      const request = { fromDay: dayText(DAY - 1), toDay: dayText(DAY), operatorId: '', provider: 'platform' };
      const answer = await sumPlayedDays(pool, create(SumPlayedDaysRequestSchema, request));
      return create(BookkeepingService.method.sumPlayedDays.output, answer).days;
    };
    expect(await days()).toMatchObject([
      { day: dayText(DAY), played: { betCount: 5n, betUnits: 500n }, written: { betCount: 5n, betUnits: 500n } },
    ]);

    await sql.query('INSERT INTO transactions VALUES ?', [
      [
        row(20, 'win-later', 'win', 'won-later', WRITTEN_MS + 2),
        row(21, 'bet-canceled-later', 'reversal', 'canceled-later', WRITTEN_MS + 2),
        row(22, 'alone', 'reversal', '', WRITTEN_MS + 2),
      ],
    ]);
    const rules = { promotional: new Set<string>(), overdueBeforeMs: 0 };
    const keys = ['won-later', 'canceled-later', 'raced'].map((roundId) => ({
      playerId: 1n,
      provider: 'platform',
      roundId,
    }));
    for (const nowMs of [NOW_MS, NOW_MS + 1]) {
      await sumRounds(
        { pool, nowMs, rules },
        keys.map((key) => ({ ...key, messageId: 0n })),
      );
      await sweepLedger({ pool, nowMs: WRITTEN_MS + 10 + SETTLED_MS, rules }, 100);
    }
    // The round that nothing moved in since stands as it was booked.
    const won = { winCount: 1n, winUnits: 100n, jackpotCount: 1n, jackpotUnits: 100n };
    expect(await days()).toMatchObject([
      {
        day: dayText(DAY - 1),
        played: { betCount: 2n, betUnits: 200n, ...won },
        written: { betCount: 0n, winCount: 0n },
      },
      { day: dayText(DAY), played: { betCount: 1n, winCount: 0n }, written: { betCount: 3n, betUnits: 300n, ...won } },
    ]);
    expect(await fromBooks(sql)).toEqual(await fromLedger(sql));
    const [[rounds] = []] = await sql.query<mysql.RowDataPacket[]>('SELECT SUM(round_count) AS count FROM day_totals');
    expect(rounds).toEqual({ count: '3' });
    await pool.end();
    await sql.end();
  });

  test('a migration that died half way goes on, whatever a wallet of the version before has booked meanwhile', async () => {
    await using database = await createTestDatabase();
    await migrateAsBefore(database.url, BEFORE_PLAYED_DAYS);
    const sql = await connect(database.url);
    await bookAsBefore(sql);
    await migrate(database.url, WALLET_SCHEMA);
    // As it died before the last statement was recorded.
    await sql.query('UPDATE schema_migrations SET applied_at_ms = 0 WHERE version = 4');
    const book = (playedDay: number) =>
      sql.query(`INSERT INTO day_totals VALUES (?) ON DUPLICATE KEY UPDATE bet_count = bet_count + VALUES(bet_count)`, [
        [DAY, 'casino', 'platform', '200', 'EUR', '', 1, 100, 0, 0, 0, 0, 0, 0, 0, 1, playedDay, 0, 0, 0],
      ]);
    await book(0);
    await book(DAY);
    expect((await migrate(database.url, WALLET_SCHEMA))[0]).toBe('0004_catalogue_and_reports.sql');
    const [[days] = []] = await sql.query<mysql.RowDataPacket[]>('SELECT SUM(bet_count) AS bets FROM day_totals');
    expect(days).toEqual({ bets: '6' });
    await sql.end();
  });

  const dayText = (day: number): string => new Date(day * DAY_MS).toISOString().slice(0, 10);
});
