import { migrate } from '../src/common/migrate.ts';
import { WALLET_SCHEMA } from '../src/wallet/schema.ts';
import { type BenchDatabase, insertRows } from './database.ts';
import {
  CURRENCY_CODE,
  GAME_ID,
  OPERATOR_ID,
  PLAYER_COUNT,
  STARTING_BALANCE_UNITS,
  tokenOf,
  userIdOf,
} from './requests.ts';

const SESSION_MS = 86_400_000;

/**
 * The wallet's tables, with players whose balance is one deposit in the ledger, and an open session each. The player of index i
 * has the player id i + 1.
 */
export async function seedWallet({ url, connection }: BenchDatabase, playerCount = PLAYER_COUNT): Promise<void> {
  await migrate(url, WALLET_SCHEMA);
  const nowMs = Date.now();
  const balance = STARTING_BALANCE_UNITS.toString();
  const players = Array.from({ length: playerCount }, (_, index) => ({
    playerId: index + 1,
    userId: userIdOf(index),
    token: tokenOf(index),
  }));
  await insertRows(
    connection,
    'players',
    players.map(({ playerId, userId }) => [
      playerId,
      OPERATOR_ID,
      userId,
      `user${userId}`,
      '',
      'Malta',
      '',
      CURRENCY_CODE,
      null,
      nowMs,
      'en',
    ]),
  );
  await insertRows(
    connection,
    'accounts',
    players.map(({ playerId }) => [playerId, balance, 1, 0, 0, 0, 0, 0, 0, 0]),
  );
  await insertRows(
    connection,
    'sessions (player_id, token, game_id, lobby_id, created_at_ms, expires_at_ms, closed_at_ms)',
    players.map(({ playerId, token }) => [playerId, token, GAME_ID, '', nowMs, nowMs + SESSION_MS, null]),
  );
  await insertRows(
    connection,
    'transactions',
    players.map(({ playerId, userId }) => [
      playerId,
      1,
      OPERATOR_ID,
      'cashier',
      `deposit-${userId}`,
      0,
      'deposit',
      'ok',
      '',
      balance,
      CURRENCY_CODE,
      'cashier',
      'player',
      balance,
      '',
      '',
      null,
      '',
      nowMs,
      nowMs,
    ]),
  );
}
