import { MAX_AMOUNT_UNITS } from '../../common/fields.ts';

/**
 * What becomes of a transfer, pure: nothing here asks anybody. Every amount is in 1/100 of the currency.
 *
 * | direction | states |
 * |---|---|
 * | in | started → debited → done; a definite no of StarGame: debited → refunding → refunded |
 * | out | started → decreased → done |
 * | both | started → refused: nothing moved |
 */
export const TRANSFER_STATES = ['started', 'debited', 'refunding', 'decreased', 'done', 'refused', 'refunded'] as const;
export type TransferState = (typeof TRANSFER_STATES)[number];

export const ENDS: readonly TransferState[] = ['done', 'refused', 'refunded'];

export type Saga = {
  direction: 'in' | 'out';
  state: TransferState;
  /** 0: not known yet, an out of all there is. */
  amountUnits: bigint;
  /** When StarGame was last asked to move the money without it being known what became of it; null: it never was. */
  doubtedAtMs: number | null;
  /** Somebody has to look: it is tried on, but slowly. */
  isStuck: boolean;
  /** In a row, for the pause after them. */
  failures: number;
  /** Why it was refused or refunded, or the last obstacle. */
  detail: string;
  /** When it goes on; null at its end. */
  dueAtMs: number | null;
};

/** What is to be done next, each under an id that makes twice the same as once. */
export type Step =
  /** Wallet: Bet. */
  | 'debit'
  /** StarGame: api_operation_balance. */
  | 'increase'
  | 'decrease'
  /** StarGame: api_get_balance. */
  | 'read_balance'
  /** Wallet: Win. */
  | 'credit'
  /** Wallet: Cancel. */
  | 'undo';

/** What came of a step. */
export type StepEvent =
  | { type: 'done' }
  /** The wallet's no. */
  | { type: 'refused'; reason: string }
  /** StarGame's no. */
  | { type: 'failure'; code: string }
  | { type: 'balance'; units: bigint }
  /** Nothing was done this time. */
  | { type: 'not_done'; detail: string }
  | { type: 'unknown'; detail: string };

export type Clock = {
  nowMs: number;
  /** How long a request of which nothing was heard may still be on its way, or in StarGame's hands. */
  settleMs: number;
};

const BACKOFF_MIN_MS = 1_000;
const BACKOFF_MAX_MS = 60_000;
const STUCK_MS = 300_000;
const DETAIL_MAX = 255;

/** Says nothing of this operation yet: another one of the terminal is in the way, or this very one. */
const BUSY = 'previous_payments_not_finished';

/**
 * Codes that come after StarGame has looked the operation id up: who gets one of them under an id that was sent before knows that it was
 * not done. All others may come before it has looked.
 */
const AFTER_LOOK_UP: ReadonlySet<string> = new Set(['too_low_balance_for_increase', 'too_low_hall_balance']);

/** No definite no: a failure that the document doesn't have, and "Balance change inner error", which may come after the change. */
const UNCLEAR: ReadonlySet<string> = new Set(['unknown_code', 'wrong_incoming_data']);

/** Null at the end. */
export function nextStep({ state, direction, amountUnits }: Saga): Step | null {
  switch (state) {
    case 'started':
      if (direction === 'in') return 'debit';
      return amountUnits === 0n ? 'read_balance' : 'decrease';
    case 'debited':
      return 'increase';
    case 'refunding':
      return 'undo';
    case 'decreased':
      return 'credit';
    default:
      return null;
  }
}

/** What must be kept before the step is begun: whoever finds it there knows that StarGame may have been asked. */
export function beforeStep(saga: Saga, step: Step, nowMs: number): Saga {
  return step === 'increase' || step === 'decrease' ? { ...saga, doubtedAtMs: nowMs } : saga;
}

/** `saga` is what it was before `beforeStep`: its doubt is that of earlier requests. */
export function applyEvent(saga: Saga, step: Step, event: StepEvent, clock: Clock): Saga {
  switch (event.type) {
    case 'done':
      return onDone(saga, step, clock);
    case 'balance':
      return onBalance(saga, event.units, clock);
    case 'refused':
      return step === 'debit' ? end(saga, 'refused', event.reason) : stuck(saga, event.reason, clock);
    case 'failure':
      return onFailure(saga, step, event.code, clock);
    case 'not_done':
      return again(saga, event.detail, clock);
    case 'unknown':
      return again(withDoubt(saga, step, clock), event.detail, clock);
  }
}

