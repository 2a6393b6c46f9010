import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  applyEvent,
  beforeStep,
  ENDS,
  nextStep,
  type Saga,
  type Step,
  type StepEvent,
  settle,
  unsettledMs,
} from './transfer-saga.ts';

const SETTLE_MS = 60_000;
const clock = { nowMs: 1_000_000, settleMs: SETTLE_MS };

const saga = (over: Partial<Saga>): Saga => ({
  direction: 'in',
  state: 'started',
  amountUnits: 500n,
  doubtedAtMs: null,
  isStuck: false,
  failures: 0,
  detail: '',
  dueAtMs: 0,
  ...over,
});

describe('each step, and what may come of it', () => {
  const failure = (code: string): StepEvent => ({ type: 'failure', code });
  const refused: StepEvent = { type: 'refused', reason: 'LIMIT_REACHED' };
  const unknown: StepEvent = { type: 'unknown', detail: 'no answer' };
  const notDone: StepEvent = { type: 'not_done', detail: 'no connection' };
  const [IN, OUT] = [{ direction: 'in' }, { direction: 'out' }] as const;
  const NEW = clock.nowMs - 1;
  const OLD = clock.nowMs - SETTLE_MS;

  const cases: [Partial<Saga>, Step, StepEvent, Partial<Saga>][] = [
    [{ ...IN }, 'debit', { type: 'done' }, { state: 'debited', dueAtMs: clock.nowMs }],
    [{ ...IN }, 'debit', refused, { state: 'refused', detail: 'LIMIT_REACHED', dueAtMs: null }],
    [{ ...IN }, 'debit', unknown, { state: 'started', doubtedAtMs: null, dueAtMs: clock.nowMs + 1_000 }],
    [{ ...IN, failures: 20 }, 'debit', unknown, { state: 'started', dueAtMs: clock.nowMs + 60_000 }],
    [{ ...IN, state: 'debited' }, 'increase', { type: 'done' }, { state: 'done', dueAtMs: null }],
    [{ ...IN, state: 'debited' }, 'increase', unknown, { state: 'debited', doubtedAtMs: clock.nowMs }],
    [{ ...IN, state: 'debited' }, 'increase', notDone, { state: 'debited', doubtedAtMs: null }],
    [{ ...IN, state: 'debited', doubtedAtMs: OLD }, 'increase', notDone, { state: 'debited', doubtedAtMs: OLD }],
    [
      { ...IN, state: 'debited' },
      'increase',
      failure('hall_not_exist'),
      { state: 'refunding', detail: 'hall_not_exist' },
    ],
    [
      { ...IN, state: 'debited' },
      'increase',
      failure('unknown_code'),
      { state: 'debited', isStuck: true, doubtedAtMs: clock.nowMs },
    ],
    [
      { ...IN, state: 'debited', doubtedAtMs: OLD },
      'increase',
      failure('hall_not_exist'),
      { state: 'debited', isStuck: true, doubtedAtMs: OLD, dueAtMs: clock.nowMs + 300_000 },
    ],
    [
      { ...IN, state: 'debited', doubtedAtMs: NEW },
      'increase',
      failure('too_low_hall_balance'),
      { state: 'debited', isStuck: false, dueAtMs: NEW + SETTLE_MS },
    ],
    [
      { ...IN, state: 'debited', doubtedAtMs: OLD },
      'increase',
      failure('too_low_hall_balance'),
      { state: 'refunding' },
    ],
    [
      { ...IN, state: 'debited' },
      'increase',
      failure('previous_payments_not_finished'),
      { state: 'debited', isStuck: false, dueAtMs: clock.nowMs + 1_000 },
    ],
    [{ ...IN, state: 'refunding', detail: 'x' }, 'undo', { type: 'done' }, { state: 'refunded', detail: 'x' }],
    [{ ...IN, state: 'refunding' }, 'undo', refused, { state: 'refunding', isStuck: true }],
    [
      { ...OUT, amountUnits: 0n },
      'read_balance',
      { type: 'balance', units: 70n },
      { state: 'started', amountUnits: 70n },
    ],
    [
      { ...OUT, amountUnits: 0n },
      'read_balance',
      { type: 'balance', units: 0n },
      { state: 'refused', amountUnits: 0n },
    ],
    [
      { ...OUT, amountUnits: 0n },
      'read_balance',
      { type: 'balance', units: 1_000_000_000_000_000_000n },
      { state: 'refused', amountUnits: 0n },
    ],
    [{ ...OUT, amountUnits: 0n }, 'read_balance', failure('user_not_isset'), { state: 'refused' }],
    [{ ...OUT, amountUnits: 0n }, 'read_balance', unknown, { state: 'started', doubtedAtMs: null }],
    [{ ...OUT }, 'decrease', { type: 'done' }, { state: 'decreased', dueAtMs: clock.nowMs }],
    [
      { ...OUT },
      'decrease',
      failure('wrong_incoming_data'),
      { state: 'started', isStuck: true, doubtedAtMs: clock.nowMs },
    ],
    [{ ...OUT }, 'decrease', failure('terminal_balance_too_low'), { state: 'refused', dueAtMs: null }],
    [{ ...OUT }, 'decrease', failure('user_not_isset'), { state: 'refused', dueAtMs: null }],
    [{ ...OUT, doubtedAtMs: OLD }, 'decrease', failure('wrong_signature'), { state: 'started', isStuck: true }],
    [{ ...OUT, state: 'decreased' }, 'credit', { type: 'done' }, { state: 'done', dueAtMs: null }],
    [{ ...OUT, state: 'decreased' }, 'credit', refused, { state: 'decreased', isStuck: true }],
    [{ ...OUT, state: 'decreased', isStuck: true }, 'credit', unknown, { state: 'decreased', isStuck: false }],
  ];
  test.each(cases)('%o %s %o', (over, step, event, expected) => {
    const before = saga(over);
    expect(nextStep(before)).toBe(step);
    expect(applyEvent(before, step, event, clock)).toMatchObject(expected);
  });

  test('at its end there is nothing to do', () => {
    expect(ENDS.map((state) => nextStep(saga({ state })))).toEqual([null, null, null]);
  });
});

