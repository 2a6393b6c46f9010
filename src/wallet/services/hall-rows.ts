import { type Queryable, selectRow } from '../../common/db.ts';
import { notFound } from '../../common/fault.ts';

/** A row of `halls` without its secrets. The allowlist is a JSON array of strings. */
export type HallRow = {
  hall_id: string;
  operator_id: string;
  allowlist: string;
  time_zone: string;
  agent_id: string;
  mode: StoredHallMode;
  created_at_ms: bigint;
  updated_at_ms: bigint;
};

export type StoredHallMode = 'seamless' | 'transfer';

export const HALL_COLUMNS = 'hall_id, operator_id, allowlist, time_zone, agent_id, mode, created_at_ms, updated_at_ms';

/** A hall by id; throws NOT_FOUND. `hallId` must have been checked. */
export async function findHall(on: Queryable, hallId: string): Promise<HallRow> {
  const row = await selectRow<HallRow>(on, `SELECT ${HALL_COLUMNS} FROM halls WHERE hall_id = ?`, [hallId]);
  if (row === null) throw notFound(`hall_id: hall ${hallId}`);
  return row;
}

/** Whom a hall's secrets are sealed for. */
export const hallSecretOwner = (hallId: string): string => `hall ${hallId}`;
export const hallPathSecretOwner = (hallId: string): string => `hall path ${hallId}`;
