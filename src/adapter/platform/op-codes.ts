import { Reason } from '../../gen/wallet/v1/money_pb.ts';

/** PLATFORM v2.49, Exception handling: the error codes, with the reason that goes out as error_message. */
export const OP_MESSAGES = {
  OP_20: 'Invalid hash',
  OP_21: 'Invalid token',
  OP_22: 'Authorization failed',
  OP_30: 'Invalid currency',
  OP_31: 'Insufficient funds',
  OP_32: 'Limits reached',
  OP_33: 'Player is blocked',
  OP_34: 'Player is not found',
  OP_35: 'Game is disabled',
  OP_40: 'Duplicated transaction ID',
  OP_41: 'Transaction not found',
  OP_47: 'Timeout',
  OP_49: 'Operation failed',
  OP_50: 'Internal error',
} as const;

export type OpCode = keyof typeof OP_MESSAGES;

/** What a malformed request gets: OP_49 ends the platform's retries, OP_50 does not. */
export type MalformedCode = 'OP_49' | 'OP_50';

type Refusal = Exclude<
  (typeof Reason)[keyof typeof Reason],
  typeof Reason.UNSPECIFIED | typeof Reason.INVALID_ARGUMENT
>;
export type ReasonCodes = Record<Refusal, OpCode>;

/** Why the wallet refused, in the platform's words. */
export const REASON_CODES = {
  [Reason.PLAYER_NOT_FOUND]: 'OP_34',
  [Reason.SESSION_INVALID]: 'OP_21',
  [Reason.PLAYER_BLOCKED]: 'OP_33',
  [Reason.PLAY_STOPPED]: 'OP_33',
  [Reason.CURRENCY_MISMATCH]: 'OP_30',
  [Reason.GAME_DISABLED]: 'OP_35',
  [Reason.ROUND_CLOSED]: 'OP_49',
  [Reason.LIMIT_REACHED]: 'OP_32',
  [Reason.INSUFFICIENT_FUNDS]: 'OP_31',
  [Reason.DUPLICATE_TRANSACTION]: 'OP_40',
  [Reason.TRANSACTION_CANCELED]: 'OP_49',
  [Reason.TRANSACTION_NOT_FOUND]: 'OP_41',
  [Reason.ROUND_NOT_FOUND]: 'OP_41',
  // Not OP_49, which would end the retries: once the player has spent some, the credit fits.
  [Reason.BALANCE_OUT_OF_RANGE]: 'OP_50',
  // Nothing was done, but the platform asked for a bet that the player won't see: a timeout makes it cancel.
  [Reason.DEADLINE_PASSED]: 'OP_47',
  [Reason.OVERLOADED]: 'OP_50',
  [Reason.UNAVAILABLE]: 'OP_50',
  [Reason.OUTCOME_UNKNOWN]: 'OP_47',
} satisfies ReasonCodes;

/** authenticate knows neither a blocked player nor a stop: a launch is just not authorized. */
export const AUTHENTICATE_CODES = {
  ...REASON_CODES,
  [Reason.PLAYER_BLOCKED]: 'OP_22',
  [Reason.PLAY_STOPPED]: 'OP_22',
} satisfies ReasonCodes;

/** The code of a refusal; OP_50 for a reason that a newer wallet has and this adapter does not know. */
export function opCode(reason: Reason, codes: ReasonCodes, malformed: MalformedCode): OpCode {
  if (reason === Reason.INVALID_ARGUMENT) return malformed;
  const known: Record<number, OpCode | undefined> = codes;
  return known[reason] ?? 'OP_50';
}

/** `response.data` of an error, as JSON text. */
export function errorData(code: OpCode, detail?: string): string {
  const message = detail === undefined ? OP_MESSAGES[code] : `${OP_MESSAGES[code]}: ${detail}`;
  return `{"error_code":"${code}","error_message":${JSON.stringify(message)}}`;
}