describe('settled by a person', () => {
  const stuckAt = (over: Partial<Saga>) => saga({ isStuck: true, detail: 'unknown_code', ...over });

  test('it goes on from what they say, without asking StarGame again', () => {
    const into = stuckAt({ state: 'debited' });
    expect(settle(into, true, clock)).toMatchObject({ state: 'done', isStuck: false, dueAtMs: null });
    expect(settle(into, false, clock)).toMatchObject({ state: 'refunding', isStuck: false, dueAtMs: clock.nowMs });
    const out = stuckAt({ direction: 'out' });
    expect(settle(out, true, clock)).toMatchObject({ state: 'decreased', isStuck: false, dueAtMs: clock.nowMs });
    expect(settle(out, false, clock)).toMatchObject({ state: 'refused', isStuck: false, dueAtMs: null });
  });

  test('only where it is stuck at StarGame', () => {
    expect(settle(saga({ state: 'debited' }), true, clock)).toBeNull();
    for (const state of ['refunding', 'started'] as const) expect(settle(stuckAt({ state }), true, clock)).toBeNull();
    expect(settle(stuckAt({ direction: 'out', state: 'decreased' }), false, clock)).toBeNull();
    expect(settle(stuckAt({ direction: 'out', amountUnits: 0n }), false, clock)).toBeNull();
  });

  test('not while a request may be on its way', () => {
    expect(unsettledMs(saga({}), clock)).toBe(0);
    expect(unsettledMs(saga({ doubtedAtMs: clock.nowMs - 1 }), clock)).toBe(SETTLE_MS - 1);
    expect(unsettledMs(saga({ doubtedAtMs: clock.nowMs - SETTLE_MS }), clock)).toBe(0);
  });
});

/**
 * Both sides as they are: the wallet knows transactions by id, StarGame knows operations by id; packets get lost, are late, are answered by
 * something in front, and the process dies at any moment.
 */
