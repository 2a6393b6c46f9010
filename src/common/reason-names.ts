import { Reason } from '../gen/wallet/v1/money_pb.ts';

/** A reason's name wherever people read it: in the ledger, in log lines, metrics and jobs. Of what was not refused it is ''. */
export const REASON_NAMES = {
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
} as const satisfies Record<(typeof Reason)[keyof typeof Reason], string>;

export type ReasonName = (typeof REASON_NAMES)[keyof typeof REASON_NAMES];

const BY_REASON: ReadonlyMap<number, ReasonName> = new Map(
  Object.entries(REASON_NAMES).map(([reason, name]) => [Number(reason), name]),
);

/** Undefined for a reason that a newer wallet has and this version does not know. */
export const findReasonName = (reason: Reason): ReasonName | undefined => BY_REASON.get(reason);

/** The same for people, who then see its number. */
export const reasonText = (reason: Reason): string => findReasonName(reason) ?? String(reason);
