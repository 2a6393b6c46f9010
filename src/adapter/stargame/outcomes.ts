import { findReasonName, type ReasonName } from '../../common/reason-names.ts';
import type { Reason } from '../../gen/wallet/v1/money_pb.ts';

/** How a `fail` is logged, counted and, for people, answered: the game server reads only the status. */
export type FailOutcome =
  | Exclude<ReasonName, ''>
  /** A parameter is absent or not as it must be. */
  | 'malformed'
  /** No linked terminal of the hall has this uid. */
  | 'unknown_terminal'
  /** The hall's money is carried to the terminals and back: it is not asked for spin by spin. */
  | 'transfer_hall'
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
  return findReasonName(reason) || 'outcome_unknown';
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
