import { Reason } from '../../gen/wallet/v1/money_pb.ts';

type Refusal = Exclude<(typeof Reason)[keyof typeof Reason], typeof Reason.UNSPECIFIED>;

/** Why the wallet refused, as it is logged, counted and, for people, answered. The game server reads only `fail`. */
export const OUTCOMES = {
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
} satisfies Record<Refusal, string>;

export type FailOutcome =
  | (typeof OUTCOMES)[Refusal]
  /** A parameter is absent or not as it must be. */
  | 'malformed'
  /** No linked terminal of the hall has this uid. */
  | 'unknown_terminal'
  /** The budget was over. */
  | 'late'
  /** The game server closed the connection before the answer. */
  | 'client_gone'
  /** Neither Redis nor the spool could keep a bet that has to be canceled later: better not to ask for one. */
  | 'unsafe'
  /** A bug. */
  | 'fault';

/** A reason that a newer wallet has and this adapter does not know tells nothing of what was done. */
export function outcomeOf(reason: Reason): FailOutcome {
  const known: Record<number, FailOutcome | undefined> = OUTCOMES;
  return known[reason] ?? 'outcome_unknown';
}

/** Worth a warning: the game server asked for something in order and did not get it. */
export function isFault(outcome: FailOutcome): boolean {
  return FAULTS.has(outcome);
}

const FAULTS = new Set<FailOutcome>([
  'balance_out_of_range',
  'invalid_argument',
  'deadline_passed',
  'overloaded',
  'unavailable',
  'outcome_unknown',
  'late',
  'client_gone',
  'unsafe',
  'fault',
]);

/** StarGame, Game Notifications API, Bet notifications: `{"status":"fail"}`; the error is for people. */
export function failAnswer(error: string): string {
  return `{"status":"fail","error":${JSON.stringify(error)}}`;
}
