import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { type Operation, OperationKind, OperationSchema, type Outcome } from '../../gen/wallet/v1/money_pb.ts';
import { apply, decide } from './decide.ts';
import { transactionKey, userKey } from './keys.ts';
import type { Decision } from './outcome.ts';
import {
  type Account,
  type Counters,
  emptyState,
  type KnownTransaction,
  type LedgerRow,
  type Limits,
  type Player,
  type State,
  type Writes,
} from './state.ts';

// Builders for the core's tests. A test names what it is about; everything else is one open account in EUR at one operator.

/** A Wednesday, at noon. */
export const NOW_MS = Date.UTC(2026, 6, 15, 12);
export const OPERATOR = 'casino';
export const PROVIDER = 'platform';
export const PLAYER_ID = 1n;
export const START_UNITS = 10_000n;

export const NO_COUNTERS: Counters = {
  day: 0,
  stakeDayUnits: 0n,
  stakeWeekUnits: 0n,
  stakeMonthUnits: 0n,
  lossDayUnits: 0n,
  lossWeekUnits: 0n,
  lossMonthUnits: 0n,
};

export const NO_LIMITS: Limits = {
  betMaxUnits: null,
  stakeDayUnits: null,
  stakeWeekUnits: null,
  stakeMonthUnits: null,
  lossDayUnits: null,
  lossWeekUnits: null,
  lossMonthUnits: null,
};

/** One player, id 1, user `u1`, with 100.00 EUR and an empty ledger. */
export function testState(): State {
  const state = emptyState();
  putPlayer(state, {});
  return state;
}

export function putPlayer(state: State, player: Partial<Player>, account: Partial<Account> = {}): void {
  const playerId = player.playerId ?? PLAYER_ID;
  const whole: Player = {
    playerId,
    operatorId: OPERATOR,
    userId: `u${playerId}`,
    currencyCode: 'EUR',
    blocked: false,
    limits: null,
    identity: { userName: 'john_doe', displayName: 'John Doe', country: 'Germany', group: 'vip' },
    ...player,
  };
  state.playersById.set(playerId, whole);
  state.playersByUser.set(userKey(whole.operatorId, whole.userId), whole);
  putAccount(state, account, playerId);
}

/** Changes an account, or makes one. */
export function putAccount(state: State, account: Partial<Account>, playerId = PLAYER_ID): void {
  const before = state.accounts.get(playerId) ?? { balanceUnits: START_UNITS, seq: 0n, counters: NO_COUNTERS };
  state.accounts.set(playerId, { ...before, ...account });
}

/** As the operation of `bet()` left it, unless said otherwise. */
export function putTransaction(state: State, known: Partial<KnownTransaction>, id = 't1', provider = PROVIDER): void {
  const key = transactionKey(OPERATOR, provider, id);
  state.transactions.set(key, {
    playerId: PLAYER_ID,
    kind: 'bet',
    status: 'ok',
    reason: 0,
    amountUnits: 300n,
    currencyCode: 'EUR',
    roundId: 'r1',
    gameId: '200',
    balanceAfterUnits: 9_700n,
    createdAtMs: NOW_MS - 1_000,
    reversed: false,
    ...known,
  });
}

type OperationInit = Omit<MessageInitShape<typeof OperationSchema>, '$typeName'>;

export function operation(kind: OperationKind, more: OperationInit = {}): Operation {
  return create(OperationSchema, { ...MOVEMENT, kind, ...more });
}

const MOVEMENT: OperationInit = {
  id: 7,
  operatorId: OPERATOR,
  userId: 'u1',
  provider: PROVIDER,
  transactionId: 't1',
  amountUnits: 300n,
  currencyCode: 'EUR',
  roundId: 'r1',
  gameId: '200',
  context: '{"reason":"SPIN"}',
  requestId: 'req-1',
  occurredAtMs: 1_700_000_000_000n,
};

export const bet = (more: OperationInit = {}): Operation => operation(OperationKind.BET, more);
export const win = (more: OperationInit = {}): Operation => operation(OperationKind.WIN, more);
export const cancel = (more: OperationInit = {}): Operation =>
  operation(OperationKind.CANCEL, { amountUnits: 0n, currencyCode: '', context: '', ...more });

/** Decides at NOW_MS unless told otherwise, and leaves the state as it was. */
export const decided = (state: State, op: Operation, nowMs = NOW_MS): Decision => decide(state, op, nowMs);

/** Decides and carries the state over, as a lane does. */
export function play(state: State, op: Operation, nowMs = NOW_MS): Outcome {
  const { outcome, writes } = decide(state, op, nowMs);
  if (writes !== null) apply(state, writes);
  return outcome;
}

export function writesOf(decision: Decision): Writes {
  if (decision.writes === null) throw new Error('the decision writes nothing');
  return decision.writes;
}

export function rowOf(decision: Decision): LedgerRow {
  const { row } = writesOf(decision);
  if (row === undefined) throw new Error('the decision writes no row');
  return row;
}

export function accountOf(decision: Decision): Account {
  const { account } = writesOf(decision);
  if (account === undefined) throw new Error('the decision changes no account');
  return account;
}
