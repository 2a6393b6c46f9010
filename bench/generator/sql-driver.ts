import { createPool, type PoolConnection } from 'mysql2/promise';
import { debit } from '../afternoon/debit.ts';
import {
  AMOUNT_UNITS,
  CURRENCY_CODE,
  GAME_ID,
  playerIndexOf,
  roundIdOf,
  tokenOf,
  transactionIdOf,
  userIdOf,
} from '../requests.ts';
import type { Driver, DriverOptions } from './driver.ts';

/** The raw database limit: the afternoon version's debit without its HTTP, one connection a slot. */
export async function createSqlDriver(
  target: { databaseUrl: string },
  { slots, players, onAnswer }: DriverOptions,
): Promise<Driver> {
  const pool = createPool({
    uri: target.databaseUrl,
    connectionLimit: slots,
    supportBigNumbers: true,
    bigNumberStrings: true,
  });
  const connections = await Promise.all(Array.from({ length: slots }, () => pool.getConnection()));

  return {
    send: (slot, number) => {
      const playerIndex = playerIndexOf(number, players);
      const request = {
        transactionId: String(transactionIdOf(number)),
        userId: userIdOf(playerIndex),
        token: tokenOf(playerIndex),
        amountUnits: AMOUNT_UNITS,
        currencyCode: CURRENCY_CODE,
        roundId: String(roundIdOf(number)),
        gameId: GAME_ID,
      };
      debit(connections[slot] as PoolConnection, request).then(
        (outcome) => onAnswer(slot, 'error' in outcome ? outcome.error : null),
        (error: unknown) => onAnswer(slot, String(error)),
      );
    },
    close: () => pool.end(),
  };
}
