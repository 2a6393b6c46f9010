import { setTimeout as delay } from 'node:timers/promises';
import { type Random, word } from '../random.ts';
import { phpNumber, readDecimal } from './amounts.ts';
import { type CommandName, INTERNAL_ERROR, type Said, say, textOf } from './exchange.ts';
import type { Faults } from './faults.ts';
import { historyJson, historyUrl } from './histories.ts';
import type { Json } from './json.ts';
import { closePoster, createPoster } from './post.ts';
import type { Counted } from './report-book.ts';
import { contextDetails, createIds, drawPrizeGame, drawWinOf, type RoundKind, reasonOf } from './rounds.ts';
import type { Operator, State } from './state.ts';
import { dateTime, dayOf, nextDay } from './times.ts';
import { type Habits, habitsOf } from './vendors.ts';

export type RoundOrder = {
  operatorId: string;
  userId: string;
  token: string | null;
  gameId: number;
  currencyCode: string;
  betUnits: bigint;
  /** `spin` unless it is said. A prize comes on a game id of its own. */
  kind?: RoundKind | undefined;
  /** Drawn unless it is said. */
  winUnits?: bigint | undefined;
  /** When its transactions were made; now unless it is said. */
  atMs?: number | undefined;
};

/** outcome: ok: taken; not_sent: a fault; unknown: nobody could be told; else the operator's error code. */
export type Transaction = {
  type: 'BET' | 'WIN' | 'REFUND';
  transactionId: string;
  amountUnits: bigint;
  reason: string;
  historyId: string;
  atMs: number;
  outcome: 'ok' | 'canceled' | 'not_sent' | 'unknown' | string;
};

/**
 * played: its bet was taken; refused: it was not, `code` says why; canceled: it was taken back; lost: whether it was taken is not known
 * yet, or never will be.
 */
export type PlayedRound = {
  status: 'played' | 'refused' | 'canceled' | 'lost';
  code: string | null;
  roundId: string;
  betUnits: bigint;
  winUnits: bigint;
  /** As the operator said last. */
  balanceUnits: bigint | null;
  transactions: Transaction[];
};

/** A player, as authenticate tells. */
export type Identity = { userId: string; userName: string; currencyCode: string; balanceUnits: bigint };

type Sent = Transaction & { counted: Counted[]; data: { readonly [name: string]: Json } };

type Round = {
  operator: Operator;
  order: RoundOrder;
  kind: RoundKind;
  gameId: number;
  vendor: string;
  habits: Habits;
  roundId: bigint;
  historyId: string;
  balanceUnits: bigint | null;
  startedAtMs: number;
  sent: Sent[];
};

export type PlayDeps = {
  state: State;
  faults: Faults;
  random: Random;
  now: () => number;
  /** How long PLATFORM waits for an answer to one command. */
  timeoutMs: number;
  /** How long a round is waited for; what is owed afterwards goes on being sent. */
  patienceMs: number;
};

export type Play = ReturnType<typeof createPlay>;

const FIRST_PAUSE_MS = 50;
const LONGEST_PAUSE_MS = 5_000;
const TRIES_MAX = 200;
/** How often a BET is sent again, by vendors that do, before it is canceled. */
const BET_TRIES = 3;
const UNDER_WAY_MAX = 1_000;

/** Not known to have been done, and to be tried again. PLATFORM v2.49, Exception handling. */
const isUnknown = (said: Said): boolean => said.status === 'error' && (said.code === 'OP_47' || said.code === 'OP_50');

