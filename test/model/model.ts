import { isCanceled, roundKey, roundOf, usedIn } from './sums.ts';
import type { Answer, LedgerRow, MovementKind, Operation, OperationKind, ReasonName } from './types.ts';
import { MOVEMENT_KINDS } from './types.ts';
import type { ModelPlayer, World } from './world.ts';

/**
 * What the wallet should do, said as plainly as possible and as slowly as it likes: the only state of the money is each
 * player's list of rows, and everything (balances, statuses, counters of limits, rounds) is worked out from it afresh.
 * Source: the docstrings of proto/wallet/v1/money.proto and PLATFORM v2.49, changebalance, status, cancel, finishround.
 */

const BALANCE_MAX_UNITS = 999_999_999_999_999_999n;

/** Answers by what is so now; `rows` and `closes` are what the operation would write, and empty and null where it changes nothing. */
export type Verdict = {
  answer: Answer;
  player: ModelPlayer | null;
  rows: readonly StoredRow[];
  closes: string | null;
  /** One job that writes a closed round's totals. */
  owesTotals: boolean;
};

/** A row as it was written: a status never changes in place, a reversal says it instead. */
export type StoredRow = LedgerRow & {
  atMs: number;
  /** What it made of its round; null: it left it as it was. */
  finished: boolean | null;
};

export function judge(world: World, operation: Operation, nowMs: number): Verdict {
  if (operation.kind === 'authenticate') return unchanged(authenticate(world, operation, nowMs));
  const player = world.playerOf(operation.operatorId, operation.userId);
  if (player === null) return unchanged(ofNobody(world, operation));
  switch (operation.kind) {
    case 'balance':
      return unchanged(balance(world, player, operation, nowMs));
    case 'status':
      return unchanged(status(world, player, operation));
    case 'cancel':
      return cancel(world, player, operation, nowMs);
    case 'finishRound':
      return finishRound(player, operation);
    default:
      return movement(world, player, operation, operation.kind, nowMs);
  }
}

export function changesNothing(verdict: Verdict): boolean {
  return verdict.rows.length === 0 && verdict.closes === null;
}

export function commit(verdict: Verdict): void {
  verdict.player?.rows.push(...verdict.rows);
  if (verdict.closes !== null) verdict.player?.closedRounds.add(verdict.closes);
  if (verdict.owesTotals && verdict.player !== null) verdict.player.totalsOwed += 1;
}

/** Takes back the last committed verdict. */
export function undo(verdict: Verdict): void {
  verdict.player?.rows.splice(verdict.player.rows.length - verdict.rows.length);
  if (verdict.closes !== null) verdict.player?.closedRounds.delete(verdict.closes);
  if (verdict.owesTotals && verdict.player !== null) verdict.player.totalsOwed -= 1;
}

/** A player's rows as the API should show them now. */
export function ledgerOf(player: ModelPlayer): LedgerRow[] {
  return player.rows.map((row) => viewOf(player, row));
}

export function balanceOf(player: ModelPlayer): bigint {
  return player.rows.at(-1)?.balanceAfterUnits ?? 0n;
}

export function viewOf(player: ModelPlayer, row: StoredRow): LedgerRow {
  const { atMs: _, finished: __, ...view } = row;
  return !row.isReversal && isCanceled(player, row) ? { ...view, status: 'CANCELED' } : view;
}

/** A movement's id is looked at before its player: an id that is taken is taken for everybody. */
function ofNobody(world: World, operation: Operation): Answer {
  if (!isMovement(operation.kind)) return refused('PLAYER_NOT_FOUND');
  const win = winWith(operation);
  const known = find(world, operation) ?? (win === null ? null : find(world, win));
  if (known === null) return refused('PLAYER_NOT_FOUND');
  return refused(isCanceled(known.player, known.row) ? 'TRANSACTION_CANCELED' : 'DUPLICATE_TRANSACTION');
}

