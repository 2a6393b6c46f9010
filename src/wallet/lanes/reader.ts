import { loggable } from '../../common/db.ts';
import type { Logger } from '../../common/log.ts';
import { Reason } from '../../gen/wallet/v1/money_pb.ts';
import { decide } from '../core/decide.ts';
import { userKey } from '../core/keys.ts';
import { outcomeOf } from '../core/outcome.ts';
import { READS } from '../core/read.ts';
import type { State } from '../core/state.ts';
import { type Batcher, createBatcher } from './batcher.ts';
import { type Failure, failureOf } from './failure.ts';
import type { Link } from './link.ts';
import { readLoads, readState } from './load.ts';
import { patienceMs, type Request } from './request.ts';
import type { SessionTouches } from './session-touches.ts';
import type { Row } from './sql.ts';

export type ReaderDeps = {
  link: Link;
  log: Logger;
  clock: () => number;
  now: () => number;
  batchMax: number;
  queueMax: number;
  touches: SessionTouches;
  /** A movement whose player is known now: it belongs in that player's lane. */
  onPlayerFound: (request: Request, playerId: bigint) => void;
};

/** A read may simply be done again; more than this and the database is away. */
const ATTEMPTS = 2;

/**
 * Answers reads without locks, many in one round trip; and finds the players of movements whose user the process has not seen
 * yet. What it answers is committed: nothing here writes.
 */
export function createReader(deps: ReaderDeps): Batcher {
  const { link, log } = deps;

  const settle = async (batch: Request[]): Promise<Request[]> => {
    const pending = turnAwayLate(batch);
    if (pending.length > 0) await answer(pending);
    return [];
  };

  const answer = async (pending: readonly Request[]): Promise<void> => {
    const state = await loadRepeatedly(pending);
    if (typeof state !== 'string') return answerAll(pending, state);
    if (state === 'bad' && pending.length > 1) {
      // One operation that the database won't read must not harm its neighbours.
      for (const request of pending) await answer([request]);
      return;
    }
    refuseAll(pending, Reason.UNAVAILABLE);
  };

  /** The state, or what kept it from being read. */
  const loadRepeatedly = async (batch: readonly Request[]): Promise<State | Failure> => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        await link.ready();
        return await load(batch);
      } catch (error) {
        const failure = failureOf(error);
        log.warn({ err: loggable(error), operations: batch.length, failure }, 'read failed');
        if (failure === 'lost') link.drop();
        if (failure === 'bad' || attempt === ATTEMPTS) return failure;
      }
    }
  };

  const load = async (batch: readonly Request[]): Promise<State> => {
    const loads = readLoads(batch);
    const results = await link.run(
      loads.map(({ sql }) => sql),
      patienceMs(batch, deps.clock()),
    );
    const state = readState(
      loads,
      results.map((result) => (Array.isArray(result) ? result : ([] as Row[]))),
    );
    deps.touches.freshen(state);
    return state;
  };

  const answerAll = (batch: readonly Request[], state: State): void => {
    const nowMs = deps.now();
    for (const request of batch) {
      const { operation } = request;
      const player = state.playersByUser.get(userKey(operation.operatorId, operation.userId));
      if (player !== undefined && !READS.has(operation.kind)) {
        deps.onPlayerFound(request, player.playerId);
        continue;
      }
      const { outcome } = decide(state, operation, nowMs);
      deps.touches.note(state, operation, outcome, nowMs);
      request.done(outcome);
    }
  };

  const turnAwayLate = (batch: readonly Request[]): Request[] => {
    const nowMs = deps.clock();
    return batch.filter((request) => !refusedAsLate(request, nowMs));
  };

  const refusedAsLate = ({ operation, deadlineAtMs, done }: Request, nowMs: number): boolean => {
    if (deadlineAtMs > nowMs) return false;
    done(outcomeOf(operation, Reason.DEADLINE_PASSED));
    return true;
  };

  const refuseAll = (batch: readonly Request[], reason: Reason): void => {
    for (const { operation, done } of batch) done(outcomeOf(operation, reason));
  };

  return createBatcher(settle, { ...deps, refusedAsLate: (request) => refusedAsLate(request, deps.clock()) });
}
