import { type Operation, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { gameKey, roundKey, stopKey, transactionKey, userKey } from './keys.ts';
import { reasonName } from './reasons.ts';
import type { KnownTransaction, State } from './state.ts';
import { NO_LIMITS, OPERATOR, PLAYER_ID, PROVIDER, putAccount, putPlayer, putTransaction } from './test-state.ts';

/** What makes an operation of user `u1` under id `t1` be refused, each by itself; any two of them hold at once. */
export type Cause = { reason: Reason; prepare?: (state: State) => void; change?: (operation: Operation) => void };

const KEY = transactionKey(OPERATOR, PROVIDER, 't1');

/** Changes what is known under the id; where nothing is, a bet that another operation could not have made is put there. */
function amendKnown(state: State, change: Partial<KnownTransaction>): void {
  putTransaction(state, { ...state.transactions.get(KEY), ...change });
}

function amendPlayer(state: State, change: Parameters<typeof putPlayer>[1]): void {
  putPlayer(state, { ...state.playersById.get(PLAYER_ID), ...change }, state.accounts.get(PLAYER_ID));
}

export const CANCELED: Cause = {
  reason: Reason.TRANSACTION_CANCELED,
  prepare: (state) => amendKnown(state, { reversed: true }),
};

export const DUPLICATE: Cause = {
  reason: Reason.DUPLICATE_TRANSACTION,
  prepare: (state) => amendKnown(state, { amountUnits: 4_444n }),
};

export const NO_PLAYER: Cause = {
  reason: Reason.PLAYER_NOT_FOUND,
  prepare: (state) => void state.playersByUser.delete(userKey(OPERATOR, 'u1')),
};

export const NO_SESSION: Cause = {
  reason: Reason.SESSION_INVALID,
  change: (operation) => {
    operation.sessionToken = 'unknown-token';
  },
};

export const BLOCKED: Cause = {
  reason: Reason.PLAYER_BLOCKED,
  prepare: (state) => amendPlayer(state, { blocked: true }),
};

export const STOPPED: Cause = {
  reason: Reason.PLAY_STOPPED,
  prepare: (state) => void state.stops.add(stopKey('all', '')),
};

export const OTHER_CURRENCY: Cause = {
  reason: Reason.CURRENCY_MISMATCH,
  change: (operation) => {
    operation.currencyCode = 'USD';
  },
};

export const GAME_OFF: Cause = {
  reason: Reason.GAME_DISABLED,
  prepare: (state) => void state.games.set(gameKey(PROVIDER, '200'), { enabled: false, vendor: '', pinned: false }),
};

export const ROUND_OVER: Cause = {
  reason: Reason.ROUND_CLOSED,
  prepare: (state) => void state.rounds.set(roundKey(PLAYER_ID, PROVIDER, 'r1'), { finished: true, closed: true }),
};

export const OVER_LIMIT: Cause = {
  reason: Reason.LIMIT_REACHED,
  prepare: (state) => amendPlayer(state, { limits: { ...NO_LIMITS, betMaxUnits: 1n } }),
};

export const NO_FUNDS: Cause = {
  reason: Reason.INSUFFICIENT_FUNDS,
  prepare: (state) => putAccount(state, { balanceUnits: 2n }),
};

/** Every two of `causes`, which stand in order of precedence. */
export function pairsOf(causes: readonly Cause[]): { first: Cause; second: Cause; name: string }[] {
  return causes.flatMap((first, index) =>
    causes
      .slice(index + 1)
      .map((second) => ({ first, second, name: `${reasonName(first.reason)} before ${reasonName(second.reason)}` })),
  );
}

/** Lets the causes hold, whichever comes first: a player who is not there is taken away at the end. */
export function cause(state: State, operation: Operation, causes: readonly Cause[]): void {
  const inOrder = [...causes].sort((a, b) => Number(a === NO_PLAYER) - Number(b === NO_PLAYER));
  for (const { prepare, change } of inOrder) {
    prepare?.(state);
    change?.(operation);
  }
}