function movement(world: World, player: ModelPlayer, operation: Operation, kind: MovementKind, nowMs: number): Verdict {
  const win = winWith(operation);
  const known = win === null ? againAlone(world, player, operation) : againWithWin(world, player, operation, win);
  if (known !== null) return unchanged(known);
  if (kind === 'bet' && operation.sessionToken !== null && !sessionHolds(world, player, operation, nowMs)) {
    return unchanged(refused('SESSION_INVALID'));
  }
  const reason = refusalOf(world, player, operation, kind, nowMs);
  if (reason === 'BALANCE_OUT_OF_RANGE') return unchanged(refused(reason));
  const isOk = reason === '';
  const row: StoredRow = {
    ...rowOf(player, operation, nowMs),
    kind,
    status: isOk ? 'OK' : 'ERROR',
    reason,
    amountUnits: operation.amountUnits,
    currencyCode: operation.currencyCode === '' ? player.currencyCode : operation.currencyCode,
    balanceAfterUnits: balanceOf(player) + (isOk ? signed(kind, operation.amountUnits) : 0n),
    ...(isOk ? sides(kind, operation.amountUnits) : NO_SIDES),
    context: operation.context,
    finished: isOk && operation.roundFinished === true ? true : null,
  };
  const owesTotals = row.status === 'OK' && owesTotalsBy(player, operation);
  if (!isOk || win === null) return { answer: answerOf(row, false), player, rows: [row], closes: null, owesTotals };
  const winRow: StoredRow = {
    ...row,
    seq: row.seq + 1n,
    transactionId: win.transactionId,
    kind: 'win',
    amountUnits: win.amountUnits,
    balanceAfterUnits: row.balanceAfterUnits + win.amountUnits,
    ...sides('win', win.amountUnits),
  };
  return { answer: answerOf(winRow, false), player, rows: [row, winRow], closes: null, owesTotals };
}

/** The win that comes with a bet, as a request of its own. */
function winWith(operation: Operation): Operation | null {
  if (operation.winUnits === 0n) return null;
  const { transactionId, winUnits } = operation;
  return { ...operation, kind: 'win', transactionId: `${transactionId}+win`, amountUnits: winUnits, winUnits: 0n };
}

/** null: the id is new. */
function againAlone(world: World, player: ModelPlayer, operation: Operation): Answer | null {
  const known = find(world, operation);
  return known === null ? null : again(known.player, known.row, player, operation);
}

/** null: both ids are new. A bet with a win is both or neither; a bet that was refused had no win. */
function againWithWin(world: World, player: ModelPlayer, bet: Operation, win: Operation): Answer | null {
  const betAgain = againAlone(world, player, bet);
  if (betAgain !== null && betAgain.reason !== '') return betAgain;
  const winAgain = againAlone(world, player, win);
  if (betAgain !== null && winAgain !== null) return winAgain;
  if (betAgain === null && winAgain === null) return null;
  return refused(winAgain?.reason === 'TRANSACTION_CANCELED' ? 'TRANSACTION_CANCELED' : 'DUPLICATE_TRANSACTION');
}

function again(owner: ModelPlayer, row: StoredRow, player: ModelPlayer, operation: Operation): Answer {
  if (isCanceled(owner, row)) return refused('TRANSACTION_CANCELED');
  const currencyCode = operation.currencyCode === '' ? player.currencyCode : operation.currencyCode;
  const same =
    owner === player &&
    row.kind === operation.kind &&
    row.amountUnits === operation.amountUnits &&
    row.currencyCode === currencyCode &&
    row.roundId === operation.roundId &&
    row.gameId === operation.gameId;
  return same ? answerOf(row, true) : refused('DUPLICATE_TRANSACTION');
}

/** '' where the movement goes ahead. The order is that of the docstrings of Bet, Win and Withdraw. */
function refusalOf(
  world: World,
  player: ModelPlayer,
  operation: Operation,
  kind: MovementKind,
  nowMs: number,
): ReasonName {
  const isBet = kind === 'bet';
  const amountUnits = operation.amountUnits;
  if (isBet && player.blocked) return 'PLAYER_BLOCKED';
  if (isBet && world.isStopped(operation.operatorId, operation.provider, operation.gameId)) return 'PLAY_STOPPED';
  if (operation.currencyCode !== '' && operation.currencyCode !== player.currencyCode) return 'CURRENCY_MISMATCH';
  if (isBet && !world.isEnabled(operation.provider, operation.gameId)) return 'GAME_DISABLED';
  if (isBet && player.closedRounds.has(roundKey(operation.provider, operation.roundId))) return 'ROUND_CLOSED';
  if (isBet && passesLimit(player, amountUnits, nowMs)) return 'LIMIT_REACHED';
  if ((isBet || kind === 'withdrawal') && balanceOf(player) < amountUnits) return 'INSUFFICIENT_FUNDS';
  return inRange(balanceOf(player) + signed(kind, amountUnits) + operation.winUnits) ? '' : 'BALANCE_OUT_OF_RANGE';
}

