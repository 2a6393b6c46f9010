import { copyFile, mkdtempDisposable } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type mysql from 'mysql2/promise';
import { expect, test } from 'vitest';
import { rootDir } from '../../../scripts/lib/paths.ts';
import { createPool } from '../../../src/common/db.ts';
import { migrate } from '../../../src/common/migrate.ts';
import { WALLET_SCHEMA } from '../../../src/wallet/schema.ts';
import { sumRounds } from '../../../src/wallet/services/bookkeeping-rounds.ts';
import { sweepLedger } from '../../../src/wallet/services/bookkeeping-sweep.ts';
import { getRound } from '../../../src/wallet/services/ledger.ts';
import { createTestDatabase } from '../../harness/database.ts';
import { connect } from '../lanes/fixture.ts';
import { fromBooks, fromLedger } from './fixture.ts';

const DAY_MS = 86_400_000;
const NOW_MS = 1_700_000_000_000;
const ENDED_MS = NOW_MS - 3 * DAY_MS;
const FIRST = '0001_wallet.sql';

test('a database of the first version gets all of its rounds into the books, summed before or not', async () => {
  await using database = await createTestDatabase();
  await using folder = await mkdtempDisposable(join(tmpdir(), 'croupier-first-'));
  await copyFile(join(rootDir, 'src/wallet/migrations', FIRST), join(folder.path, FIRST));
  expect(await migrate(database.url, { ...WALLET_SCHEMA, folder: pathToFileURL(`${folder.path}/`) })).toEqual([FIRST]);
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
