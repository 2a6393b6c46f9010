import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Logger } from '../../common/log.ts';
import { type Operation, OperationKind, type Outcome, Reason } from '../../gen/wallet/v1/money_pb.ts';
import type { Metrics } from '../metrics.ts';
import { blankOperation } from '../operation.ts';
import type { Asker, WalletStream } from '../wallet-stream.ts';
import type { Hall } from './halls.ts';
import { type FailOutcome, failAnswer, isFault, outcomeOf } from './outcomes.ts';
import { type Malformed, type Query, readQuery, type WriteBet } from './query.ts';
import type { Terminal, Terminals } from './terminals.ts';
import type { Unconfirmed, UnconfirmedKind } from './unconfirmed.ts';

export type NotificationDeps = {
  wallet: WalletStream;
  terminals: Terminals;
  unconfirmed: Unconfirmed;
  metrics: Metrics;
  log: Logger;
  /** For the one line of each notification. */
  outcomeLog: Logger;
  /** What the game server waits for the answer, less what the network takes of it. */
  budgetMs: number;
  /** How long the wallet may take for a win: nobody waits for it. */
  winDeadlineMs: number;
  newRequestId: () => string;
  /** Whether the process is stopping: an answer then ends its connection. */
  isDraining: () => boolean;
};

const CONTENT_TYPE = 'application/json; charset=utf-8';

/**
 * One notification, from its URL to its answer, and on to what is owed after it. The game server waits for the budget, takes silence for
 * `fail`, and asks only once: so a bet is `success` only where its commit is certain in time, and a win is never let go.
 * One object a notification, and no closures where it goes as it should: this is the hot path.
 */
export class Notification implements Asker {
  readonly #deps: NotificationDeps;
  readonly #request: IncomingMessage;
  readonly #response: ServerResponse;
  readonly #hall: Hall;
  readonly #startedAtMs: number;
  readonly #query: Query | Malformed;
  readonly #requestId: string;
  #terminal: Terminal | null = null;
  #operation: Operation | null = null;
  #timer: NodeJS.Timeout | undefined;
  #isAnswered = false;
  /** The wallet was asked, while a stream to it stood: it may be doing it. */
  #isSent = false;
  #isOwed = false;

  /** `startedAtMs`: the first byte of the request, by `performance.now()`. */
  constructor(
    deps: NotificationDeps,
    request: IncomingMessage,
    response: ServerResponse,
    hall: Hall,
    startedAtMs: number,
  ) {
    this.#deps = deps;
    this.#request = request;
    this.#response = response;
    this.#hall = hall;
    this.#startedAtMs = startedAtMs;
    this.#query = readQuery(request.url ?? '');
    this.#requestId = deps.newRequestId();
  }

  start(): void {
    try {
      const query = this.#query;
      if ('problem' in query) {
        this.#fail('malformed', query.problem);
        return;
      }
      if (this.#hall.isTransfer) {
        this.#refuseTransfer(query);
        return;
      }
      const remainingMs = this.#endsAtMs() - performance.now();
      if (remainingMs > 0) this.#timer = setTimeout(this.#onBudgetOver, Math.floor(remainingMs));
      else this.#onBudgetOver();
      if (this.#isAnswered) return;
      const terminal = this.#deps.terminals.find(this.#hall.hallId, query.uid);
      if (terminal === undefined) this.#load(query);
      else this.#ask(query, terminal);
    } catch (error) {
      this.#fault(error);
    }
  }

  /** Takes the wallet's outcome, at any time. */
  settle(outcome: Outcome): void {
    try {
      const kind = this.#operation?.kind;
      if (kind === OperationKind.BET) this.#settleBet(outcome);
      else if (kind === OperationKind.WIN) this.#settleWin(outcome);
      else this.#settleBalance(outcome);
    } catch (error) {
      this.#fault(error);
    }
  }

  #refuseTransfer(query: Query): void {
    // The terminal's own balance has it by now; the ledger gets it with what is carried back.
    if (isWin(query)) this.#deps.log.warn(this.#winLine(query), 'a win of a hall in transfer mode is refused');
    this.#fail('transfer_hall');
  }

