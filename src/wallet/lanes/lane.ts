import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from '../../common/log.ts';
import { type Outcome, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { apply, decide } from '../core/decide.ts';
import { roundKey } from '../core/keys.ts';
import { outcomeOf } from '../core/outcome.ts';
import type { RoundWrite, State, Writes } from '../core/state.ts';
import { loggable } from '../services/handler.ts';
import { type Batcher, createBatcher } from './batcher.ts';
import { createEstimate } from './estimate.ts';
import { type Failure, failureOf } from './failure.ts';
import type { Link, StatementResult } from './link.ts';
import { moneyLoads, readState } from './load.ts';
import type { EngineMetrics } from './metrics.ts';
import type { Request } from './request.ts';
import type { Row } from './sql.ts';
import { type BatchWrites, emptyWrites, hasWrites, writeStatements } from './write.ts';

export type LaneDeps = {
  link: Link;
  log: Logger;
  metrics: EngineMetrics;
  /** Ends a statement of another connection: the one that a lock holds up past a deadline. */
  killStatement: (threadId: number) => void;
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

type Answer = { request: Request; outcome: Outcome };

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

  const settle = async (batch: Request[]): Promise<void> => {
    let pending = batch;
    let failures = 0;
    while (pending.length > 0) {
      pending = turnAwayLate(pending);
      if (pending.length === 0) return;
      if (!(await connected())) {
        pending = answerCertain(pending, Reason.UNAVAILABLE);
        if (pending.length > 0) await sleep(RECONNECT_PAUSE_MS);
        continue;
      }
      const attempt = await attemptBatch(pending);
      if (Array.isArray(attempt)) return giveAnswers(attempt);
      const stop = attempt;
      await recover(pending, stop);
      if (stop.failure === 'bad') return settleAlone(pending, stop.error);
      // A killed statement ended at a deadline, so that each such turn has fewer requests than the one before.
      if (stop.failure !== 'killed') failures += 1;
      if (failures === ATTEMPTS) return giveUp(pending, stop.error);
    }
  };

  /** Leaves the connection without a transaction, and marks what may have been applied. */
  const recover = async (batch: readonly Request[], { error, failure, writing }: Stop): Promise<void> => {
    metrics.repeats.inc({ cause: failure });
    if (writing && (failure === 'lost' || failure === 'killed')) for (const request of batch) request.uncertain = true;
    if (failure === 'lost') {
      log.warn({ err: loggable(error), operations: batch.length, writing }, 'lane lost its connection');
      link.drop();
      return;
    }
    try {
      await link.run(['ROLLBACK']);
    } catch {
      link.drop();
    }
  };

  const connected = async (): Promise<boolean> => {
    try {
      await link.ready();
      return true;
    } catch (error) {
      log.warn({ err: error }, 'lane can not reach the database');
      return false;
    }
  };

  /** The answers, of which all that moved money are committed; or what stopped the batch, and nothing was answered. */
  const attemptBatch = async (batch: readonly Request[]): Promise<Answer[] | Stop> => {
    const startedAtMs = clock();
    let writing = false;
    try {
      const state = await load(batch);
      // What a lost COMMIT left open is known now.
      for (const request of batch) request.uncertain = false;
      const { answers, writes } = decideAll(batch, state);
      if (hasWrites(writes)) {
        writing = true;
        await write(writes);
        observe(batch, startedAtMs);
      } else {
        release();
      }
      return answers;
    } catch (error) {
      return { error, failure: failureOf(error), writing };
    }
  };

  const load = async (batch: readonly Request[]): Promise<State> => {
    const loads = moneyLoads(batch);
    const watchdog = setTimeout(killOwnStatement, Math.max(1, earliestDeadline(batch) - clock()));
    try {
      const results = await link.run(['START TRANSACTION', ...loads.map(({ sql }) => sql)]);
      return readState(loads, results.slice(1).map(rowsOf));
    } finally {
      clearTimeout(watchdog);
    }
  };

  const killOwnStatement = (): void => {
    const threadId = link.threadId();
    if (threadId !== null) deps.killStatement(threadId);
  };

  const decideAll = (batch: readonly Request[], state: State): { answers: Answer[]; writes: BatchWrites } => {
    const answers: Answer[] = [];
    const writes = emptyWrites();
    const nowMs = deps.now();
    const committedAtMs = clock() + estimate.writeMs();
    for (const request of batch) {
      const { operation } = request;
      const decision = decide(state, operation, nowMs);
      if (decision.writes !== null && request.deadlineAtMs < committedAtMs) {
        answers.push({ request, outcome: outcomeOf(operation, Reason.DEADLINE_PASSED) });
        continue;
      }
      if (decision.writes !== null) {
        apply(state, decision.writes);
        collect(writes, decision.writes);
      }
      answers.push({ request, outcome: decision.outcome });
    }
    return { answers, writes };
  };

  const write = async (writes: BatchWrites): Promise<void> => {
    const startedAtMs = clock();
    await link.run(writeStatements(writes, deps.now(), deps.newMessageId));
    estimate.wrote(clock() - startedAtMs);
  };

  const observe = (batch: readonly Request[], startedAtMs: number): void => {
    const endedAtMs = clock();
    estimate.ran(endedAtMs - startedAtMs);
    metrics.batches.inc();
    metrics.operations.inc(batch.length);
    metrics.batchSize.observe(batch.length);
    metrics.batchSeconds.observe((endedAtMs - startedAtMs) / 1000);
    const late = batch.filter((request) => request.deadlineAtMs < endedAtMs).length;
    if (late > 0) metrics.lateCommits.inc(late);
  };

  /** Lets go of the locks of a batch that wrote nothing; its answers don't wait for that. */
  const release = (): void => {
    link.run(['ROLLBACK']).catch((error: unknown) => {
      log.warn({ err: error }, 'lane lost its connection');
      link.drop();
    });
  };

  /** Refuses what can no longer commit in time, before the database is touched. */
  const turnAwayLate = (batch: readonly Request[]): Request[] => {
    const nowMs = clock();
    const byMs = nowMs + estimate.batchMs();
    const inTime = batch.filter((request) => {
      if (request.uncertain ? request.deadlineAtMs > nowMs : request.deadlineAtMs >= byMs) return true;
      const reason = request.uncertain ? Reason.OUTCOME_UNKNOWN : Reason.DEADLINE_PASSED;
      request.done(outcomeOf(request.operation, reason));
      return false;
    });
    if (inTime.length === 0) estimate.relax();
    return inTime;
  };

  /** Answers what was certainly not applied, and gives the rest back. */
  const answerCertain = (batch: readonly Request[], reason: Reason): Request[] =>
    batch.filter((request) => {
      if (!request.uncertain) request.done(outcomeOf(request.operation, reason));
      return request.uncertain;
    });

  /** One operation that the database won't take must not harm its neighbours. */
  const settleAlone = async (batch: readonly Request[], error: unknown): Promise<void> => {
    const [first] = batch;
    if (batch.length === 1 && first !== undefined) {
      log.error({ err: loggable(error), ...describe(first) }, 'operation failed');
      // The server answered with an error, so nothing was committed.
      first.done(outcomeOf(first.operation, Reason.UNAVAILABLE));
      return;
    }
    for (const request of batch) await settle([request]);
  };

  const giveUp = (batch: readonly Request[], error: unknown): void => {
    log.error({ err: loggable(error), operations: batch.length }, 'batch given up');
    for (const request of batch) {
      const reason = request.uncertain ? Reason.OUTCOME_UNKNOWN : Reason.UNAVAILABLE;
      request.done(outcomeOf(request.operation, reason));
    }
  };

  return createBatcher(settle, deps);
}

function giveAnswers(answers: readonly Answer[]): void {
  for (const { request, outcome } of answers) request.done(outcome);
}

const rowsOf = (result: StatementResult): readonly Row[] => (Array.isArray(result) ? result : []);

function earliestDeadline(batch: readonly Request[]): number {
  let earliest = Number.POSITIVE_INFINITY;
  for (const { deadlineAtMs } of batch) if (deadlineAtMs < earliest) earliest = deadlineAtMs;
  return earliest;
}

function collect(batch: BatchWrites, { row, account, round, outbox }: Writes): void {
  if (row !== undefined) batch.rows.push(row);
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