const DONE: Record<Exclude<Step, 'read_balance'>, TransferState> = {
  debit: 'debited',
  increase: 'done',
  decrease: 'decreased',
  credit: 'done',
  undo: 'refunded',
};

function onDone(saga: Saga, step: Step, clock: Clock): Saga {
  if (step === 'read_balance') throw new TypeError('a balance is read with an event of its own');
  const state = DONE[step];
  // What led to a refund stays to be read.
  if (ENDS.includes(state)) return end(saga, state, state === 'refunded' ? saga.detail : '');
  return forward({ ...saga, state, detail: '' }, clock);
}

function onBalance(saga: Saga, units: bigint, clock: Clock): Saga {
  // It could be taken there, and never be credited here.
  if (units > MAX_AMOUNT_UNITS) return end(saga, 'refused', `more than ${MAX_AMOUNT_UNITS}`);
  return units > 0n ? forward({ ...saga, amountUnits: units }, clock) : end(saga, 'refused', 'nothing there');
}

function onFailure(saga: Saga, step: Step, code: string, clock: Clock): Saga {
  // Nothing was asked for but a number.
  if (step === 'read_balance') return end(saga, 'refused', code);
  if (code === BUSY) return again(saga, code, clock);
  const { doubtedAtMs } = saga;
  if (UNCLEAR.has(code)) return stuck(withDoubt(saga, step, clock), code, clock);
  if (doubtedAtMs === null) return refusedByStargame(saga, code, clock);
  // Nor is one a definite no after a doubt, where it may not be about this operation.
  if (!AFTER_LOOK_UP.has(code)) return stuck(saga, code, clock);
  // The request in doubt may still arrive, and find what this one did not: it is asked again once that can't be.
  const settledAtMs = doubtedAtMs + clock.settleMs;
  if (clock.nowMs < settledAtMs) return { ...again(saga, code, clock), dueAtMs: settledAtMs };
  return refusedByStargame(saga, code, clock);
}

function refusedByStargame(saga: Saga, code: string, clock: Clock): Saga {
  if (saga.direction === 'out') return end(saga, 'refused', code);
  return forward({ ...saga, state: 'refunding', detail: code }, clock);
}

/** How long it takes until no request can be on its way any more; 0: none can. */
export function unsettledMs({ doubtedAtMs }: Saga, { nowMs, settleMs }: Clock): number {
  return doubtedAtMs === null ? 0 : Math.max(0, doubtedAtMs + settleMs - nowMs);
}

/**
 * A person says whether StarGame did move the money. From then on it isn't asked any more: it goes on with the wallet, or is at its end.
 * Null where that is not what it is stuck at.
 */
export function settle(saga: Saga, hasMoved: boolean, clock: Clock): Saga | null {
  const step = nextStep(saga);
  if (!saga.isStuck || (step !== 'increase' && step !== 'decrease')) return null;
  if (hasMoved) return onDone(saga, step, clock);
  return refusedByStargame(saga, `settled by hand: ${saga.detail}`.slice(0, DETAIL_MAX), clock);
}

const withDoubt = (saga: Saga, step: Step, { nowMs }: Clock): Saga =>
  step === 'increase' || step === 'decrease' ? { ...saga, doubtedAtMs: nowMs } : saga;

const forward = (saga: Saga, { nowMs }: Clock): Saga => ({ ...saga, isStuck: false, failures: 0, dueAtMs: nowMs });

function again(saga: Saga, detail: string, { nowMs }: Clock): Saga {
  const pauseMs = Math.min(BACKOFF_MIN_MS * 2 ** Math.min(saga.failures, 10), BACKOFF_MAX_MS);
  return {
    ...saga,
    isStuck: false,
    failures: saga.failures + 1,
    detail: detail.slice(0, DETAIL_MAX),
    dueAtMs: nowMs + pauseMs,
  };
}

const stuck = (saga: Saga, detail: string, { nowMs }: Clock): Saga => ({
  ...saga,
  isStuck: true,
  failures: saga.failures + 1,
  detail: detail.slice(0, DETAIL_MAX),
  dueAtMs: nowMs + STUCK_MS,
});

const end = (saga: Saga, state: TransferState, detail: string): Saga => ({
  ...saga,
  state,
  isStuck: false,
  detail: detail.slice(0, DETAIL_MAX),
  dueAtMs: null,
});
