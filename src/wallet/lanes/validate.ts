import { type Operation, OperationKind } from '../../gen/wallet/v1/money_pb.ts';
import { WIN_SUFFIX } from '../core/keys.ts';
import { MAX_UNITS } from '../core/ledger.ts';

const OPERATOR_ID = /^[\w.-]{1,20}$/;
const PROVIDER = /^[a-z0-9_-]{1,16}$/;
const TRANSACTION_ID = /^[!-~]{1,64}$/;
const ROUND_ID = /^[!-~]{0,64}$/;
const GAME_ID = /^[!-~]{0,32}$/;
const CURRENCY_CODE = /^[A-Za-z0-9]{0,4}$/;
const SESSION_TOKEN = /^[ -~]{0,255}$/;
const REQUEST_ID = /^[!-~]{0,64}$/;
/** What a TEXT column holds. */
const MAX_CONTEXT_BYTES = 65_535;
const MAX_USER_ID_LENGTH = 70;
const MAX_ID_LENGTH = 64;

/** Which kinds need what; a kind that is not here doesn't exist. */
const NEEDS: ReadonlyMap<OperationKind, { user: boolean; transaction: boolean; signed: boolean }> = new Map([
  [OperationKind.BET, { user: true, transaction: true, signed: false }],
  [OperationKind.WIN, { user: true, transaction: true, signed: false }],
  [OperationKind.REFUND, { user: true, transaction: true, signed: false }],
  [OperationKind.CANCEL, { user: true, transaction: true, signed: false }],
  [OperationKind.DEPOSIT, { user: true, transaction: true, signed: false }],
  [OperationKind.WITHDRAWAL, { user: true, transaction: true, signed: false }],
  [OperationKind.CORRECTION, { user: true, transaction: true, signed: true }],
  [OperationKind.STATUS, { user: true, transaction: true, signed: false }],
  [OperationKind.FINISH_ROUND, { user: true, transaction: false, signed: false }],
  [OperationKind.BALANCE, { user: true, transaction: false, signed: false }],
  [OperationKind.AUTHENTICATE, { user: false, transaction: false, signed: false }],
]);

/** What is wrong with an operation, naming the field; null: nothing. What passes here fits the schema's columns. */
export function invalidField(operation: Operation): string | null {
  const needs = NEEDS.get(operation.kind);
  if (needs === undefined) return 'kind: unknown';
  if (!OPERATOR_ID.test(operation.operatorId)) return 'operator_id: 1 to 20 of A-Z a-z 0-9 _ . -';
  if (!PROVIDER.test(operation.provider)) return 'provider: 1 to 16 of a-z 0-9 _ -';
  if (needs.user && !isUserId(operation.userId)) return 'user_id: 1 to 70 characters, without surrounding space';
  if (needs.transaction && !TRANSACTION_ID.test(operation.transactionId)) {
    return 'transaction_id: 1 to 64 visible ASCII characters';
  }
  const { amountUnits } = operation;
  if (amountUnits > MAX_UNITS || amountUnits < (needs.signed ? -MAX_UNITS : 0n)) {
    return `amount_units: ${needs.signed ? -MAX_UNITS : 0} to ${MAX_UNITS}`;
  }
  if (operation.winUnits !== 0n || operation.voidIfLate) {
    const mistake = invalidBetField(operation);
    if (mistake !== null) return mistake;
  }
  if (!ROUND_ID.test(operation.roundId)) return 'round_id: up to 64 visible ASCII characters';
  if (operation.kind === OperationKind.FINISH_ROUND && operation.roundId === '') return 'round_id: is missing';
  if (!GAME_ID.test(operation.gameId)) return 'game_id: up to 32 visible ASCII characters';
  if (!CURRENCY_CODE.test(operation.currencyCode)) return 'currency_code: up to 4 letters or digits';
  if (!SESSION_TOKEN.test(operation.sessionToken ?? '')) return 'session_token: up to 255 ASCII characters';
  if (!REQUEST_ID.test(operation.requestId)) return 'request_id: up to 64 visible ASCII characters';
  if (operation.occurredAtMs < 0n) return 'occurred_at_ms: 0 or more';
  return contextFits(operation.context) ? null : `context: up to ${MAX_CONTEXT_BYTES} bytes`;
}

/** What only a BET may have. */
function invalidBetField({ kind, winUnits, transactionId, voidIfLate }: Operation): string | null {
  if (kind !== OperationKind.BET) return `${voidIfLate ? 'void_if_late' : 'win_units'}: of a BET only`;
  if (winUnits < 0n || winUnits > MAX_UNITS) return `win_units: 0 to ${MAX_UNITS}`;
  if (winUnits > 0n && transactionId.length > MAX_ID_LENGTH - WIN_SUFFIX.length) {
    return `transaction_id: at most ${MAX_ID_LENGTH - WIN_SUFFIX.length} characters with win_units, whose id is longer`;
  }
  return null;
}

/** Collations ignore space at the end, so that it must not tell two users apart. */
function isUserId(userId: string): boolean {
  const fits = userId.length <= MAX_USER_ID_LENGTH || [...userId].length <= MAX_USER_ID_LENGTH;
  return userId !== '' && fits && userId === userId.trim();
}

function contextFits(context: string): boolean {
  // A UTF-16 unit is at most three bytes in UTF-8: most contexts needn't be measured.
  return context.length * 3 <= MAX_CONTEXT_BYTES || Buffer.byteLength(context) <= MAX_CONTEXT_BYTES;
}
