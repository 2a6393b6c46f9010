import { Reason } from '../gen/wallet/v1/money_pb.ts';

type KnownReason = (typeof Reason)[keyof typeof Reason];

/** For people, about one player; those of the stream alone are here because the set is closed. */
const TEXTS = {
  [Reason.UNSPECIFIED]: 'done',
  [Reason.PLAYER_NOT_FOUND]: 'not found',
  [Reason.SESSION_INVALID]: 'has no open session of this token',
  [Reason.PLAYER_BLOCKED]: 'is blocked',
  [Reason.PLAY_STOPPED]: 'may not play: play is stopped',
  [Reason.CURRENCY_MISMATCH]: 'has an account in another currency',
  [Reason.GAME_DISABLED]: 'may not play: the game is disabled',
  [Reason.ROUND_CLOSED]: 'has closed this round',
  [Reason.LIMIT_REACHED]: 'would pass a responsible-gambling limit',
  [Reason.INSUFFICIENT_FUNDS]: 'has too little money',
  [Reason.DUPLICATE_TRANSACTION]: 'not changed: the id belongs to another transaction',
  [Reason.TRANSACTION_CANCELED]: 'not changed: the id was canceled',
  [Reason.TRANSACTION_NOT_FOUND]: 'has no such transaction',
  [Reason.ROUND_NOT_FOUND]: 'has no such round',
  [Reason.BALANCE_OUT_OF_RANGE]: 'would have more than an account can hold',
  [Reason.INVALID_ARGUMENT]: 'not changed: a field is wrong',
  [Reason.DEADLINE_PASSED]: 'not changed: the deadline passed',
  [Reason.OVERLOADED]: 'not changed: the wallet is overloaded',
  [Reason.UNAVAILABLE]: 'not changed: the wallet has no database',
  [Reason.OUTCOME_UNKNOWN]: 'may have been changed: the outcome is unknown',
} satisfies Record<KnownReason, string>;

/** One line about why the wallet refused: "player 999 not found at operator examplecasino". */
export function describeRefusal(reason: Reason, player: { operator: string; user: string }): string {
  const text: string = TEXTS[reason as KnownReason] ?? `was refused (reason ${reason})`;
  return `player ${player.user} ${text} at operator ${player.operator}`;
}
