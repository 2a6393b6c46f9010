import fc from 'fast-check';
import { expect, test } from 'vitest';
import { type Operation, OperationKind, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { apply, decide } from './decide.ts';
import { brokenByAccount, brokenByRow, type CheckedRow, type Standing } from './invariants.ts';
import { transactionKey } from './keys.ts';
import { countMovement, dayOf } from './limits.ts';
import type { LedgerRow, State } from './state.ts';
import { NO_COUNTERS, NO_LIMITS, NOW_MS, operation, putPlayer, testState } from './test-state.ts';

/**
 * Any history at all: three players (one blocked, one in debt), few ids, rounds and games so that they meet again and again, and a
 * clock that goes on, across days and months, or stands still.
 */
const step = fc.record({
  kind: fc.constantFrom(...Object.values(OperationKind)),
  userId: fc.constantFrom('u1', 'u2', 'u3', 'nobody'),
  provider: fc.constantFrom('platform', 'cashier'),
  transactionId: fc.constantFrom('1', '2', '3', '4', '5', '6', '7', '8', '1+win', '2+win', '3+win'),
  amountUnits: fc.constantFrom(0n, 1n, 300n, 300n, 9_000n, 99_999n),
  winUnits: fc.constantFrom(0n, 0n, 500n, 501n),
  currencyCode: fc.constantFrom('', 'EUR', 'EUR', 'USD'),
  roundId: fc.constantFrom('r1', 'r1', 'r2', ''),
  gameId: fc.constantFrom('200', '200', '201'),
  roundFinished: fc.constantFrom(true, false),
  waitMs: fc.constantFrom(0, 1_000, 40_000_000, 900_000_000),
});
type Step = typeof step extends fc.Arbitrary<infer S> ? S : never;

const PLAYER_IDS = [1n, 2n, 3n];

function startState(): State {
  const state = testState();
  putPlayer(state, { playerId: 2n, limits: { ...NO_LIMITS, lossDayUnits: 500n, betMaxUnits: 9_000n } });
  putPlayer(state, { playerId: 3n, blocked: true });
  for (const playerId of PLAYER_IDS) state.accounts.set(playerId, { balanceUnits: 0n, seq: 0n, counters: NO_COUNTERS });
  state.games.set('platform:201', { enabled: false, vendor: '', pinned: false });
  return state;
}

/** A correction may debit; every other amount is as it came. */
function operationOf({ waitMs: _, ...wanted }: Step, index: number): Operation {
  const sign = wanted.kind === OperationKind.CORRECTION && index % 2 === 0 ? -1n : 1n;
  const winUnits = wanted.kind === OperationKind.BET ? wanted.winUnits : 0n;
  return operation(wanted.kind, { ...wanted, winUnits, amountUnits: wanted.amountUnits * sign });
}

type History = { rows: LedgerRow[]; state: State };

/** Runs the history as a lane does, and lets `check` see each decision. */
function run(steps: readonly Step[], check: (op: Operation, state: State, nowMs: number) => void = () => {}): History {
  const state = startState();
  const rows: LedgerRow[] = [];
  let nowMs = NOW_MS;
  steps.forEach((each, index) => {
    nowMs += each.waitMs;
    const op = operationOf(each, index);
    check(op, state, nowMs);
    const { writes } = decide(state, op, nowMs);
    if (writes === null) return;
    if (writes.row !== undefined) rows.push(writes.row);
    if (writes.winRow !== undefined) rows.push(writes.winRow);
    apply(state, writes);
  });
  return { rows, state };
}

const histories = fc.array(step, { minLength: 1, maxLength: 60 });
const keyOf = (row: LedgerRow): string => transactionKey(row.operatorId, row.provider, row.transactionId);

test('keeps every invariant of the ledger', () => {
  fc.assert(
    fc.property(histories, (steps) => {
      const { rows, state } = run(steps);
      for (const playerId of PLAYER_IDS) {
        const end: Standing = { playerId, currencyCode: 'EUR', seq: 0n, balanceUnits: 0n };
        for (const row of rows.filter((each) => each.playerId === playerId)) {
          expect(brokenByRow(end, checked(row, rows))).toEqual([]);
          end.seq = row.seq;
          end.balanceUnits = row.balanceAfterUnits;
        }
        const account = state.accounts.get(playerId);
        expect(account && brokenByAccount(end, account)).toEqual([]);
      }
    }),
  );
});

function checked(row: LedgerRow, rows: readonly LedgerRow[]): CheckedRow {
  const original = rows.find((each) => !each.isReversal && keyOf(each) === keyOf(row)) ?? null;
  return { ...row, original: row.isReversal ? original : null };
}

test('makes and loses no money: what players hold is what the house gave', () => {
  fc.assert(
    fc.property(histories, (steps) => {
      const { rows, state } = run(steps);
      const balances = new Map<string, bigint>();
      const add = (account: string, units: bigint) => balances.set(account, (balances.get(account) ?? 0n) + units);
      for (const row of rows) {
        const units = row.amountUnits < 0n ? -row.amountUnits : row.amountUnits;
        if (row.debitAccount !== '') add(row.debitAccount, -units);
        if (row.creditAccount !== '') add(row.creditAccount, units);
      }
      const held = PLAYER_IDS.reduce((sum, id) => sum + (state.accounts.get(id)?.balanceUnits ?? 0n), 0n);
      expect(balances.get('player') ?? 0n).toBe(held);
      expect([...balances.values()].reduce((sum, units) => sum + units, 0n)).toBe(0n);
    }),
  );
});

test('gives an id one transaction and one reversal at most', () => {
  fc.assert(
    fc.property(histories, (steps) => {
      const { rows } = run(steps);
      const ids = rows.map((row) => `${keyOf(row)} ${row.isReversal}`);
      expect(new Set(ids).size).toBe(ids.length);
    }),
  );
});

test('writes a win that came with its bet right behind it', () => {
  fc.assert(
    fc.property(histories, (steps) => {
      run(steps, (op, state, nowMs) => {
        const { outcome, writes } = decide(state, op, nowMs);
        if (writes?.row === undefined || op.winUnits === 0n || outcome.reason !== Reason.UNSPECIFIED) {
          expect(writes?.winRow).toBeUndefined();
          return;
        }
        expect(writes.winRow).toMatchObject({
          transactionId: `${op.transactionId}+win`,
          kind: 'win',
          seq: writes.row.seq + 1n,
          balanceAfterUnits: writes.row.balanceAfterUnits + op.winUnits,
        });
        expect(writes.account).toMatchObject({ seq: writes.winRow?.seq, balanceUnits: outcome.balanceUnits });
      });
    }),
  );
});

test('only ever overdraws by a cancel or a correction', () => {
  fc.assert(
    fc.property(histories, (steps) => {
      for (const row of run(steps).rows) {
        const mayTakeMore = row.kind === 'reversal' || row.kind === 'correction';
        if (row.debitAccount === 'player' && !mayTakeMore) expect(row.balanceAfterUnits).toBeGreaterThanOrEqual(0n);
      }
    }),
  );
});

test('counts stakes and losses without what was canceled', () => {
  fc.assert(
    fc.property(histories, (steps) => {
      const { rows, state } = run(steps);
      const canceled = new Set(rows.filter((row) => row.isReversal).map(keyOf));
      for (const playerId of PLAYER_IDS) {
        const moved = rows.filter((row) => row.playerId === playerId && row.status === 'ok' && !row.isReversal);
        const counters = moved.reduce((so, row) => {
          const units = canceled.has(keyOf(row)) ? 0n : row.amountUnits;
          const stakeUnits = row.kind === 'bet' ? units : 0n;
          const lossUnits = row.kind === 'win' || row.kind === 'refund' ? -units : stakeUnits;
          return countMovement(so, dayOf(row.createdAtMs), stakeUnits, lossUnits);
        }, NO_COUNTERS);
        expect(state.accounts.get(playerId)?.counters).toEqual(counters);
      }
    }),
  );
});

test('decides alike on the same state, and leaves it as it was', () => {
  fc.assert(
    fc.property(histories, (steps) => {
      run(steps, (op, state, nowMs) => {
        const before = structuredClone(state);
        const first = decide(state, op, nowMs);
        expect(state).toEqual(before);
        expect(decide(state, op, nowMs)).toEqual(first);
      });
    }),
    { numRuns: 30 },
  );
});

/** Faults of the moment may pass; everything else is final. */
const PASSING: ReadonlySet<Reason> = new Set([
  Reason.PLAYER_NOT_FOUND,
  Reason.SESSION_INVALID,
  Reason.BALANCE_OUT_OF_RANGE,
  Reason.INVALID_ARGUMENT,
]);
const MOVEMENTS: ReadonlySet<OperationKind> = new Set([
  OperationKind.BET,
  OperationKind.WIN,
  OperationKind.REFUND,
  OperationKind.CANCEL,
  OperationKind.FINISH_ROUND,
  OperationKind.DEPOSIT,
  OperationKind.WITHDRAWAL,
  OperationKind.CORRECTION,
]);

test('answers what comes again at once as it did before, and writes nothing', () => {
  fc.assert(
    fc.property(histories, (steps) => {
      run(steps, (op, state, nowMs) => {
        if (!MOVEMENTS.has(op.kind)) return;
        const copy = structuredClone(state);
        const first = decide(copy, op, nowMs);
        if (first.writes === null || PASSING.has(first.outcome.reason)) return;
        apply(copy, first.writes);
        expect(decide(copy, op, nowMs + 1)).toEqual({ outcome: { ...first.outcome, replayed: true }, writes: null });
      });
    }),
    { numRuns: 30 },
  );
});