/** Plays rounds as PLATFORM does: sends BETs, WINs, REFUNDs, cancels and finishrounds, and counts in its report what was taken. */
export function createPlay({ state, faults, random, now, timeoutMs, patienceMs }: PlayDeps) {
  const poster = createPoster(timeoutMs);
  const ids = createIds(now(), random);
  const stopping = new AbortController();
  const underWay = new Set<Promise<PlayedRound>>();

  /** Throws where the operator is unknown, or too many rounds are still under way. */
  async function playRound(order: RoundOrder): Promise<PlayedRound> {
    if (underWay.size >= UNDER_WAY_MAX) throw new Error(`at most ${UNDER_WAY_MAX} rounds at once`);
    const round = open(order);
    const work = run(round);
    underWay.add(work);
    const ended = work.finally(() => underWay.delete(work));
    const waiting = new AbortController();
    const patience = delay(patienceMs, null, { signal: waiting.signal }).catch(() => null);
    try {
      return (await Promise.race([ended, patience])) ?? result(round, 'lost', null);
    } finally {
      waiting.abort();
    }
  }

  function open(order: RoundOrder): Round {
    const operator = state.find(order.operatorId);
    const kind = order.kind ?? 'spin';
    const gameId = kind === 'prize' ? drawPrizeGame(random) : order.gameId;
    const vendor = state.vendorOf(order.operatorId, gameId);
    return {
      operator,
      order,
      kind,
      gameId,
      vendor,
      habits: habitsOf(vendor),
      roundId: ids.round(),
      historyId: `${gameId}-${word(random, 10)}`,
      balanceUnits: null,
      startedAtMs: order.atMs ?? now(),
      sent: [],
    };
  }

  async function run(round: Round): Promise<PlayedRound> {
    const slow = faults.take('play', 'slow');
    if (slow !== undefined) await pause(slow.ms);
    if (round.kind !== 'prize') {
      const ended = await playBet(round);
      if (ended !== null) return ended;
    }
    if (round.kind === 'refund') await give(round, make(round, 'REFUND', round.order.betUnits));
    else await playWin(round);
    if (round.habits.finishesRounds) await finish(round);
    keepHistory(round);
    return result(round, 'played', null);
  }

  /** Null: the bet was taken, and the round goes on. */
  async function playBet(round: Round): Promise<PlayedRound | null> {
    const bet = make(round, 'BET', round.kind === 'freespin' ? 0n : round.order.betUnits);
    if (faults.take('play', 'late_bet') !== undefined) {
      await cancel(round, bet);
      const said = await send(round, bet);
      return result(round, 'canceled', said.status === 'error' ? said.code : null);
    }
    const said = await place(round, bet);
    if (said.status === 'error') {
      if (!isUnknown(said)) return result(round, 'refused', said.code);
      return result(round, bet.outcome === 'canceled' ? 'canceled' : 'lost', said.code);
    }
    if (faults.take('play', 'cancel') === undefined) return null;
    await cancel(round, bet);
    keepHistory(round);
    return result(round, bet.outcome === 'canceled' ? 'canceled' : 'lost', null);
  }

  /** Sends a bet; where its answer is not certain, it is sent again or canceled, as the vendor does. */
  async function place(round: Round, bet: Sent): Promise<Said> {
    let said = await send(round, bet);
    for (let tries = 1; tries < BET_TRIES && mayRetry(round, said); tries++) {
      await backOff(tries);
      said = await sendAgain(round, bet);
    }
    if (isUnknown(said)) await cancel(round, bet);
    else settle(round, bet, said);
    return said;
  }

  const mayRetry = ({ habits }: Round, said: Said): boolean =>
    habits.unknownBet === 'retry' && said.status === 'error' && said.code === 'OP_50';

  async function playWin(round: Round): Promise<void> {
    const win = make(round, 'WIN', round.order.winUnits ?? drawWinOf(random, round.kind, round.order.betUnits));
    if (faults.take('play', 'skip_win') === undefined) await give(round, win);
    else {
      win.outcome = 'not_sent';
      count(round, win);
    }
  }

  /** Sends a WIN or REFUND until there is a certain answer. */
  async function give(round: Round, transaction: Sent): Promise<void> {
    let said = await send(round, transaction);
    for (let tries = 1; tries < TRIES_MAX && isUnknown(said) && !stopping.signal.aborted; tries++) {
      await backOff(tries);
      said = await sendAgain(round, transaction);
    }
    if (!isUnknown(said)) settle(round, transaction, said);
  }

  /** PLATFORM v2.49, cancel: until it is done, or the operator never had the transaction. */
  async function cancel(round: Round, transaction: Sent): Promise<void> {
    const said = await insist(round, 'cancel', {
      user_id: round.order.userId,
      transaction_id: BigInt(transaction.transactionId),
      round_id: round.roundId,
      round_finished: round.habits.tellsFinished ? true : null,
      game_id: round.gameId,
    });
    if (said.status === 'error' && said.code !== 'OP_41') return;
    transaction.outcome = 'canceled';
    for (const counted of transaction.counted.splice(0)) state.book.discount(counted);
  }

  /** PLATFORM v2.49, finishround. */
  async function finish(round: Round): Promise<void> {
    await insist(round, 'finishround', {
      round_id: round.roundId,
      user_id: round.order.userId,
      game_id: round.gameId,
      round_date: dayOf(round.startedAtMs),
      round_ts: String(round.startedAtMs),
    });
  }

  /** Sends a command until there is a certain answer, or nobody can be told. */
  async function insist(round: Round, command: CommandName, data: { readonly [name: string]: Json }): Promise<Said> {
    let said = await tell(round.operator, command, data);
    for (let tries = 1; tries < TRIES_MAX && isUnknown(said) && !stopping.signal.aborted; tries++) {
      await backOff(tries);
      said = await tell(round.operator, command, data);
    }
    return said;
  }

  /** As the vendor does: some ask first what became of it. */
  async function sendAgain(round: Round, transaction: Sent): Promise<Said> {
    if (!round.habits.asksStatus) return send(round, transaction);
    const said = await tell(round.operator, 'status', {
      user_id: round.order.userId,
      transaction_id: BigInt(transaction.transactionId),
      transaction_type: transaction.type,
      transaction_date: dayOf(transaction.atMs),
      transaction_ts: String(transaction.atMs),
      round_id: round.roundId,
    });
    if (said.status === 'error') return send(round, transaction);
    return said.data.transaction_status === 'OK' ? said : { status: 'error', code: 'OP_49' };
  }

  async function send(round: Round, { type, data }: Sent): Promise<Said> {
    const isOfType = (fault: { type: string }): boolean => fault.type === type;
    const isTwice = faults.take('play', 'duplicate', isOfType) !== undefined;
    const said = await (isTwice ? sendTwice(round.operator, data) : tell(round.operator, 'changebalance', data));
    if (faults.take('play', 'lose_answer', isOfType) !== undefined) return INTERNAL_ERROR;
    if (said.status === 'error') return said;
    round.balanceUnits = readDecimal(textOf(said.data.balance));
    return round.balanceUnits === null ? INTERNAL_ERROR : said;
  }

  async function sendTwice(operator: Operator, data: { readonly [name: string]: Json }): Promise<Said> {
    const [first, second] = await Promise.all([
      tell(operator, 'changebalance', data),
      tell(operator, 'changebalance', data),
    ]);
    return first.status === 'ok' ? first : second;
  }

  const tell = (operator: Operator, command: CommandName, data: { readonly [name: string]: Json }): Promise<Said> =>
    stopping.signal.aborted ? Promise.resolve(INTERNAL_ERROR) : say(poster, operator, command, data, now());

  function make(round: Round, type: Sent['type'], amountUnits: bigint): Sent {
    const { order, kind, gameId, roundId, historyId, habits } = round;
    const transactionId = ids.transaction();
    const atMs = order.atMs ?? now();
    const reason = reasonOf(kind, type, gameId);
    const isLast = type !== 'BET';
    const made: Sent = {
      type,
      transactionId: String(transactionId),
      amountUnits,
      reason,
      historyId,
      atMs,
      outcome: 'unknown',
      counted: [],
      data: {
        // A win has none where it comes long after its bet.
        token: isLast && random() < 0.3 ? null : order.token,
        user_id: order.userId,
        transaction_type: type,
        transaction_id: transactionId,
        round_id: roundId,
        round_finished: habits.tellsFinished ? isLast : null,
        game_id: gameId,
        currency_code: order.currencyCode,
        amount: phpNumber(amountUnits),
        transaction_timestamp: dateTime(atMs),
        reason,
        context: { reason, history_id: historyId, ...contextDetails(kind, random) },
      },
    };
    round.sent.push(made);
    return made;
  }

  function settle(round: Round, transaction: Sent, said: Said): void {
    transaction.outcome = said.status === 'ok' ? 'ok' : said.code;
    if (said.status === 'ok') count(round, transaction);
  }

  /** Into the report of the day that the transaction was made on. */
  function count({ operator, order, vendor }: Round, transaction: Sent): void {
    const { type, amountUnits, reason, atMs } = transaction;
    const isOfType = (fault: { type: string }): boolean => fault.type === type;
    if (faults.take('play', 'unreported', isOfType) !== undefined) return;
    const { operatorId } = operator;
    const isShifted = faults.take('play', 'shift_day', isOfType) !== undefined;
    const day = isShifted ? nextDay(dayOf(atMs)) : dayOf(atMs);
    const counted: Counted = { operatorId, day, vendor, currencyCode: order.currencyCode, type, amountUnits, reason };
    const times = faults.take('play', 'reported_twice', isOfType) === undefined ? 1 : 2;
    for (let time = 0; time < times; time++) {
      state.book.count(counted);
      transaction.counted.push(counted);
    }
  }

  function keepHistory(round: Round): void {
    const { operator, order, vendor, habits, roundId, historyId, sent } = round;
    const game = operator.games.get(round.gameId);
    const told = {
      roundId: String(roundId),
      userId: order.userId,
      gameTitle: game?.title ?? 'Prize',
      gameType: game?.type ?? 'prize',
      currencyCode: order.currencyCode,
      startedAtMs: round.startedAtMs,
      settledAtMs: sent.at(-1)?.atMs ?? round.startedAtMs,
      bets: sent.filter(({ type }) => type === 'BET'),
      winUnits: sumOf(sent, 'WIN'),
    };
    const body = habits.history === 'json' ? historyJson(told, random) : historyUrl(told.roundId, random);
    for (const { transactionId } of sent) {
      state.addHandHistory({
        operatorId: operator.operatorId,
        transactionId,
        historyId,
        vendor,
        type: habits.history,
        body,
      });
    }
  }

  const backOff = (tries: number): Promise<void> =>
    pause(Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS));

  /** Ends at once where the simulator stops. */
  async function pause(ms: number): Promise<void> {
    await delay(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
  }

  /** PLATFORM v2.49, authenticate. Gives the error code where there is no player. */
  async function authenticate(operatorId: string, token: string): Promise<Identity | { code: string }> {
    const said = await tell(state.find(operatorId), 'authenticate', { token });
    if (said.status === 'error') return { code: said.code };
    const { user_id, user_name, currency_code, balance } = said.data;
    const balanceUnits = readDecimal(textOf(balance));
    if (balanceUnits === null) return { code: 'OP_50' };
    return {
      userId: textOf(user_id),
      userName: textOf(user_name),
      currencyCode: textOf(currency_code),
      balanceUnits,
    };
  }

  /** PLATFORM v2.49, balance, in units of 1/100; null where it is not told. */
  async function balance(
    operatorId: string,
    player: { token: string; userId: string; currencyCode: string },
  ): Promise<bigint | null> {
    const said = await tell(state.find(operatorId), 'balance', {
      token: player.token,
      user_id: player.userId,
      currency_code: player.currencyCode,
    });
    return said.status === 'ok' ? readDecimal(textOf(said.data.balance)) : null;
  }

  return {
    playRound,
    authenticate,
    balance,
    /** Resolves once no round is under way any more, what is owed from lost answers included. */
    async settled(): Promise<void> {
      await Promise.allSettled(underWay);
    },
    /** What has not been told by now is never told. */
    async close(): Promise<void> {
      stopping.abort();
      await Promise.allSettled(underWay);
      closePoster(poster);
    },
  };
}

function result(round: Round, status: PlayedRound['status'], code: string | null): PlayedRound {
  return {
    status,
    code,
    roundId: String(round.roundId),
    betUnits: sumOf(round.sent, 'BET'),
    winUnits: sumOf(round.sent, 'WIN'),
    balanceUnits: round.balanceUnits,
    transactions: round.sent.map(({ counted: _counted, data: _data, ...transaction }) => transaction),
  };
}

const sumOf = (sent: readonly Sent[], type: Sent['type']): bigint =>
  sent.reduce((sum, transaction) => (transaction.type === type ? sum + transaction.amountUnits : sum), 0n);
