import { setTimeout as sleep } from 'node:timers/promises';
import { loggable } from '../../common/db.ts';
import type { Logger } from '../../common/log.ts';
import { type Outcome, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { apply, decide } from '../core/decide.ts';
import { roundKey } from '../core/keys.ts';
import { outcomeOf } from '../core/outcome.ts';
import type { RoundWrite, State, Writes } from '../core/state.ts';
import { type Batcher, createBatcher } from './batcher.ts';
import { createEstimate } from './estimate.ts';
import { type Failure, failureOf, leavesCommitOpen } from './failure.ts';
import type { Link, StatementResult } from './link.ts';
import { moneyLoads, readState } from './load.ts';
import type { EngineMetrics } from './metrics.ts';
import { patienceMs, type Request } from './request.ts';
import type { SessionTouches } from './session-touches.ts';
import type { Row } from './sql.ts';
import { lockPatienceMs, watchBatch } from './watch.ts';
import { type BatchWrites, emptyWrites, hasWrites, writeStatements } from './write.ts';

export type LaneDeps = {
  link: Link;
  log: Logger;
  metrics: EngineMetrics;
  /** Ends a statement of another connection: the one that a lock holds up past a deadline. */
  killStatement: (threadId: number) => void;
  touches: SessionTouches;
  newMessageId: () => bigint;
  /** Monotonic, for deadlines. */
  clock: () => number;
  /** Milliseconds since 1970, for what is stored. */
  now: () => number;
  batchMax: number;
  queueMax: number;
};

const ATTEMPTS = 10;
const RECONNECT_PAUSE_MS = 100;
/** Long enough that a database that is merely slow is not asked everything twice. */
const SKIP_TURNS = 64;

type Answer = { request: Request; outcome: Outcome };

/** `busy`: requests whose players others hold; `late`: how many can't be committed in time. */
type Decided = { answers: Answer[]; busy: Request[]; writes: BatchWrites; late: number };

/** A batch that is done: all its answers that moved money are committed. */
type Done = { answers: Answer[]; busy: Request[]; startedAtMs: number; wrote: boolean };

/** What stopped a batch, and whether its write was on the way. */
type Stop = { error: unknown; failure: Failure; writing: boolean };

/**
 * One lane: a connection and the players that belong to it. Batch after batch: load in one round trip, decide, write and
 * COMMIT in another, answer.
 *
 * Whatever stops a batch, it is done again from its load: what a lost COMMIT did is then read under its ids and answered as
 * a replay. Only where that can't be read before the deadline is an outcome called unknown.
 */
export function createLane(deps: LaneDeps): Batcher {
  const { link, log, metrics, clock } = deps;
  const estimate = createEstimate();
  const watchDeps = { clock, onLate: answerLate };

  /** While more than 0, players that others hold are left out: so for some batches after somebody held one for long. */
  let skipTurns = 0;

  const settle = async (batch: Request[]): Promise<Request[]> => {
    let pending = batch;
    let failures = 0;
    while (pending.length > 0) {
      pending = turnAwayLate(pending);
      if (pending.length === 0) break;
      if (!(await connected(pending))) {
        pending = answerCertain(pending, Reason.UNAVAILABLE);
        if (pending.length > 0) await sleep(RECONNECT_PAUSE_MS);
        continue;
      }
      const attempt = await attemptBatch(pending);
      if ('answers' in attempt) return conclude(attempt);
      await recover(pending, attempt);
      if (attempt.failure === 'bad') return settleAlone(pending, attempt.error);
      // A killed statement was waiting for a lock: the next turn leaves out who is locked, or is late.
      if (attempt.failure !== 'killed') failures += 1;
      if (failures === ATTEMPTS) {
        giveUp(pending, attempt.error);
        break;
      }
    }
    return [];
  };

  const conclude = ({ answers, busy, startedAtMs, wrote }: Done): Request[] => {
    if (wrote) observe(answers, startedAtMs);
    if (busy.length > 0) skipTurns = SKIP_TURNS;
    else if (skipTurns > 0) skipTurns -= 1;
    for (const { request, outcome } of answers) request.done(outcome);
    return busy;
  };

  /** Leaves the connection without a transaction, and marks what may have been applied. */
  const recover = async (batch: readonly Request[], { error, failure, writing }: Stop): Promise<void> => {
    metrics.repeats.inc({ cause: failure });
    if (writing && leavesCommitOpen(error)) for (const request of batch) request.uncertain = true;
    if (!writing && (failure === 'killed' || failure === 'passing')) skipTurns = SKIP_TURNS;
    if (failure === 'lost') {
      log.warn({ err: loggable(error), operations: batch.length, writing }, 'lane lost its connection');
      link.drop();
      return;
    }
    try {
      await link.run(['ROLLBACK'], patienceMs(batch, clock()));
    } catch {
      link.drop();
    }
  };

  const connected = async (batch: readonly Request[]): Promise<boolean> => {
    if (link.threadId() !== null) return true;
    const endWatch = watchBatch(batch, {
      ...watchDeps,
      marginMs: estimate.writeMs(),
      lockPatienceMs: Number.POSITIVE_INFINITY,
      onOver: () => {},
    });
    try {
      await link.ready();
      return true;
    } catch (error) {
      log.warn({ err: loggable(error) }, 'lane can not reach the database');
      return false;
    } finally {
      endWatch();
    }
  };

  /** What the batch's operations get, everything that moves money committed; or what stopped it, and nothing was answered. */
  const attemptBatch = async (batch: readonly Request[]): Promise<Done | Stop> => {
    const startedAtMs = clock();
    const skipLocked = skipTurns > 0;
    let writing = false;
    try {
      const state = await load(batch, skipLocked);
      const { answers, busy, writes, late } = decideAll(batch, state, skipLocked);
      // What a lost COMMIT left open is known now.
      for (const { request } of answers) request.uncertain = false;
      const wrote = hasWrites(writes);
      if (wrote) {
        writing = true;
        await write(batch, writes);
      } else {
        // Nothing was measured: an old measurement must not refuse for ever.
        if (late > 0) estimate.relax();
        release(batch);
      }
      return { answers, busy, startedAtMs, wrote };
    } catch (error) {
      return { error, failure: failureOf(error), writing };
    }
  };

  const load = async (batch: readonly Request[], skipLocked: boolean): Promise<State> => {
    const nowMs = clock();
    const loads = moneyLoads(batch, skipLocked);
    const endWatch = watchBatch(batch, {
      ...watchDeps,
      marginMs: estimate.writeMs(),
      lockPatienceMs: skipLocked ? Number.POSITIVE_INFINITY : lockPatienceMs(batch, nowMs),
      onOver: killOwnStatement,
    });
    try {
      const statements = ['START TRANSACTION', ...loads.map(({ sql }) => sql)];
      const results = await link.run(statements, patienceMs(batch, nowMs));
      const state = readState(loads, results.slice(1).map(rowsOf));
      deps.touches.freshen(state);
      return state;
    } finally {
      endWatch();
    }
  };

  const killOwnStatement = (): void => {
    const threadId = link.threadId();
    if (threadId !== null) deps.killStatement(threadId);
  };

  const decideAll = (batch: readonly Request[], state: State, skipLocked: boolean): Decided => {
    const decided: Decided = { answers: [], busy: [], writes: emptyWrites(), late: 0 };
    const nowMs = deps.now();
    const committedAtMs = clock() + estimate.writeMs();
    for (const request of batch) {
      if (request.answered) continue;
      const { operation, playerId } = request;
      if (skipLocked && playerId !== null && !state.playersById.has(playerId)) {
        decided.busy.push(request);
        continue;
      }
      const decision = decide(state, operation, nowMs);
      deps.touches.note(state, operation, decision.outcome, nowMs);
      if (decision.writes !== null && request.deadlineAtMs < committedAtMs) {
        decided.answers.push({ request, outcome: outcomeOf(operation, Reason.DEADLINE_PASSED) });
        decided.late += 1;
        continue;
      }
      if (decision.writes !== null) {
        apply(state, decision.writes);
        collect(decided.writes, decision.writes);
      }
      decided.answers.push({ request, outcome: decision.outcome });
    }
    return decided;
  };

  const write = async (batch: readonly Request[], writes: BatchWrites): Promise<void> => {
    const startedAtMs = clock();
    await link.run(writeStatements(writes, deps.now(), deps.newMessageId), patienceMs(batch, startedAtMs));
    estimate.wrote(clock() - startedAtMs);
  };

  const observe = (answers: readonly Answer[], startedAtMs: number): void => {
    const endedAtMs = clock();
    estimate.ran(endedAtMs - startedAtMs);
    metrics.batches.inc();
    metrics.operations.inc(answers.length);
    metrics.batchSize.observe(answers.length);
    metrics.batchSeconds.observe((endedAtMs - startedAtMs) / 1000);
    const late = answers.filter(({ request }) => request.deadlineAtMs < endedAtMs).length;
    if (late > 0) metrics.lateCommits.inc(late);
  };

  /** Lets go of the locks of a batch that wrote nothing; its answers don't wait for that. */
  const release = (batch: readonly Request[]): void => {
    link.run(['ROLLBACK'], patienceMs(batch, clock())).catch((error: unknown) => {
      log.warn({ err: loggable(error) }, 'lane lost its connection');
      link.drop();
    });
  };

  /** Refuses what can no longer commit in time, before the database is touched. */
  const turnAwayLate = (batch: readonly Request[]): Request[] => {
    const nowMs = clock();
    const inTime = batch.filter((request) => !request.answered && !refusedAsLate(request, nowMs));
    if (inTime.length === 0) estimate.relax();
    return inTime;
  };

  const refusedAsLate = (request: Request, nowMs: number): boolean => {
    const { uncertain, deadlineAtMs } = request;
    if (uncertain ? deadlineAtMs > nowMs : deadlineAtMs >= nowMs + estimate.batchMs()) return false;
    answerLate(request);
    return true;
  };

  /** Answers what was certainly not applied, and gives the rest back. */
  const answerCertain = (batch: readonly Request[], reason: Reason): Request[] =>
    batch.filter((request) => {
      if (!request.uncertain) request.done(outcomeOf(request.operation, reason));
      return request.uncertain;
    });

  /** One operation that the database won't take must not harm its neighbours. */
  const settleAlone = async (batch: readonly Request[], error: unknown): Promise<Request[]> => {
    const [first] = batch;
    if (batch.length === 1 && first !== undefined) {
      log.error({ err: loggable(error), ...describe(first) }, 'operation failed');
      answerFailed(first);
      return [];
    }
    const busy: Request[] = [];
    for (const request of batch) busy.push(...(await settle([request])));
    return busy;
  };

  const giveUp = (batch: readonly Request[], error: unknown): void => {
    log.error({ err: loggable(error), operations: batch.length }, 'batch given up');
    for (const request of batch) answerFailed(request);
  };

  return createBatcher(settle, { ...deps, refusedAsLate: (request) => refusedAsLate(request, clock()) });
}

function answerLate({ operation, uncertain, done }: Request): void {
  done(outcomeOf(operation, uncertain ? Reason.OUTCOME_UNKNOWN : Reason.DEADLINE_PASSED));
}

function answerFailed({ operation, uncertain, done }: Request): void {
  done(outcomeOf(operation, uncertain ? Reason.OUTCOME_UNKNOWN : Reason.UNAVAILABLE));
}

const rowsOf = (result: StatementResult): readonly Row[] => (Array.isArray(result) ? result : []);

function collect(batch: BatchWrites, { row, winRow, account, round, outbox }: Writes): void {
  if (row !== undefined) batch.rows.push(row);
  if (winRow !== undefined) batch.rows.push(winRow);
  if (row !== undefined && account !== undefined) batch.accounts.set(row.playerId, account);
  if (round !== undefined) collectRound(batch, round);
  if (outbox !== undefined) batch.outbox.push(outbox);
}

/** The last word of a batch on a round counts, but for its close: that stands. */
function collectRound(batch: BatchWrites, round: RoundWrite): void {
  const key = roundKey(round.playerId, round.provider, round.roundId);
  batch.rounds.set(key, { ...round, closed: round.closed || (batch.rounds.get(key)?.closed ?? false) });
}

const describe = ({ operation }: Request): Record<string, string> => ({
  operator: operation.operatorId,
  player: operation.userId,
  provider: operation.provider,
  transaction: operation.transactionId,
  round: operation.roundId,
  requestId: operation.requestId,
});