function cancel(world: World, player: ModelPlayer, operation: Operation, nowMs: number): Verdict {
  const known = find(world, operation);
  if (known === null) {
    const row: StoredRow = {
      ...rowOf(player, operation, nowMs),
      kind: 'tombstone',
      status: 'CANCELED',
      reason: 'TRANSACTION_NOT_FOUND',
      amountUnits: 0n,
      currencyCode: player.currencyCode,
      balanceAfterUnits: balanceOf(player),
      ...NO_SIDES,
      context: operation.context,
      finished: null,
    };
    return { answer: refused('TRANSACTION_NOT_FOUND'), player, rows: [row], closes: null, owesTotals: false };
  }
  const original = known.row;
  if (known.player !== player) return unchanged(refused('TRANSACTION_NOT_FOUND'));
  if (original.kind === 'tombstone') return unchanged({ reason: 'TRANSACTION_NOT_FOUND', replayed: true });
  const answer: Answer = { reason: '', replayed: false, transactionStatus: 'CANCELED' };
  if (isCanceled(player, original)) return unchanged({ ...answer, replayed: true });
  if (original.roundId !== operation.roundId || original.gameId !== operation.gameId) {
    return unchanged(refused('TRANSACTION_NOT_FOUND'));
  }
  const movedBackUnits = original.status === 'OK' ? -signed(original.kind, original.amountUnits) : 0n;
  if (!inRange(balanceOf(player) + movedBackUnits)) return unchanged(refused('BALANCE_OUT_OF_RANGE'));
  const row: StoredRow = {
    ...original,
    seq: nextSeq(player),
    isReversal: true,
    kind: 'reversal',
    status: 'OK',
    reason: '',
    amountUnits: original.status === 'OK' ? original.amountUnits : 0n,
    currencyCode: player.currencyCode,
    balanceAfterUnits: balanceOf(player) + movedBackUnits,
    debitAccount: original.creditAccount,
    creditAccount: original.debitAccount,
    context: operation.context,
    atMs: nowMs,
    finished: operation.roundFinished ?? null,
  };
  return { answer, player, rows: [row], closes: null, owesTotals: owesTotalsBy(player, operation) };
}

function finishRound(player: ModelPlayer, operation: Operation): Verdict {
  const key = roundKey(operation.provider, operation.roundId);
  if (roundOf(player, operation.provider, operation.roundId) === null) return unchanged(refused('ROUND_NOT_FOUND'));
  const replayed = player.closedRounds.has(key);
  return { answer: { reason: '', replayed }, player, rows: [], closes: replayed ? null : key, owesTotals: !replayed };
}

function balance(world: World, player: ModelPlayer, operation: Operation, nowMs: number): Answer {
  if (operation.sessionToken !== null) {
    if (!sessionHolds(world, player, operation, nowMs)) return refused('SESSION_INVALID');
    if (player.blocked) return refused('PLAYER_BLOCKED');
  }
  if (operation.currencyCode !== '' && operation.currencyCode !== player.currencyCode) {
    return refused('CURRENCY_MISMATCH');
  }
  return { reason: '', replayed: false, balanceUnits: balanceOf(player), currencyCode: player.currencyCode };
}

function status(world: World, player: ModelPlayer, operation: Operation): Answer {
  const known = find(world, operation);
  if (known === null || known.player !== player) return refused('TRANSACTION_NOT_FOUND');
  return { reason: '', replayed: false, transactionStatus: viewOf(player, known.row).status };
}

function authenticate(world: World, operation: Operation, nowMs: number): Answer {
  const session = operation.sessionToken === null ? null : world.sessionOf(operation.sessionToken);
  const isOpen = session !== null && !session.closed && session.expiresAtMs > nowMs;
  if (!isOpen || session.player.operatorId !== operation.operatorId) return refused('SESSION_INVALID');
  const player = session.player;
  if (player.blocked) return refused('PLAYER_BLOCKED');
  if (world.isStopped(player.operatorId, operation.provider, session.gameId)) return refused('PLAY_STOPPED');
  return {
    reason: '',
    replayed: false,
    balanceUnits: balanceOf(player),
    currencyCode: player.currencyCode,
    identity: player.identity,
  };
}

