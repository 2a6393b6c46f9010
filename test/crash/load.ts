import { setTimeout as pause } from 'node:timers/promises';
import { operationOf } from '../model/fixture.ts';
import type { Operation } from '../model/types.ts';

/**
 * Load that remembers everything: players who bet, win and cancel without a break, through whatever happens to the wallet or its
 * database. What has no certain outcome is asked again under its id, as PLATFORM does, until it has one.
 */

/** What an attempt told. `replayed` and `balanceUnits` are null where the protocol does not say them. */
export type Told =
  | { type: 'done'; replayed: boolean | null; balanceUnits: bigint | null }
  | { type: 'refused'; why: string }
  /** The wallet said that it did nothing. */
  | { type: 'nothingDone' }
  | { type: 'unknown' };

/** `requestId` names the attempt; the ledger keeps the one that did it, where the protocol carries it. */
export type Ask = (operation: Operation, requestId: string) => Promise<Told>;

/** One request and its certain end. */
export type Settled = {
  operation: Operation;
  balanceUnits: bigint | null;
  /** The attempts that were told that nothing was done. */
  notDoneBy: readonly string[];
};

export type Load = {
  settled: readonly Settled[];
  /** What contradicts itself, in words. */
  wrong: readonly string[];
  counts: Readonly<Counts>;
  /** Resolves when `count` more requests have got their certain end. */
  settledMore: (count: number) => Promise<void>;
  /** Resolves when an attempt has failed for certain or is unknown, from now on. */
  nextFault: () => Promise<void>;
  /** Resolves when every attempt that is under way now has been told something. */
  allTold: () => Promise<void>;
  /** No new requests; resolves when all that are under way have got their certain end. */
  stop: () => Promise<void>;
};

export type Counts = { settled: number; unknown: number; nothingDone: number; replayed: number };

const RETRY_PAUSE_MS = 20;
const AMOUNTS_UNITS = [100n, 250n, 75n, 1n, 1_000n];

export function startLoad(options: { ask: Ask; userIds: readonly string[]; workers: number }): Load {
  const { ask, userIds, workers } = options;
  const settled: Settled[] = [];
  const wrong: string[] = [];
  const counts: Counts = { settled: 0, unknown: 0, nothingDone: 0, replayed: 0 };
  const settledWaiters = new Set<{ at: number; resolve: () => void }>();
  let faultWaiters: (() => void)[] = [];
  const underWay = new Set<Promise<Told>>();
  let stopping = false;
  let lastId = 0;

  const settle = async (operation: Operation): Promise<void> => {
    const notDoneBy: string[] = [];
    for (let attempt = 1; ; attempt += 1) {
      const requestId = `${operation.kind}.${operation.transactionId}.${attempt}`;
      const told = await track(ask(operation, requestId));
      if (told.type === 'done') {
        if (told.replayed === true) counts.replayed += 1;
        return note({ operation, balanceUnits: told.balanceUnits, notDoneBy });
      }
      if (told.type === 'refused') {
        wrong.push(`${name(operation)} was refused: ${told.why}`);
        return note({ operation, balanceUnits: null, notDoneBy });
      }
      if (told.type === 'nothingDone') notDoneBy.push(requestId);
      counts[told.type] += 1;
      for (const resolve of faultWaiters) resolve();
      faultWaiters = [];
      await pause(RETRY_PAUSE_MS);
    }
  };

  const track = async (attempt: Promise<Told>): Promise<Told> => {
    underWay.add(attempt);
    try {
      return await attempt;
    } finally {
      underWay.delete(attempt);
    }
  };

  const note = (end: Settled): void => {
    settled.push(end);
    counts.settled += 1;
    for (const waiter of settledWaiters) {
      if (counts.settled < waiter.at) continue;
      settledWaiters.delete(waiter);
      waiter.resolve();
    }
  };

  const nextId = (): string => {
    lastId += 1;
    return String(lastId);
  };

  /** Six bets, two wins, and one bet that is canceled when it is through. */
  const work = async (worker: number): Promise<void> => {
    for (let turn = worker; !stopping; turn += 1) {
      const userId = userIds[turn % userIds.length] ?? '1';
      const amountUnits = AMOUNTS_UNITS[turn % AMOUNTS_UNITS.length] ?? 1n;
      const roundId = String(1 + (turn % 50));
      const kind = turn % 9 < 7 ? 'bet' : 'win';
      const movement = operationOf({ kind, userId, amountUnits, roundId, transactionId: nextId() });
      await settle(movement);
      if (turn % 9 === 6) await settle({ ...movement, kind: 'cancel', amountUnits: 0n });
    }
  };

  const running = Promise.all(Array.from({ length: workers }, (_, worker) => work(worker)));
  // A fault of the test's own is thrown by stop(); until then nobody listens.
  running.catch(() => {});

  return {
    settled,
    wrong,
    counts,
    settledMore: (count) => {
      const enough = new Promise<void>((resolve) => settledWaiters.add({ at: counts.settled + count, resolve }));
      return Promise.race([enough, running.then(() => {})]);
    },
    nextFault: () => {
      const fault = new Promise<void>((resolve) => faultWaiters.push(resolve));
      return Promise.race([fault, running.then(() => {})]);
    },
    allTold: async () => {
      await Promise.all(underWay);
    },
    stop: async () => {
      stopping = true;
      await running;
    },
  };
}

const name = ({ kind, transactionId, userId }: Operation): string => `${kind} ${transactionId} of player ${userId}`;
