import { findReasonName, REASON_NAMES } from '../../common/reason-names.ts';
import type { Reason } from '../../gen/wallet/v1/money_pb.ts';

/** How a stored refusal is written in the ledger; an `ok` row has ''. Names, not numbers: people read this column. */
const BY_NAME = new Map<string, Reason>(
  Object.entries(REASON_NAMES).map(([reason, name]) => [name, Number(reason) as Reason]),
);

export function reasonName(reason: Reason): string {
  const name = findReasonName(reason);
  if (name === undefined) throw new Error(`no such reason: ${reason}`);
  return name;
}

/** Throws on a name that this version does not know: the row was written by a newer one. */
export function reasonOf(name: string): Reason {
  const reason = BY_NAME.get(name);
  if (reason === undefined) throw new Error(`unknown reason in the ledger: ${name}`);
  return reason;
}