  /** Asks the wallet whose terminal it is. What was answered meanwhile needs it no more: a win has been handed over. */
  #load(query: Query): void {
    this.#deps.terminals
      .load(this.#hall.hallId, query.uid)
      .then(
        (terminal) => {
          if (this.#isAnswered) return;
          if (terminal === null) this.#onUnknownTerminal(query);
          else this.#ask(query, terminal);
        },
        (error) => this.#onLoadFailed(error),
      )
      .catch((error) => this.#fault(error));
  }

  #onUnknownTerminal(query: Query): void {
    // Nobody's money, but somebody may have linked the wrong terminal.
    if (isWin(query)) this.#deps.log.warn(this.#winLine(query), 'a win of an unknown terminal is refused');
    this.#fail('unknown_terminal');
  }

  #onLoadFailed(error: unknown): void {
    if (this.#isAnswered) return;
    this.#oweWin(`its player can't be looked up: ${String(error)}`);
    this.#fail('unavailable', isWin(this.#query) ? QUEUED : undefined);
  }

  #ask(query: Query, terminal: Terminal): void {
    this.#terminal = terminal;
    // A terminal stays its player's: what they have won is credited all the same.
    if (!terminal.isLinked && !isWin(query)) {
      this.#fail('unknown_terminal');
      return;
    }
    const { wallet, unconfirmed, winDeadlineMs } = this.#deps;
    const operation = this.#prepare(query, terminal);
    this.#operation = operation;
    if (operation.kind === OperationKind.BET && !unconfirmed.isSafe()) {
      this.#fail('unsafe');
      return;
    }
    this.#isSent = wallet.isUp();
    const isWinOnly = operation.kind === OperationKind.WIN;
    wallet.ask(operation, isWinOnly ? this.#startedAtMs + winDeadlineMs : this.#endsAtMs(), this);
  }

  #prepare(query: Query, terminal: Terminal): Operation {
    const operation = blankOperation(terminal.operatorId, 'stargame');
    operation.userId = terminal.userId;
    operation.requestId = this.#requestId;
    operation.kind = OperationKind.BALANCE;
    if (query.command === 'getBalance' || (query.betUnits === 0n && query.winUnits === 0n)) return operation;
    // The game server has no ids: ours makes each retry, reversal and queued win happen at most once.
    operation.transactionId = randomUUID();
    operation.context = terminal.context;
    operation.occurredAtMs = BigInt(this.#arrivedAtMs());
    if (query.betUnits === 0n) {
      operation.kind = OperationKind.WIN;
      operation.amountUnits = query.winUnits;
      return operation;
    }
    operation.kind = OperationKind.BET;
    operation.amountUnits = query.betUnits;
    operation.winUnits = query.winUnits;
    operation.voidIfLate = true;
    return operation;
  }

  readonly #onBudgetOver = (): void => {
    try {
      if (this.#isAnswered) return;
      const kind = this.#operation?.kind;
      this.#oweWin(kind === OperationKind.WIN ? 'not confirmed within the budget' : 'not begun within the budget');
      // What was not sent is settled as such in a moment; what may have been is not waited for.
      if (kind === OperationKind.BET && this.#isSent) this.#owe('void', 'no outcome within the budget');
      this.#fail('late', isWin(this.#query) ? QUEUED : undefined);
    } catch (error) {
      this.#fault(error);
    }
  };

  /** An outcome that comes too late is none, also where the timer is the later of the two. */
  #settleBet(outcome: Outcome): void {
    const isDone = outcome.reason === Reason.UNSPECIFIED;
    const refusal = isDone ? null : outcomeOf(outcome.reason);
    const obstacle = this.#obstacle();
    if (refusal === 'outcome_unknown' || (isDone && obstacle !== null)) {
      this.#owe('void', obstacle === null ? 'outcome unknown' : OBSTACLES[obstacle]);
    }
    if (this.#isAnswered) return;
    if (obstacle !== null) this.#fail(obstacle);
    else if (refusal !== null) this.#fail(refusal);
    else this.#succeed(outcome);
  }

  /** Why a bet can't be answered with `success` any more. */
  #obstacle(): 'late' | 'client_gone' | null {
    if (this.#isAnswered || this.#isOver()) return 'late';
    // Also closed by half: node then sends nothing more.
    return this.#request.socket.writable ? null : 'client_gone';
  }

  #settleWin(outcome: Outcome): void {
    const isDone = outcome.reason === Reason.UNSPECIFIED;
    // A refusal too: a job that fails is seen, a refusal that the game server ignores is not.
    if (!isDone) this.#owe('credit', `the wallet said ${outcomeOf(outcome.reason)}`);
    if (this.#isAnswered) return;
    if (isDone) this.#succeed(outcome);
    else this.#fail(this.#isOver() ? 'late' : outcomeOf(outcome.reason), QUEUED);
  }

  #settleBalance(outcome: Outcome): void {
    if (this.#isAnswered) return;
    if (outcome.reason === Reason.UNSPECIFIED) this.#succeed(outcome);
    else this.#fail(this.#isOver() ? 'late' : outcomeOf(outcome.reason));
  }

  /** Once a notification, whatever runs twice. */
  #owe(kind: UnconfirmedKind, why: string): void {
    if (this.#isOwed || this.#operation === null) return;
    this.#isOwed = true;
    this.#deps.unconfirmed.owe(kind, this.#operation, why);
  }

  /** A win alone, whether or not it is known by now whose it is; nothing else. */
  #oweWin(why: string): void {
    const query = this.#query;
    if (!isWin(query)) return;
    if (this.#operation !== null) {
      this.#owe('credit', why);
      return;
    }
    if (this.#isOwed) return;
    this.#isOwed = true;
    const { hallId } = this.#hall;
    const { uid, winUnits } = query;
    const names = { hallId, uid, winUnits, transactionId: randomUUID(), requestId: this.#requestId };
    this.#deps.unconfirmed.oweUnresolved({ ...names, occurredAtMs: this.#arrivedAtMs() }, why);
  }

  /** Of ours: what may have been done is unknown then, unless it has been answered for. */
  #fault(error: unknown): void {
    this.#deps.log.error({ err: error, provider: 'stargame', requestId: this.#requestId }, 'notification failed');
    if (this.#isAnswered) return;
    const kind = this.#operation?.kind;
    if (kind === OperationKind.BET) this.#owe('void', 'a fault of the adapter');
    this.#oweWin('a fault of the adapter');
    if (!this.#response.headersSent) this.#fail('fault');
  }

  #succeed(outcome: Outcome): void {
    const terminal = this.#terminal;
    if (terminal === null) throw new Error('an outcome without a terminal');
    this.#answer(`${terminal.answerHead}${outcome.balanceUnits}${terminal.answerTail}`, 'OK');
  }

  #fail(outcome: FailOutcome, detail?: string): void {
    if (this.#isAnswered) return;
    const error = outcome.replaceAll('_', ' ');
    this.#answer(failAnswer(detail === undefined ? error : `${error}: ${detail}`), outcome);
  }

  #answer(body: string, outcome: 'OK' | FailOutcome): void {
    clearTimeout(this.#timer);
    const headers = ['Content-Type', CONTENT_TYPE, 'Content-Length', String(Buffer.byteLength(body))];
    if (this.#deps.isDraining()) headers.push('Connection', 'close');
    this.#response.writeHead(200, headers);
    this.#isAnswered = true;
    this.#response.end(body);
    this.#record(outcome);
  }

  #record(outcome: 'OK' | FailOutcome): void {
    const { metrics, outcomeLog, budgetMs } = this.#deps;
    const { command } = this.#query;
    const durationMs = performance.now() - this.#startedAtMs;
    const isLate = durationMs > budgetMs || outcome === 'late';
    metrics.observe('stargame', command, outcome, durationMs);
    if (isLate) metrics.countBudgetMissed(command);
    const line = {
      operator: this.#hall.operatorId,
      hall: this.#hall.hallId,
      player: this.#terminal?.userId,
      provider: 'stargame',
      terminal: 'uid' in this.#query ? this.#query.uid : undefined,
      command,
      transaction: this.#operation?.transactionId || undefined,
      betUnits: 'betUnits' in this.#query ? String(this.#query.betUnits) : undefined,
      winUnits: 'betUnits' in this.#query ? String(this.#query.winUnits) : undefined,
      outcome,
      late: isLate || undefined,
      durationMs: Math.round(durationMs * 100) / 100,
      requestId: this.#requestId,
    };
    if (outcome !== 'OK' && isFault(outcome)) outcomeLog.warn(line);
    else outcomeLog.info(line);
  }

  #winLine({ uid, winUnits }: WriteBet): Record<string, unknown> {
    const { hallId: hall, operatorId: operator } = this.#hall;
    return { operator, hall, terminal: uid, winUnits: String(winUnits), requestId: this.#requestId };
  }

  /** Of the first byte, by the clock on the wall. */
  #arrivedAtMs(): number {
    return Math.floor(Date.now() - (performance.now() - this.#startedAtMs));
  }

  /** The timer may be later than what it is for. */
  #isOver(): boolean {
    return performance.now() > this.#endsAtMs();
  }

  #endsAtMs(): number {
    return this.#startedAtMs + this.#deps.budgetMs;
  }
}

const QUEUED = 'the win is queued';

const OBSTACLES = { late: 'the outcome came too late', client_gone: 'the game server was gone' };

/** A win alone; one that comes with a bet is played or not with it. */
function isWin(query: Query | Malformed): query is WriteBet {
  return 'betUnits' in query && query.betUnits === 0n && query.winUnits > 0n;
}
