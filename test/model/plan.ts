import fc from 'fast-check';

/**
 * A history before it has names: what is asked for, by positions in small pools, so that fast-check can shrink it. The pools
 * are small on purpose: ids, rounds and players must meet. Who stands behind a position is in cast.ts.
 */

export type Via = 'stream' | 'unary';

/** What is changed when an earlier request is asked again. */
export const CHANGES = [
  'nothing',
  'amount',
  'win',
  'winId',
  'round',
  'game',
  'player',
  'kind',
  'currency',
  'session',
  'context',
  'provider',
] as const;
export type Change = (typeof CHANGES)[number];

export const FRESH_KINDS = [
  'bet',
  'win',
  'refund',
  'cancel',
  'finishRound',
  'balance',
  'authenticate',
  'status',
  'deposit',
  'withdrawal',
  'correction',
] as const;

export type Fresh = {
  type: 'fresh';
  via: Via;
  kind: (typeof FRESH_KINDS)[number];
  player: number;
  provider: number;
  transaction: number;
  amount: number;
  /** 0: none. */
  win: number;
  voidIfLate: boolean;
  currency: number;
  round: number;
  game: number;
  session: number;
  roundFinished: boolean | null;
  context: string;
};

/** An earlier request once more, as a retry, a mistake or an attack would. `of` counts back from the last. */
export type Again = { type: 'again'; via: Via; of: number; change: Change };
/** A cancel, a status or a finishround of what an earlier request named. */
export type About = { type: 'about'; via: Via; kind: 'cancel' | 'status' | 'finishRound'; of: number; change: Change };

export type Draft = Fresh | Again | About;

export type LimitField = 'betMax' | `${'loss' | 'stake'}${'Day' | 'Week' | 'Month'}`;

export type Setting =
  | { type: 'block'; player: number; blocked: boolean }
  | { type: 'limits'; player: number; limits: Partial<Record<LimitField, number>> }
  | { type: 'stop'; scope: number; added: boolean }
  | { type: 'game'; provider: number; game: number; enabled: boolean; vendor: number }
  | { type: 'closeSession'; session: number }
  | { type: 'expireSession'; session: number }
  /** Everything that a player has done moves back in time. */
  | { type: 'age'; player: number; days: number };

/** `frame`: in one frame of the stream, so each player's in order. `apart`: all at once, in no order. */
export type Turn =
  | { type: 'operations'; how: 'frame' | 'apart'; drafts: Draft[] }
  | { type: 'setting'; setting: Setting };
export type Plan = Turn[];

const via = fc.oneof(
  { weight: 3, arbitrary: fc.constant<Via>('stream') },
  { weight: 1, arbitrary: fc.constant<Via>('unary') },
);
const below = (count: number) => fc.nat({ max: count - 1 });
/** Mostly 0, the ordinary case; the others are the odd ones. */
const mostlyZero = (count: number, weight = 8) =>
  fc.oneof({ weight, arbitrary: fc.constant(0) }, { weight: 1, arbitrary: below(count) });

const weightedKind = fc.oneof(
  { weight: 12, arbitrary: fc.constant('bet' as const) },
  { weight: 5, arbitrary: fc.constant('win' as const) },
  { weight: 2, arbitrary: fc.constant('refund' as const) },
  { weight: 4, arbitrary: fc.constantFrom(...FRESH_KINDS) },
);

export const POOL = {
  players: 6,
  providers: 2,
  transactions: 30,
  amounts: 10,
  currencies: 5,
  rounds: 5,
  games: 4,
  sessions: 9,
};

const fresh: fc.Arbitrary<Fresh> = fc.record({
  type: fc.constant('fresh' as const),
  via,
  kind: weightedKind,
  player: fc.oneof({ weight: 6, arbitrary: below(2) }, { weight: 2, arbitrary: below(POOL.players) }),
  provider: mostlyZero(POOL.providers),
  transaction: below(POOL.transactions),
  amount: below(POOL.amounts),
  win: mostlyZero(POOL.amounts, 2),
  voidIfLate: fc.boolean(),
  currency: mostlyZero(POOL.currencies, 6),
  round: mostlyZero(POOL.rounds, 1),
  game: mostlyZero(POOL.games, 3),
  session: mostlyZero(POOL.sessions, 2),
  roundFinished: fc.constantFrom(null, false, true, true),
  context: fc.constantFrom('', '', '{"reason":"SPIN"}', '{"reason":"ö € 🎲"}'),
});

