import { type Queryable, selectRow, selectRows } from '../../common/db.ts';
import { type Fault, notFound } from '../../common/fault.ts';

/** A row of `players`, with the balance of its account. */
export type PlayerRow = {
  player_id: bigint;
  operator_id: string;
  user_id: string;
  user_name: string;
  display_name: string;
  country: string;
  player_group: string;
  currency_code: string;
  language: string;
  blocked_at_ms: bigint | null;
  created_at_ms: bigint;
  balance_units: bigint;
};

const SELECT_PLAYERS = `SELECT p.player_id, p.operator_id, p.user_id, p.user_name, p.display_name, p.country, p.player_group,
  p.currency_code, p.language, p.blocked_at_ms, p.created_at_ms, a.balance_units
  FROM players p JOIN accounts a ON a.player_id = p.player_id`;

/** A player as the provider knows them; null where there is none. The ids must have been checked. */
export async function lookUpPlayer(on: Queryable, operatorId: string, userId: string): Promise<PlayerRow | null> {
  const row = await selectRow<PlayerRow>(on, `${SELECT_PLAYERS} WHERE p.operator_id = ? AND p.user_id = ?`, [
    operatorId,
    userId,
  ]);
  // The collation ignores spaces at the end, on some servers; ids are exact.
  return row?.user_id === userId ? row : null;
}

/** The same; throws NOT_FOUND. */
export async function findPlayer(on: Queryable, operatorId: string, userId: string): Promise<PlayerRow> {
  const row = await lookUpPlayer(on, operatorId, userId);
  if (row === null) throw playerNotFound(operatorId, userId);
  return row;
}

export const playerNotFound = (operatorId: string, userId: string): Fault =>
  notFound(`user_id: player ${userId} of operator ${operatorId}`);

/** Players of an operator after `afterUserId`, by user id. */
export function selectPlayersAfter(
  on: Queryable,
  operatorId: string,
  afterUserId: string,
  limit: number,
): Promise<PlayerRow[]> {
  return selectRows<PlayerRow>(
    on,
    `${SELECT_PLAYERS} WHERE p.operator_id = ? AND p.user_id > ? ORDER BY p.user_id LIMIT ?`,
    [operatorId, afterUserId, limit],
  );
}
