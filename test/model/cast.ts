import type { Change, Draft, Fresh, Via } from './plan.ts';
import type { Operation, OperationKind } from './types.ts';

/** Who and what stands behind a plan's positions. Names are of one run only, so that histories share a database. */
export type Cast = ReturnType<typeof createCast>;

/** Deposits, withdrawals and corrections have their ids among themselves, and are not canceled but corrected. */
export const CASHIER = 'cashier';

const TRANSFERS: ReadonlySet<OperationKind> = new Set(['deposit', 'withdrawal', 'correction']);

const MAX_UNITS = 999_999_999_999_999_999n;
/** With one that fills a balance of 9000 to the brim. */
export const AMOUNTS_UNITS = [
  100n,
  1n,
  0n,
  250n,
  1_000n,
  2_500n,
  9_000n,
  40_000n,
  MAX_UNITS - 9_000n,
  MAX_UNITS,
] as const;

export function createCast(run: string) {
  const operatorIds = [`m${run}-a`, `m${run}-b`] as const;
  const player = (operator: 0 | 1, userId: string, currencyCode: string) => ({
    operatorId: operatorIds[operator],
    userId,
    currencyCode,
  });
  const known = [
    player(0, 'anna', 'EUR'),
    player(0, 'bert', 'EUR'),
    player(0, 'Zoë', 'USD'),
    // The same user id at another operator is another player.
    player(1, 'anna', 'EUR'),
  ] as const;
  return {
    operatorIds,
    known,
    players: [...known, player(0, 'nobody', 'EUR'), { operatorId: 'nowhere', userId: 'anna', currencyCode: 'EUR' }],
    providers: [`p${run}`, `q${run}`] as const,
    vendors: ['', `studio-${run}`, `maker-${run}`] as const,
    // Longer than 2^53 and 2^64 hold, and differing only in letter case or the last digit.
    transactionIds: Array.from({ length: 30 }, (_, i) => (i % 3 === 0 ? `1844674407370955161${i + 10}` : `t${i}`)),
    currencies: ['', 'USD', 'own', 'USD', 'EUR'] as const,
    roundIds: ['r1', 'r2', 'R2', '99999999999999999999', ''] as const,
    gameIds: ['200', '201', '400', 'unlisted'] as const,
    /** Two of the first two players each, one of the others; closing and expiring happens to them. */
    sessions: [0, 0, 1, 1, 2, 3, 3].map((owner, i) => ({ owner, token: `${run}session${i}`.padEnd(24, 'x') })),
    unknownToken: `${run}unknown`.padEnd(24, 'x'),
  };
}

export type CastRequest = {
  /** What is sent. */
  operation: Operation;
  via: Via;
  /** With what the kind does not carry, for later drafts that build on this one. */
  whole: Operation;
};

/** A draft as a request, or null where it builds on an earlier one and there is none. */
export function cast(names: Cast, draft: Draft, earlier: readonly Operation[]): CastRequest | null {
  const whole = wholeOf(names, draft, earlier);
  if (whole === null) return null;
  const operation = shape(names, whole);
  return { operation, via: viaPossible(draft.via, operation), whole };
}

function wholeOf(names: Cast, draft: Draft, earlier: readonly Operation[]): Operation | null {
  if (draft.type === 'fresh') return fromScratch(names, draft);
  const model = earlier.at(-1 - draft.of) ?? earlier[0];
  if (model === undefined) return null;
  return changed(names, draft.change, draft.type === 'again' ? model : { ...model, kind: draft.kind });
}

function fromScratch(names: Cast, draft: Fresh): Operation {
  const player = at(names.players, draft.player);
  const isTransfer = TRANSFERS.has(draft.kind);
  const amountUnits = at(AMOUNTS_UNITS, draft.amount);
  return {
    kind: draft.kind,
    operatorId: player.operatorId,
    userId: player.userId,
    provider: isTransfer ? CASHIER : at(names.providers, draft.provider),
    transactionId: at(names.transactionIds, draft.transaction),
    amountUnits: draft.kind === 'correction' && draft.round % 2 === 1 ? -amountUnits : amountUnits,
    winUnits: draft.win === 0 ? 0n : at(AMOUNTS_UNITS, draft.win),
    voidIfLate: draft.voidIfLate,
    currencyCode: currencyOf(names, draft.currency, player.currencyCode),
    roundId: at(names.roundIds, draft.round),
    gameId: at(names.gameIds, draft.game),
    sessionToken: tokenOf(names, draft),
    roundFinished: draft.roundFinished,
    context: draft.context,
  };
}