const change = fc.oneof(
  { weight: 6, arbitrary: fc.constant<Change>('nothing') },
  { weight: 4, arbitrary: fc.constantFrom(...CHANGES) },
);
const of = fc.oneof({ weight: 2, arbitrary: below(4) }, { weight: 1, arbitrary: below(40) });
const again: fc.Arbitrary<Again> = fc.record({ type: fc.constant('again' as const), via, of, change });
const about: fc.Arbitrary<About> = fc.record({
  type: fc.constant('about' as const),
  via,
  kind: fc.oneof(
    { weight: 6, arbitrary: fc.constant('cancel' as const) },
    { weight: 2, arbitrary: fc.constant('status' as const) },
    { weight: 3, arbitrary: fc.constant('finishRound' as const) },
  ),
  of,
  change: fc.oneof({ weight: 5, arbitrary: change }, { weight: 1, arbitrary: fc.constant<Change>('winId') }),
});

const draft: fc.Arbitrary<Draft> = fc.oneof(
  { weight: 10, arbitrary: fresh },
  { weight: 4, arbitrary: again },
  { weight: 4, arbitrary: about },
);

const days = (max: number) => fc.integer({ min: 1, max });

const limits = fc.record(
  {
    betMax: below(7),
    lossDay: below(7),
    lossWeek: below(7),
    lossMonth: below(7),
    stakeDay: below(7),
    stakeWeek: below(7),
    stakeMonth: below(7),
  },
  { requiredKeys: [] },
);

const setting: fc.Arbitrary<Setting> = fc.oneof(
  fc.record({ type: fc.constant('block' as const), player: below(4), blocked: fc.boolean() }),
  fc.record({ type: fc.constant('limits' as const), player: below(4), limits }),
  fc.record({ type: fc.constant('stop' as const), scope: below(6), added: fc.boolean() }),
  fc.record({
    type: fc.constant('game' as const),
    provider: below(POOL.providers),
    game: below(POOL.games),
    enabled: fc.boolean(),
    vendor: below(3),
  }),
  fc.record({ type: fc.constant('closeSession' as const), session: below(7) }),
  fc.record({ type: fc.constant('expireSession' as const), session: below(7) }),
  {
    weight: 3,
    arbitrary: fc.record({ type: fc.constant('age' as const), player: below(2), days: fc.oneof(days(8), days(40)) }),
  },
);

const settingTurn: fc.Arbitrary<Turn> = setting.map((value) => ({ type: 'setting', setting: value }));

/**
 * What the house is like when a history begins: often with several refusals at once for the players that most requests are about,
 * so that their precedence shows, and with limits that are soon reached.
 */
const beginning: fc.Arbitrary<Turn[]> = fc
  .tuple(
    maybe(fc.record({ type: fc.constant('limits' as const), player: below(2), limits })),
    maybe(fc.record({ type: fc.constant('limits' as const), player: below(2), limits })),
    maybe(fc.record({ type: fc.constant('block' as const), player: below(2), blocked: fc.constant(true) })),
    maybe(
      fc.record({
        type: fc.constant('stop' as const),
        scope: fc.constantFrom(2, 2, 2, 0, 1, 4),
        added: fc.constant(true),
      }),
    ),
    maybe(
      fc.record({
        type: fc.constant('game' as const),
        provider: fc.constant(0),
        game: fc.constantFrom(0, 0, 1),
        enabled: fc.constantFrom(false, false, true),
        vendor: fc.constantFrom(1, 1, 1, 0),
      }),
    ),
  )
  .map((settings) =>
    settings.flatMap((value): Turn[] => (value === null ? [] : [{ type: 'setting', setting: value }])),
  );

function maybe<T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | null> {
  return fc.oneof(fc.constant(null), arbitrary);
}

const alone = (only: Draft): Turn => ({ type: 'operations', how: 'apart', drafts: [only] });

/** A request, a change of the house, and what refers to the request: as when a day passes between a bet and its cancel. */
const story: fc.Arbitrary<Turn[]> = fc
  .tuple(fresh, setting, fc.oneof(again, about))
  .map(([first, change, last]) => [alone(first), { type: 'setting', setting: change }, alone({ ...last, of: 0 })]);

function planOf(turn: fc.Arbitrary<Turn>, maxTurns: number): fc.Arbitrary<Plan> {
  const part = fc.oneof(
    { weight: 9, arbitrary: turn.map((only) => [only]) },
    { weight: 1, arbitrary: settingTurn.map((only) => [only]) },
    { weight: 1, arbitrary: story },
  );
  return fc
    .tuple(beginning, fc.array(part, { maxLength: maxTurns, size: 'max' }))
    .map(([first, rest]) => [...first, ...rest.flat()]);
}

/** One request at a time. */
export const sequentialPlan = (maxTurns: number): fc.Arbitrary<Plan> => planOf(draft.map(alone), maxTurns);

/** Many requests at once. */
export const batchedPlan = (maxTurns: number, maxOperations: number): fc.Arbitrary<Plan> =>
  planOf(
    fc.record({
      type: fc.constant('operations' as const),
      how: fc.constantFrom('frame' as const, 'frame' as const, 'apart' as const),
      drafts: fc.array(draft, { minLength: 2, maxLength: maxOperations, size: 'max' }),
    }),
    maxTurns,
  );
