import { type Connection, change, type SqlValue } from '../../common/db.ts';
import type { DiscrepancyKind, DiscrepancyRow } from './discrepancies.ts';

/** What is known of a difference when it is found. What is not said is empty. Times are ms since 1970. */
export type NewDiscrepancy = {
  provider: string;
  finding_key: string;
  operator_id: string;
  currency_code: string;
  kind: DiscrepancyKind;
  amount_units: bigint;
  detail: string;
  occurred_at_ms: number;
  found_at_ms: number;
} & Partial<
  Pick<
    DiscrepancyRow,
    | 'hall_id'
    | 'uid'
    | 'user_id'
    | 'data_id'
    | 'transaction_id'
    | 'correction'
    | 'is_automatic'
    | 'vendor'
    | 'report_day'
    | 'cause'
  >
>;

const EMPTY = {
  hall_id: '',
  uid: '',
  user_id: '',
  data_id: 0n,
  transaction_id: '',
  state: 'open',
  correction: '',
  is_automatic: 0,
  resolution: '',
  proposed_by: '',
  approved_by: '',
  note: '',
  correction_transaction_id: '',
  vendor: '',
  report_day: '',
  cause: '',
};

/** Each of them open: nobody has done anything. */
export async function insertDiscrepancies(connection: Connection, found: readonly NewDiscrepancy[]): Promise<void> {
  const [first] = found;
  if (first === undefined) return;
  const rows = found.map((each): Record<string, SqlValue> => ({ ...EMPTY, ...each }));
  const columns = Object.keys({ ...EMPTY, ...first }) as (keyof NewDiscrepancy)[];
  await change(connection, `INSERT INTO discrepancies (${columns.join(', ')}) VALUES ?`, [
    rows.map((row) => columns.map((column) => row[column] ?? null)),
  ]);
}