function sessionHolds(world: World, player: ModelPlayer, operation: Operation, nowMs: number): boolean {
  const session = operation.sessionToken === null ? null : world.sessionOf(operation.sessionToken);
  return session !== null && session.player === player && !session.closed && session.expiresAtMs > nowMs;
}

function passesLimit(player: ModelPlayer, amountUnits: bigint, nowMs: number): boolean {
  // A bet of nothing passes nothing, even where a limit was lowered below what is used already.
  if (amountUnits === 0n) return false;
  const { limits } = player;
  const over = (limitUnits: bigint | undefined, usedUnits: bigint): boolean =>
    limitUnits !== undefined && usedUnits + amountUnits > limitUnits;
  if (over(limits.betMaxUnits, 0n)) return true;
  const [day, week, month] = usedIn(player, nowMs);
  return (
    over(limits.stakeDayUnits, day?.stakeUnits ?? 0n) ||
    over(limits.stakeWeekUnits, week?.stakeUnits ?? 0n) ||
    over(limits.stakeMonthUnits, month?.stakeUnits ?? 0n) ||
    over(limits.lossDayUnits, day?.lossUnits ?? 0n) ||
    over(limits.lossWeekUnits, week?.lossUnits ?? 0n) ||
    over(limits.lossMonthUnits, month?.lossUnits ?? 0n)
  );
}

function signed(kind: LedgerRow['kind'], amountUnits: bigint): bigint {
  return kind === 'bet' || kind === 'withdrawal' ? -amountUnits : amountUnits;
}

const find = (world: World, { operatorId, provider, transactionId }: Operation) =>
  world.find(operatorId, provider, transactionId);

const isMovement = (kind: OperationKind): boolean => MOVEMENT_KINDS.some((movement) => movement === kind);

const HOUSE: Record<MovementKind, string> = {
  bet: 'games',
  win: 'games',
  refund: 'games',
  deposit: 'cashier',
  withdrawal: 'cashier',
  correction: 'corrections',
};

const NO_SIDES = { debitAccount: '', creditAccount: '' };

/** Also of an entry of nothing; a correction's sign says which way it goes. */
function sides(kind: MovementKind, amountUnits: bigint): typeof NO_SIDES {
  const takes = kind === 'bet' || kind === 'withdrawal' || amountUnits < 0n;
  return takes
    ? { debitAccount: 'player', creditAccount: HOUSE[kind] }
    : { debitAccount: HOUSE[kind], creditAccount: 'player' };
}

function rowOf(player: ModelPlayer, operation: Operation, nowMs: number) {
  return {
    seq: nextSeq(player),
    provider: operation.provider,
    transactionId: operation.transactionId,
    isReversal: false,
    roundId: operation.roundId,
    gameId: operation.gameId,
    atMs: nowMs,
  };
}

const inRange = (units: bigint): boolean => units <= BALANCE_MAX_UNITS && units >= -BALANCE_MAX_UNITS;
const nextSeq = (player: ModelPlayer): bigint => BigInt(player.rows.length + 1);

/** The last of a round makes its totals, and what comes after its end makes them anew. */
function owesTotalsBy(player: ModelPlayer, { provider, roundId, roundFinished }: Operation): boolean {
  if (roundId === '') return false;
  if (roundFinished === true || player.closedRounds.has(roundKey(provider, roundId))) return true;
  const said = player.rows.findLast(
    (row) => row.provider === provider && row.roundId === roundId && row.finished !== null,
  );
  return said?.finished === true;
}

function answerOf(row: StoredRow, replayed: boolean): Answer {
  if (row.reason !== '') return { reason: row.reason, replayed };
  return { reason: '', replayed, balanceUnits: row.balanceAfterUnits, currencyCode: row.currencyCode };
}

const refused = (reason: ReasonName): Answer => ({ reason, replayed: false });
const unchanged = (answer: Answer): Verdict => ({
  answer,
  player: null,
  rows: [],
  closes: null,
  owesTotals: false,
});