/** What requests of each kind carry: the rest is emptied, as no field may matter that a kind does not have. */
function shape(names: Cast, asked: Operation): Operation {
  const isOthers = asked.provider === CASHIER && !TRANSFERS.has(asked.kind);
  const own = isOthers ? { ...asked, provider: names.providers[0] } : asked;
  const operation = own.kind === 'bet' ? own : { ...own, winUnits: 0n, voidIfLate: false };
  const bare = { ...operation, amountUnits: 0n, currencyCode: '', sessionToken: null, context: '' };
  switch (operation.kind) {
    case 'bet':
    case 'win':
    case 'refund':
      return { ...operation, amountUnits: magnitude(operation.amountUnits) };
    case 'deposit':
    case 'withdrawal':
    case 'correction':
      return {
        ...operation,
        provider: CASHIER,
        amountUnits: transferUnits(operation),
        roundId: '',
        gameId: '',
        sessionToken: null,
        roundFinished: null,
        context: '',
      };
    case 'cancel':
      return { ...bare, context: operation.context };
    case 'finishRound':
      // A round has a name; what has none can't be finished.
      return { ...bare, roundId: operation.roundId === '' ? 'r1' : operation.roundId, transactionId: '' };
    case 'status':
      return { ...bare, roundId: '', gameId: '', roundFinished: null };
    case 'balance':
      return { ...operation, amountUnits: 0n, transactionId: '', roundFinished: null, context: '' };
    case 'authenticate':
      return { ...bare, sessionToken: operation.sessionToken ?? '', userId: '', transactionId: '', roundId: '' };
  }
}

function transferUnits({ kind, amountUnits }: Operation): bigint {
  if (amountUnits === 0n) return 700n;
  return kind === 'correction' ? amountUnits : magnitude(amountUnits);
}

const magnitude = (units: bigint): bigint => (units < 0n ? -units : units);

function changed(names: Cast, change: Change, model: Operation): Operation {
  switch (change) {
    case 'nothing':
      return model;
    case 'amount':
      return { ...model, amountUnits: model.amountUnits + (model.amountUnits > 0n ? -1n : 1n) };
    case 'win':
      return { ...model, winUnits: model.winUnits + (model.winUnits > 0n ? -1n : 1n) };
    case 'winId':
      return { ...model, transactionId: withOrWithoutSuffix(model.transactionId) };
    case 'round':
      return { ...model, roundId: model.roundId === 'r1' ? 'r2' : 'r1' };
    case 'game':
      return { ...model, gameId: model.gameId === '200' ? '201' : '200' };
    case 'player': {
      const other = names.known[0].userId === model.userId ? names.known[1] : names.known[0];
      return { ...model, userId: other.userId };
    }
    case 'kind':
      return { ...model, kind: model.kind === 'bet' ? 'win' : 'bet' };
    case 'currency':
      return { ...model, currencyCode: model.currencyCode === 'EUR' ? 'USD' : 'EUR' };
    case 'session':
      return { ...model, sessionToken: model.sessionToken === null ? names.unknownToken : null };
    case 'context':
      return { ...model, context: '{"again":true}', roundFinished: model.roundFinished === null ? true : null };
    case 'provider':
      return { ...model, provider: model.provider === names.providers[0] ? names.providers[1] : names.providers[0] };
  }
}

/** The id of the win that comes with this bet, or of the bet that this win came with. */
const withOrWithoutSuffix = (id: string): string => (id.endsWith('+win') ? id.slice(0, -4) : `${id}+win`);

function currencyOf(names: Cast, position: number, own: string): string {
  const currencyCode = at(names.currencies, position);
  return currencyCode === 'own' ? own : currencyCode;
}

/** 0: no session named; 1: the player's first; then each by position, an unknown one, and an empty one. */
function tokenOf(names: Cast, draft: Fresh): string | null {
  if (draft.session === 0 && draft.kind !== 'authenticate') return null;
  if (draft.session <= 1) {
    return names.sessions.find(({ owner }) => owner === draft.player)?.token ?? names.unknownToken;
  }
  const session = names.sessions[draft.session - 2];
  if (session !== undefined) return session.token;
  return draft.transaction % 2 === 0 ? names.unknownToken : '';
}

/** The cashier's ids are not the stream's to name. */
export const isUnaryOnly = ({ provider }: Operation): boolean => provider === CASHIER;

/** The unary methods have no win with a bet, no status and no authenticate, and their balance checks no session and no currency. */
function viaPossible(via: Via, operation: Operation): Via {
  if (isUnaryOnly(operation)) return 'unary';
  const { kind, sessionToken, currencyCode, winUnits, voidIfLate } = operation;
  const isPlainBalance = kind === 'balance' && sessionToken === null && currencyCode === '';
  const streamOnly =
    winUnits > 0n ||
    voidIfLate ||
    kind === 'status' ||
    kind === 'authenticate' ||
    (kind === 'balance' && !isPlainBalance);
  return streamOnly ? 'stream' : via;
}

function at<T>(pool: readonly T[], position: number): T {
  const found = pool[position % pool.length];
  if (found === undefined) throw new Error('an empty pool');
  return found;
}
