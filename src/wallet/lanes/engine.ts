import type { Registry } from 'prom-client';
import type { Logger } from '../../common/log.ts';
import { type Operation, OperationKind, type Outcome, Reason } from '../../gen/wallet/v1/money_pb.ts';
import { userKey } from '../core/keys.ts';
import { outcomeOf } from '../core/outcome.ts';
import { READS } from '../core/read.ts';
import { reasonName } from '../core/reasons.ts';
import type { Batcher } from './batcher.ts';
import { createDirectory } from './directory.ts';
import { createLane } from './lane.ts';
import { createLateBets, isLateBet } from './late-bets.ts';
import { createLink } from './link.ts';
import { createEngineMetrics } from './metrics.ts';
import { createReader } from './reader.ts';
import type { Request } from './request.ts';
import type { SessionTouches } from './session-touches.ts';
import { invalidField } from './validate.ts';

/** What every operation goes through, whichever method or stream it came by. */
export type Engine = {
  /**
   * `done` is called exactly once, with the operation's outcome: after the COMMIT that holds it, or when nothing was done. An
   * outcome that can't be known before the deadline is OUTCOME_UNKNOWN. `isGone` says whether whoever asked can't be answered any
   * more, for bets that are void then.
   */
  submit: (operation: Operation, done: (outcome: Outcome) => void, isGone?: () => boolean) => void;
  /** `submit` as a promise, for callers that are not in a hurry. Never rejects. */
  perform: (operation: Operation) => Promise<Outcome>;
  /** Takes nothing more, and resolves when everything taken is answered. */
  close: () => Promise<void>;
};

export type EngineDeps = {
  databaseUrl: string;
  log: Logger;
  registry: Registry;
  /** Ends a statement on the server, by its connection's number. */
  killStatement: (threadId: number) => void;
  /** Told of each use of a session that ends when it is idle. */
  touches: SessionTouches;
  newMessageId: () => bigint;
  clock: () => number;
  now: () => number;
  lanes: number;
  readers: number;
  batchMax: number;
  queueMax: number;
  /** An operation without a deadline, or with a later one, gets this. */
  deadlineMaxMs: number;
};

const KIND_NAMES: ReadonlyMap<number, string> = new Map(
  Object.entries(OperationKind).map(([name, kind]) => [kind, name.toLowerCase()]),
);

const stillThere = (): boolean => false;

export function createEngine(deps: EngineDeps): Engine {
  const { log, clock } = deps;
  const directory = createDirectory();
  const links = Array.from({ length: deps.lanes + deps.readers }, () => createLink(deps.databaseUrl));
  const metrics = createEngineMetrics(deps.registry, () =>
    [...lanes, ...readers].reduce((sum, batcher) => sum + batcher.queued(), 0),
  );
  const shared = { ...deps, metrics };
  const lanes: Batcher[] = links.slice(0, deps.lanes).map((link) => createLane({ ...shared, link }));
  const readers: Batcher[] = links.slice(deps.lanes).map((link) =>
    createReader({
      ...shared,
      link,
      onPlayerFound: (request, playerId) => {
        directory.set(userKey(request.operation.operatorId, request.operation.userId), playerId);
        toLane(request, playerId);
      },
    }),
  );
  const laneCount = BigInt(deps.lanes);
  let nextReader = 0;

  const toLane = (request: Request, playerId: bigint): void => {
    request.playerId = playerId;
    push(lanes[Number(playerId % laneCount)], request);
  };

  const toReader = (request: Request): void => {
    nextReader = (nextReader + 1) % readers.length;
    push(readers[nextReader], request);
  };

  const push = (batcher: Batcher | undefined, request: Request): void => {
    if (batcher?.push(request)) return;
    request.done(outcomeOf(request.operation, Reason.OVERLOADED));
  };

  const submit = (operation: Operation, done: (outcome: Outcome) => void, isGone = stillThere): void => {
    const mistake = invalidField(operation);
    if (mistake !== null) {
      done(outcomeOf(operation, Reason.INVALID_ARGUMENT, mistake));
      return;
    }
    const receivedAtMs = clock();
    const remainingMs = operation.deadlineMs === 0 ? deps.deadlineMaxMs : operation.deadlineMs;
    const request: Request = {
      operation,
      playerId: null,
      receivedAtMs,
      deadlineAtMs: receivedAtMs + Math.min(remainingMs, deps.deadlineMaxMs),
      uncertain: false,
      answered: false,
      done: (outcome) => {
        if (request.answered) return;
        request.answered = true;
        if (operation.voidIfLate && isLateBet(request, outcome, clock(), isGone())) {
          lateBets.reverse(request, (reversed) => finish(request, reversed, done));
        } else finish(request, outcome, done);
      },
    };
    const playerId = READS.has(operation.kind)
      ? undefined
      : directory.get(userKey(operation.operatorId, operation.userId));
    if (playerId === undefined) toReader(request);
    else toLane(request, playerId);
  };

  const lateBets = createLateBets({ submit, log, metrics, clock });

  const finish = (request: Request, outcome: Outcome, done: (outcome: Outcome) => void): void => {
    observe(request, outcome);
    done(outcome);
  };

  const observe = ({ operation, receivedAtMs }: Request, outcome: Outcome): void => {
    const kind = KIND_NAMES.get(operation.kind) ?? '';
    const reason = reasonName(outcome.reason);
    metrics.outcomes.inc({ kind, reason });
    if (outcome.replayed) metrics.replays.inc();
    if (!log.isLevelEnabled('debug')) return;
    log.debug(
      {
        operator: operation.operatorId,
        player: operation.userId,
        provider: operation.provider,
        kind,
        transaction: operation.transactionId,
        round: operation.roundId,
        outcome: reason === '' ? 'ok' : reason,
        replayed: outcome.replayed,
        requestId: operation.requestId,
        durationMs: clock() - receivedAtMs,
      },
      'outcome',
    );
  };

  return {
    submit,
    perform: (operation) => new Promise((resolve) => submit(operation, resolve)),
    close: async () => {
      // Readers first: they still hand movements to the lanes.
      await Promise.all(readers.map((reader) => reader.close()));
      await Promise.all(lanes.map((lane) => lane.close()));
      await Promise.all(links.map((link) => link.close()));
    },
  };
}
