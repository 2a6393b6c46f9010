import { type Queryable, selectRow } from '../../common/db.ts';
import { notFound } from '../../common/fault.ts';

/** A row of `operators` without its secret. The lists are JSON arrays of strings. */
export type OperatorRow = {
  operator_id: string;
  currencies: string;
  allowlist: string;
  created_at_ms: bigint;
  updated_at_ms: bigint;
};

export const OPERATOR_COLUMNS = 'operator_id, currencies, allowlist, created_at_ms, updated_at_ms';

/** An operator by id; throws NOT_FOUND. `operatorId` must have been checked. */
export async function findOperator(on: Queryable, operatorId: string): Promise<OperatorRow> {
  const row = await selectRow<OperatorRow>(on, `SELECT ${OPERATOR_COLUMNS} FROM operators WHERE operator_id = ?`, [
    operatorId,
  ]);
  if (row === null) throw notFound(`operator_id: operator ${operatorId}`);
  return row;
}

/** A list column's strings. */
export function parseStrings(json: string): string[] {
  const parsed: unknown = JSON.parse(json);
  if (Array.isArray(parsed) && parsed.every((entry) => typeof entry === 'string')) return parsed;
  throw new Error('a list column does not hold a list of strings');
}
