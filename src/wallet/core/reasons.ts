import { Reason } from '../../gen/wallet/v1/money_pb.ts';

/** How a stored refusal is written in the ledger; an `ok` row has ''. Names, not numbers: people read this column. */
const NAMES = {
  [Reason.UNSPECIFIED]: '',
  [Reason.PLAYER_NOT_FOUND]: 'player_not_found',
  [Reason.SESSION_INVALID]: 'session_invalid',
  [Reason.PLAYER_BLOCKED]: 'player_blocked',
  [Reason.PLAY_STOPPED]: 'play_stopped',
  [Reason.CURRENCY_MISMATCH]: 'currency_mismatch',
  [Reason.GAME_DISABLED]: 'game_disabled',
  [Reason.ROUND_CLOSED]: 'round_closed',
  [Reason.LIMIT_REACHED]: 'limit_reached',
  [Reason.INSUFFICIENT_FUNDS]: 'insufficient_funds',
  [Reason.DUPLICATE_TRANSACTION]: 'duplicate_transaction',
  [Reason.TRANSACTION_CANCELED]: 'transaction_canceled',
  [Reason.TRANSACTION_NOT_FOUND]: 'transaction_not_found',
  [Reason.ROUND_NOT_FOUND]: 'round_not_found',
  [Reason.BALANCE_OUT_OF_RANGE]: 'balance_out_of_range',
  [Reason.INVALID_ARGUMENT]: 'invalid_argument',
  [Reason.DEADLINE_PASSED]: 'deadline_passed',
  [Reason.OVERLOADED]: 'overloaded',
  [Reason.UNAVAILABLE]: 'unavailable',
  [Reason.OUTCOME_UNKNOWN]: 'outcome_unknown',
} satisfies Record<(typeof Reason)[keyof typeof Reason], string>;

const BY_REASON: ReadonlyMap<number, string> = new Map(
  Object.entries(NAMES).map(([reason, name]) => [Number(reason), name]),
);

const BY_NAME = new Map(Object.entries(NAMES).map(([reason, name]) => [name, Number(reason) as Reason]));

export function reasonName(reason: Reason): string {
  const name = BY_REASON.get(reason);
  if (name === undefined) throw new Error(`no such reason: ${reason}`);
  return name;
}

/** Throws on a name that this version does not know: the row was written by a newer one. */
export function reasonOf(name: string): Reason {
  const reason = BY_NAME.get(name);
  if (reason === undefined) throw new Error(`unknown reason in the ledger: ${name}`);
  return reason;
}