class World {
  nowMs = 0;
  /** What came to the terminal. */
  movedUnits = 0n;
  readonly money = { player: 1_000n, terminal: 300n, hall: 600n };
  #bet: 'none' | 'ok' | 'refused' | 'canceled' = 'none';
  #isWon = false;
  isMoved = false;
  #late: { atMs: number; packet: Packet }[] = [];

  wait(untilMs: number): void {
    this.nowMs = Math.max(this.nowMs, untilMs);
    const due = this.#late.filter(({ atMs }) => atMs <= this.nowMs);
    this.#late = this.#late.filter(({ atMs }) => atMs > this.nowMs);
    for (const { packet } of due) this.#move(packet);
  }

  delay(packet: Packet, ms: number): void {
    this.#late.push({ atMs: this.nowMs + ms, packet });
  }

  /** `packet`: as it was before the step was begun. */
  do(step: Step, packet: Packet): StepEvent {
    switch (step) {
      case 'debit':
        if (this.#bet === 'none') this.#bet = packet.amountUnits > this.money.player ? 'refused' : 'ok';
        else return this.#bet === 'ok' ? { type: 'done' } : { type: 'refused', reason: this.#bet };
        if (this.#bet === 'refused') return { type: 'refused', reason: this.#bet };
        this.money.player -= packet.amountUnits;
        return { type: 'done' };
      case 'undo':
        if (this.#bet === 'ok') this.money.player += packet.amountUnits;
        this.#bet = 'canceled';
        return { type: 'done' };
      case 'credit':
        if (!this.#isWon) this.money.player += packet.amountUnits;
        this.#isWon = true;
        return { type: 'done' };
      case 'read_balance':
        return { type: 'balance', units: this.money.terminal };
      case 'decrease':
        // The balance is read before it is asked for first.
        if (packet.doubtedAtMs === null && packet.amountUnits > this.money.terminal) {
          return { type: 'failure', code: 'terminal_balance_too_low' };
        }
        return this.#move(packet);
      case 'increase':
        return this.#move(packet);
    }
  }

  #move({ direction, amountUnits }: Packet): StepEvent {
    if (this.isMoved) return { type: 'done' };
    const isIn = direction === 'in';
    if (isIn && amountUnits > this.money.hall) return { type: 'failure', code: 'too_low_hall_balance' };
    if (!isIn && amountUnits > this.money.terminal) return { type: 'failure', code: 'wrong_incoming_data' };
    this.money.hall -= isIn ? amountUnits : -amountUnits;
    this.money.terminal += isIn ? amountUnits : -amountUnits;
    this.movedUnits += isIn ? amountUnits : -amountUnits;
    this.isMoved = true;
    return { type: 'done' };
  }
}

type Packet = Pick<Saga, 'direction' | 'amountUnits' | 'doubtedAtMs'>;

const LEASE_MS = 60_000;
const CODES = ['wrong_signature', 'hall_not_exist', 'user_not_isset', 'previous_payments_not_finished', 'unknown_code'];

const move = fc.oneof(
  { weight: 3, arbitrary: fc.constant({ kind: 'ok' } as const) },
  fc.constant({ kind: 'lost_reply' } as const),
  fc.constant({ kind: 'lost_request' } as const),
  fc.constant({ kind: 'not_sent' } as const),
  {
    weight: 2,
    arbitrary: fc.record({ kind: fc.constant('late' as const), ms: fc.integer({ min: 1, max: SETTLE_MS }) }),
  },
  fc.record({ kind: fc.constant('code' as const), code: fc.constantFrom(...CODES) }),
  fc.constant({ kind: 'done_and_odd_code' } as const),
  fc.constant({ kind: 'done_and_inner_error' } as const),
  fc.constant({ kind: 'dies_before' } as const),
  fc.constant({ kind: 'dies_after' } as const),
  fc.record({ kind: fc.constant('hall' as const), units: fc.bigInt({ min: 0n, max: 1_000n }) }),
  fc.record({ kind: fc.constant('terminal' as const), units: fc.bigInt({ min: 0n, max: 1_000n }) }),
);
type Move = typeof move extends fc.Arbitrary<infer M> ? M : never;

/** One try at the step. */
function attempt(world: World, before: Saga, step: Step, what: Move): Saga {
  const kept = beforeStep(before, step, world.nowMs);
  const isRemote = step === 'increase' || step === 'decrease' || step === 'read_balance';
  const then = (event: StepEvent): Saga => applyEvent(before, step, event, { nowMs: world.nowMs, settleMs: SETTLE_MS });
  const died: Saga = { ...kept, dueAtMs: world.nowMs + LEASE_MS };
  switch (what.kind) {
    case 'lost_reply':
      world.do(step, before);
      return then({ type: 'unknown', detail: '' });
    case 'lost_request':
      return then({ type: 'unknown', detail: '' });
    case 'not_sent':
      return then({ type: 'not_done', detail: '' });
    case 'late':
      if (isRemote && step !== 'read_balance') world.delay(before, what.ms);
      return then({ type: 'unknown', detail: '' });
    case 'code':
      return isRemote ? then({ type: 'failure', code: what.code }) : then({ type: 'unknown', detail: '' });
    case 'done_and_odd_code':
      world.do(step, before);
      return then(isRemote ? { type: 'failure', code: 'unknown_code' } : { type: 'unknown', detail: '' });
    case 'done_and_inner_error': {
      // Only who makes the change gets it: a packet that is sent again finds it made.
      const wasMoved = world.isMoved;
      const event = world.do(step, before);
      return then(world.isMoved && !wasMoved ? { type: 'failure', code: 'wrong_incoming_data' } : event);
    }
    case 'dies_before':
      return died;
    case 'dies_after':
      world.do(step, before);
      return died;
    default:
      return then(world.do(step, before));
  }
}

test('whatever happens, and whenever the process dies: at its end the money is on one side, once', () => {
  fc.assert(
    fc.property(
      fc.constantFrom('in', 'out'),
      fc.constantFrom(0n, 1n, 250n, 700n, 2_000n),
      fc.array(move, { maxLength: 12 }),
      (direction, amount, moves) => {
        const amountUnits = direction === 'in' && amount === 0n ? 1n : amount;
        const world = new World();
        let total = world.money.terminal + world.money.hall;
        const playerBefore = world.money.player;
        let current = saga({ direction, amountUnits });
        for (let tries = 0; tries < 200; tries += 1) {
          const step = nextStep(current);
          if (step === null) break;
          world.wait(current.dueAtMs ?? 0);
          const what = moves[tries] ?? ({ kind: 'ok' } as const);
          if (what.kind === 'hall' || what.kind === 'terminal') {
            // Others move money there, too.
            total += what.units - world.money[what.kind];
            world.money[what.kind] = what.units;
          }
          current = attempt(world, current, step, what);
        }
        // What can't be told by asking, a person has found out.
        world.wait(world.nowMs + SETTLE_MS);
        const clock = { nowMs: world.nowMs, settleMs: SETTLE_MS };
        current = settle(current, world.isMoved, clock) ?? current;
        for (let step = nextStep(current); step !== null; step = nextStep(current)) {
          current = attempt(world, current, step, { kind: 'ok' });
        }
        // What was refused for want of money would find some by now.
        for (const side of ['hall', 'terminal'] as const) {
          world.money[side] += 10_000n;
          total += 10_000n;
        }
        world.wait(world.nowMs + 10 * SETTLE_MS);
        expect(ENDS).toContain(current.state);
        expect(current.dueAtMs).toBeNull();
        const { money } = world;
        const moved = current.state === 'done' ? current.amountUnits : 0n;
        expect(money.player - playerBefore).toBe(direction === 'in' ? -moved : moved);
        expect(money.terminal + money.hall).toBe(total);
        expect(world.movedUnits).toBe(direction === 'in' ? moved : -moved);
      },
    ),
    { numRuns: 3_000 },
  );
});
