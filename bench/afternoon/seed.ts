import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BenchDatabase, insertRows } from '../database.ts';
import { CURRENCY_CODE, PLAYER_COUNT, STARTING_BALANCE_UNITS, tokenOf, userIdOf } from '../requests.ts';

const SESSION_MS = 86_400_000;

/** Tables, players and open sessions of the afternoon version. */
export async function seedAfternoon({ connection }: BenchDatabase): Promise<void> {
  await connection.query(readFileSync(join(import.meta.dirname, 'schema.sql'), 'utf8'));
  const players = Array.from({ length: PLAYER_COUNT }, (_, index) => index);
  await insertRows(
    connection,
    'players',
    players.map((index) => [userIdOf(index), CURRENCY_CODE, STARTING_BALANCE_UNITS.toString()]),
  );
  await insertRows(
    connection,
    'sessions',
    players.map((index) => [tokenOf(index), userIdOf(index), Date.now() + SESSION_MS]),
  );
}
